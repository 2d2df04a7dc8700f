/** Members of one cluster in one process, talking over real TCP. */
import t from 'tap'
import type { Json } from '../../lib/json.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import { createTransport } from '../../lib/system/transport.js'
import { commandContext } from '../../lib/replica/objects/context.js'
import { Connection } from '../../lib/rpc/channels/connection.js'
import {
  InvalidParamsError,
  NotLeaderError,
  SessionExpiredError,
  UnauthorizedError,
} from '../../lib/rpc/errors.js'
import type { AnswerMeta } from '../../lib/rpc/exposed.js'
import { Counter } from '../../lib/shipped/counter.js'
import { Log } from '../../lib/shipped/log.js'
import { leaderOf, silent, startMembers, stopMembers } from './members.js'
import type { TestMember } from './members.js'

class Evolved {
  static version = 3
  static commands = ['written']
  written(): number {
    return commandContext().version
  }
}

const classes = new Map<string, new () => object>([
  ['evolved', Evolved],
  ['counter', Counter],
  ['log', Log],
])

function connectionTo({ port }: TestMember): Connection {
  return new Connection({
    address: { kind: 'tcp', host: '127.0.0.1', port },
    transport: createTransport(),
    clock: systemClock,
    random: systemRandom,
    logger: silent,
  })
}

async function withCluster(
  count: number,
  task: (members: readonly TestMember[], leader: Connection) => Promise<unknown>,
): Promise<void> {
  const members = await startMembers(count, classes)
  const connection = connectionTo(await leaderOf(members))
  try {
    await task(members, connection)
  } finally {
    connection.close()
    await stopMembers(members)
  }
}

void t.test('a command sent to the leader of three is committed, and a query sees it', (t) =>
  withCluster(3, async (_, leader) => {
    t.equal(await leader.call('counter.increment', [5]), 5)
    t.equal(await leader.call('counter.value', []), 5)
    t.same(await leader.call('log.append', ['hello']), { index: 1, term: 1 })
  }),
)

void t.test('a group of one elects itself and serves', (t) =>
  withCluster(1, async (_, leader) => {
    t.equal(await leader.call('counter.increment', []), 1)
  }),
)

void t.test(
  'a command in a session runs once, however often and over however many connections it is sent',
  (t) =>
    withCluster(3, async (members, leader) => {
      const { session } = Object(await leader.call('session.open', [])) as { session: string }
      const other = connectionTo(await leaderOf(members))
      const meta = { session, seq: 1 }
      const calls = Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? leader : other).call('counter.increment', [3], { meta }),
      )
      t.same(
        await Promise.all(calls),
        calls.map(() => 3),
      )
      t.equal(await other.call('counter.increment', [3], { meta: { session, seq: 2 } }), 6)
      await t.rejects(other.call('counter.increment', [4], { meta }), InvalidParamsError)
      t.equal(await leader.call('session.close', [session]), true)
      await t.rejects(leader.call('counter.increment', [3], { meta }), SessionExpiredError)
      t.equal(await leader.call('counter.value', []), 6)
      other.close()
    }),
)

void t.test('a command carries the version of the class at the leader', (t) =>
  withCluster(1, async (_, leader) => {
    t.equal(await leader.call('evolved.written', []), 3)
  }),
)

void t.test('commands in flight together are each executed once', (t) =>
  withCluster(3, async (_, leader) => {
    const values: Json[] = await Promise.all(
      Array.from({ length: 500 }, () => leader.call('counter.increment', [])),
    )
    t.same(
      values,
      values.map((__, at) => at + 1),
    )
  }),
)

void t.test('a follower refuses a command and names the leader and all members', (t) =>
  withCluster(3, async (members) => {
    const follower = members.find(({ replica }) => replica.status().role === 'follower')
    if (follower === undefined) throw new Error('no follower')
    const connection = connectionTo(follower)
    const error: unknown = await connection.call('counter.increment', []).catch((refusal: unknown) => refusal)
    connection.close()
    if (!(error instanceof NotLeaderError)) throw new Error(`refused otherwise: ${String(error)}`)
    t.equal(error.hint.leader, follower.replica.status().leader?.uri)
    t.equal(error.hint.members.length, 3)
  }),
)

void t.test('a follower serves a query as new as the leader would, and a stale one with its age', (t) =>
  withCluster(3, async (members, leader) => {
    for (const member of members) {
      const connection = connectionTo(member)
      const sum = await leader.call('counter.increment', [1])
      t.equal(await connection.call('counter.value', [], { meta: { consistency: 'follower' } }), sum)
      const told: AnswerMeta[] = []
      const onAnswerMeta = (meta: AnswerMeta) => told.push(meta)
      const value = await connection.call('counter.value', [], {
        meta: { consistency: 'stale' },
        onAnswerMeta,
      })
      t.equal(value, sum, 'it has applied what it has just read')
      t.equal(told[0]?.appliedIndex, member.replica.status().lastApplied)
      t.type(told[0]?.ageMs, 'number')
      connection.close()
    }
  }),
)

void t.test('a stranger that speaks Raft without a hello is refused', (t) =>
  withCluster(3, async (members, leader) => {
    const [{ replica }] = members.filter((member) => member.replica.isServing) as [TestMember]
    const { id, term } = replica.status()
    const vote = {
      version: 1,
      term: term + 1,
      candidateId: 'm9',
      lastLogIndex: 9,
      lastLogTerm: 9,
      transfer: true,
    }
    await t.rejects(leader.call(`${id}.requestVote`, [vote]), UnauthorizedError)
    t.equal(replica.status().term, term)
  }),
)
