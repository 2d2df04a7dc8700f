/** Looks before anything is started: a port that is taken would be five processes' trouble. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { CommandError } from '../../lib/command-line/report.js'
import type { Address } from '../../lib/ports.js'
import { formatAddress } from '../../lib/rpc/uri.js'

interface Place {
  readonly id: string
  readonly address: Address
}

/** @throws CommandError that names the first place that is taken */
export async function demandFreePorts(places: readonly Place[]): Promise<void> {
  await Promise.all(places.map(demandFree))
}

async function demandFree({ id, address }: Place): Promise<void> {
  if (address.kind !== 'tcp') return
  const hosts = address.host === 'localhost' ? ['127.0.0.1', '::1'] : [address.host]
  for (const host of hosts)
    if (await isTaken(host, address.port))
      throw new CommandError(
        'EADDRINUSE',
        `${formatAddress(address)}, the place of ${id}, is in use by another process; nothing was started`,
      )
}

/** Other failures (no IPv6, say) are left to the process that will listen there: it can say more about them. */
async function isTaken(host: string, port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  } finally {
    server.close()
  }
}
