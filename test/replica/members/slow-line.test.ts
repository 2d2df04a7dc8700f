/** Members on a line where a large command takes longer than an election timeout. */
import t from 'tap'
import { SlowLine } from '../../harness/slow-line.js'
import { until } from '../../harness/until.js'
import { Connection } from '../../../lib/rpc/channels/connection.js'
import { KeyValue } from '../../../lib/shipped/kv.js'
import { systemClock } from '../../../lib/system/clock.js'
import { systemRandom } from '../../../lib/system/random.js'
import { createTransport } from '../../../lib/system/transport.js'
import { leaderOf, silent, startMembers, stopMembers } from '../members.js'

/** 400 kB take two seconds; election timeouts of these members are at most one. */
const BYTES_PER_SECOND = 200_000
const LARGE = 'x'.repeat(400_000)

t.test(
  'a large command is committed over a slow line, sent once, and nobody stands for election',
  async (t) => {
    const lines: SlowLine[] = []
    const members = await startMembers(3, new Map([['kv', KeyValue]]), silent, async (port) => {
      const line = await SlowLine.open(port, BYTES_PER_SECOND)
      lines.push(line)
      return line.port
    })
    const { port, replica } = await leaderOf(members)
    const { term } = replica.status()
    const connection = new Connection({
      address: { kind: 'tcp', host: '127.0.0.1', port },
      transport: createTransport(),
      clock: systemClock,
      random: systemRandom,
      logger: silent,
    })
    t.teardown(async () => {
      connection.close()
      await stopMembers(members)
      for (const line of lines) line.close()
    })
    await connection.call('kv.set', ['first', 0], { timeoutMs: 30_000 })
    await until(
      () => `all members in contact: ${JSON.stringify(members.map((each) => each.replica.status()))}`,
      () => {
        const { commitIndex } = replica.status()
        return members.every((each) => each.replica.status().lastApplied === commitIndex)
      },
    )
    const before = lines.map(({ bytes }) => bytes)
    const large = connection.call('kv.set', ['large', LARGE], { timeoutMs: 30_000 })
    const small = connection.call('kv.set', ['small', 1], { timeoutMs: 30_000 })
    await Promise.all([large, small])
    t.equal(replica.status().term, term)
    t.equal(replica.status().role, 'leader')
    const carried = lines
      .map(({ bytes }, at) => bytes - (before[at] ?? 0))
      .filter((bytes) => bytes > LARGE.length / 2)
    t.ok(
      carried.every((bytes) => bytes < 1.5 * LARGE.length),
      `carried: ${carried.join(', ')}`,
    )
  },
)
