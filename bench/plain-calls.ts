/** Plain calls: an exposed object in another process, called over one connection. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Connection } from '../lib/rpc/connection.js'
import type { Address } from '../lib/ports.js'
import { systemClock } from '../lib/system/clock.js'
import { createLogger } from '../lib/system/logger.js'
import { systemRandom } from '../lib/system/random.js'
import { createTransport } from '../lib/system/transport.js'

export async function withEchoServer(use: (call: () => Promise<unknown>) => Promise<void>): Promise<void> {
  const server = spawn(process.execPath, [join(import.meta.dirname, 'echo-server.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [printed] = (await once(server.stdout, 'data')) as [Buffer]
  const connection = new Connection({
    address: JSON.parse(printed.toString()) as Address,
    transport: createTransport(),
    clock: systemClock,
    random: systemRandom,
    logger: createLogger({ level: 'warn', name: 'bench', stream: process.stderr }),
  })
  try {
    await use(() => connection.call('echo.echo', ['hello']))
  } finally {
    connection.close()
    server.stdin.end()
    await once(server, 'exit')
  }
}
