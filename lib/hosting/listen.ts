/** Where a program of this project listens. */
import type { Address, Logger } from '../ports.js'
import type { Daemon } from '../rpc/daemon.js'

type TcpAddress = Extract<Address, { kind: 'tcp' }>

/** Both loopback addresses unless a host is given: `localhost` may mean either to those who call. */
export async function listen(
  daemon: Daemon,
  host: string | undefined,
  port: number,
  logger: Logger,
): Promise<TcpAddress> {
  const first = await daemon.listen({ kind: 'tcp', host: host ?? '127.0.0.1', port })
  if (first.kind !== 'tcp') throw new Error(`a TCP listener without a port: ${first.path}`)
  if (host !== undefined) return first
  try {
    await daemon.listen({ kind: 'tcp', host: '::1', port: first.port })
  } catch (error) {
    if (!lacksIpv6(error)) throw error
    logger.debug('this machine has no ::1: listening on 127.0.0.1 only')
  }
  return first
}

/** The listener's error says what to do; the system's own stands behind it. */
function lacksIpv6(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'EINVAL'
}
