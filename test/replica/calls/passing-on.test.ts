/** What a caller that can't reach the leader asks another member to pass on. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { clusterId, serverId } from '../../../lib/raft/types.js'
import { PassingOn } from '../../../lib/replica/calls/passing-on.js'
import type { Connection } from '../../../lib/rpc/channels/connection.js'
import { NoQuorumError, NotLeaderError } from '../../../lib/rpc/errors.js'
import type { CallMeta } from '../../../lib/rpc/exposed.js'
import { formatUri, uri } from '../../../lib/rpc/uri.js'
import { KeyValue } from '../../../lib/shipped/kv.js'
import { systemClock } from '../../../lib/system/clock.js'
import { systemRandom } from '../../../lib/system/random.js'
import { createTransport } from '../../../lib/system/transport.js'
import { connectionTo, objectOf, silentLogger, startDaemon, type TcpAddress } from '../../rpc/rig.js'
import { leaderOf, startMembers, stopMembers } from '../members.js'

interface TestCase {
  teardown(task: () => unknown): void
}

const VIA = { meta: { via: 1 } } as const

async function leaderAndFollower(t: TestCase): Promise<readonly [leader: Connection, follower: Connection]> {
  const members = await startMembers(3, new Map([['kv', KeyValue]]))
  t.teardown(() => stopMembers(members))
  const leader = await leaderOf(members)
  for (const { daemon, replica } of members)
    daemon.host.identity = () => ({
      ...{ cluster: 'test', member: replica.raft.view.id, members: [] },
      ...{ clusterId: replica.raft.view.clusterId ?? null, clusterIdInLog: null },
    })
  const follower = members.find((each) => each !== leader) ?? leader
  const to = ({ port }: { readonly port: number }): Connection => {
    const connection = connectionTo({ kind: 'tcp', host: '127.0.0.1', port })
    t.teardown(() => connection.close())
    return connection
  }
  return [to(leader), to(follower)]
}

t.test('a follower passes a command on when it is asked to, and not otherwise', async (t) => {
  const [leader, follower] = await leaderAndFollower(t)
  await t.rejects(follower.call('kv.set', ['a', 1]), NotLeaderError)
  await follower.call('kv.set', ['a', 1], VIA)
  t.equal(await leader.call('kv.get', ['a']), 1)
  t.equal(await follower.call('kv.get', ['a'], VIA), 1, 'a query runs where it was asked')
})

t.test('a command of a session runs once, whichever way it comes', async (t) => {
  const [leader, follower] = await leaderAndFollower(t)
  const opened = (await follower.call('session.open', [], VIA)) as { readonly session: string }
  const meta = { session: opened.session, seq: 1 }
  await follower.call('kv.set', ['a', 1], { meta: { ...meta, via: 1 } })
  await leader.call('kv.set', ['a', 2])
  await leader.call('kv.set', ['a', 1], { meta })
  t.equal(await leader.call('kv.get', ['a']), 2, 'not again')
})

t.test(
  'what is passed on is not to be passed on again, and tells all else that was said of it',
  async (t) => {
    const said: CallMeta[] = []
    const set = (_: readonly Json[], { meta }: { readonly meta: CallMeta }): Json => {
      said.push(meta)
      return null
    }
    const { daemon, address } = await startDaemon({ kv: objectOf({ set }) })
    t.teardown(() => daemon.close())
    daemon.host.identity = () => ({
      ...{ cluster: 'test', member: 'n2', members: [], clusterId: 'c', clusterIdInLog: null },
    })
    const { passingOn, context } = passingOnTo(t, address)
    await passingOn.pass('kv.set', ['a', 1], { ...context, meta: { via: 1, session: 's', seq: 7 } })
    t.match(said, [{ session: 's', seq: 7 }])
    t.notOk(said.some(({ via }) => via !== undefined))
  },
)

t.test('whoever is at the leader’s address and belongs to another cluster gets nothing', async (t) => {
  const { daemon, address } = await startDaemon({ kv: objectOf({ set: () => t.fail('it was called') }) })
  t.teardown(() => daemon.close())
  const { passingOn, context } = passingOnTo(t, address)
  await t.rejects(passingOn.pass('kv.set', ['a', 1], context), NoQuorumError)
})

t.test('who knows no leader has nobody to pass a call on to', async (t) => {
  const { passingOn, context } = passingOnTo(t, undefined)
  t.throws(() => passingOn.pass('kv.set', ['a', 1], context), NotLeaderError)
})

/** Of a member n1; `leader`: where n2 leads. Undefined: nobody does. */
function passingOnTo(t: TestCase, leader: TcpAddress | undefined) {
  const uris = leader === undefined ? {} : { n2: uri(formatUri('n2', leader)) }
  const leaderId = leader === undefined ? undefined : serverId('n2')
  const view = {
    id: serverId('n1'),
    leaderId,
    clusterId: clusterId('c'),
    configuration: { voters: [], learners: [], uris },
  }
  const passingOn = new PassingOn({
    ...{ clock: systemClock, random: systemRandom, transport: createTransport(), logger: silentLogger },
    view: () => view,
    notLeader: () => new NotLeaderError({ leader: null, term: 1, members: [] }),
  })
  t.teardown(() => passingOn.end())
  const context = { connection: { kind: 'lines', remote: 'a test' }, meta: {}, deadline: undefined } as const
  return { passingOn, context }
}
