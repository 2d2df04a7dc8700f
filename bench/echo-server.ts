/** A plain object in a process of its own, for the figures of plain calls. Prints its port. */
import { Daemon } from '../lib/rpc/daemon.js'
import { exposed } from '../lib/serving/marks.js'
import { systemClock } from '../lib/system/clock.js'
import { createLogger } from '../lib/system/logger.js'
import { createTransport } from '../lib/system/transport.js'

class Echo {
  static exposed = ['echo']
  echo(value: unknown): unknown {
    return value
  }
}

const logger = createLogger({ level: 'warn', name: 'echo', stream: process.stderr })
const daemon = new Daemon({ transport: createTransport(), clock: systemClock, logger })
daemon.host.register('echo', exposed(new Echo()))
const address = await daemon.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify(address)}\n`)
process.stdin.resume().on('end', () => process.exit(0))
