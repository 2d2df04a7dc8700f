/** A plain object in a process of its own, for the figures of plain calls. Prints its port. */
import { openDaemon } from '../lib/serving/daemon.js'
import { systemClock } from '../lib/system/clock.js'
import { systemRandom } from '../lib/system/random.js'
import { parseHostPort } from '../lib/rpc/uri.js'
import { createLogger } from '../lib/system/logger.js'
import { createTransport } from '../lib/system/transport.js'

class Echo {
  static exposed = ['echo']
  echo(value: unknown): unknown {
    return value
  }
}

const logger = createLogger({ level: 'warn', name: 'echo', stream: process.stderr })
const system = { transport: createTransport(), clock: systemClock, random: systemRandom }
const daemon = await openDaemon(system, { host: '127.0.0.1' }, logger)
daemon.register(new Echo(), { id: 'echo' })
process.stdout.write(`${JSON.stringify(parseHostPort(daemon.place))}\n`)
process.stdin.resume().on('end', () => process.exit(0))
