/** What a caller that can't reach the leader asks another member to pass on. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import t from 'tap'
import { Callers } from '../../../lib/access/callers.js'
import { membersOf, type Json } from '../../../lib/json.js'
import { serverId, type ServerId } from '../../../lib/raft/types.js'
import { PassingOn, type PassingOnOptions } from '../../../lib/replica/calls/passing-on.js'
import { NO_OTHERS_CALLS } from '../../../lib/replica/guards/passed-on.js'
import type { Connection } from '../../../lib/rpc/channels/connection.js'
import {
  MethodNotFoundError,
  NoQuorumError,
  NotLeaderError,
  OutcomeUnknownError,
  UnauthorizedError,
} from '../../../lib/rpc/errors.js'
import type { ExposedObject, Handler } from '../../../lib/rpc/exposed.js'
import { formatUri, uri } from '../../../lib/rpc/uri.js'
import { KeyValue } from '../../../lib/shipped/kv.js'
import { systemClock } from '../../../lib/system/clock.js'
import { systemRandom } from '../../../lib/system/random.js'
import { systemSecrets } from '../../../lib/system/secrets.js'
import { createTransport } from '../../../lib/system/transport.js'
import { connectionTo, objectOf, silentLogger, startDaemon, type TcpAddress } from '../../rpc/rig.js'
import { leaderOf, startMembers, stopMembers } from '../members.js'

interface TestCase {
  teardown(task: () => unknown): void
}

const VIA = { meta: { via: 1 } } as const

async function leaderAndFollower(
  t: TestCase,
  callersOf?: (at: number) => Callers,
): Promise<readonly [leader: Connection, follower: Connection]> {
  const classes = new Map([['kv', KeyValue]])
  const members = await startMembers(3, classes, undefined, undefined, undefined, callersOf)
  t.teardown(() => stopMembers(members))
  const leader = await leaderOf(members)
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

t.test('where callers must be known, one that is passed on is judged by its own token', async (t) => {
  const token = 'the-token-of-ursula'
  const tokenSha256 = systemSecrets.digest(token)
  const ursula = { name: 'ursula', role: 'user', may: ['kv.*'], tokenSha256 } as const
  const access = () => ({ callers: [ursula] })
  const callersOf = () => new Callers({ secrets: systemSecrets, access })
  const [leader, follower] = await leaderAndFollower(t, callersOf)
  await t.rejects(follower.call('kv.set', ['a', 1], VIA), UnauthorizedError)
  await follower.call('kv.set', ['a', 1], { meta: { via: 1, token } })
  t.equal(await leader.call('kv.get', ['a'], { meta: { token } }), 1)
})

t.test(
  'what is passed on is not to be passed on again, and tells all else that was said of it',
  async (t) => {
    const said: Json[] = []
    const passedOn = ([call]: readonly Json[]): Json => {
      said.push(membersOf(call))
      return { result: 7 }
    }
    const { passingOn, context } = passingOnTo(t, await leaderWith(t, { passedOn }))
    const meta = { via: 1, session: 's', seq: 7 } as const
    t.equal(await passingOn.pass('kv.set', ['a', 1], { ...context, meta }), 7)
    t.match(said, [{ method: 'kv.set', params: ['a', 1], meta: { session: 's', seq: 7 } }])
    t.notMatch(said, [{ meta: { via: 1 } }])
  },
)

t.test('whoever is at the leader’s address and belongs to another cluster gets nothing', async (t) => {
  const address = await leaderWith(t, { passedOn: () => t.fail('it was called') })
  const greet = () => Promise.reject(new UnauthorizedError('another cluster'))
  const { passingOn, context } = passingOnTo(t, address, greet)
  await t.rejects(passingOn.pass('kv.set', ['a', 1], context), NoQuorumError)
})

t.test('a leader of an older build, which would not ask who has called, gets nothing either', async (t) => {
  const { passingOn, context } = passingOnTo(t, await leaderWith(t, {}))
  await t.rejects(passingOn.pass('kv.set', ['a', 1], context), NoQuorumError)
})

t.test(
  'where nobody is asked who he is, it is called straight, and its own word is passed back',
  async (t) => {
    const said: unknown[] = []
    const set: Handler = (params, { meta }) => said.push({ params, meta })
    const leader = await leaderWith(t, {}, { kv: objectOf({ set }) })
    const { passingOn, context } = passingOnTo(t, leader, undefined, true)
    const meta = { via: 1, session: 's', seq: 7 } as const
    t.equal(await passingOn.pass('kv.set', ['a', 1], { ...context, meta }), 1)
    t.equal(await passingOn.pass('kv.set', ['a', 2], { ...context, meta: { via: 1, token: 'own' } }), 2)
    t.match(said, [
      // Were it asked there who calls, it would not be the member.
      { params: ['a', 1], meta: { session: 's', seq: 7, token: 'nobody' } },
      { params: ['a', 2], meta: { token: 'own' } },
    ])
    t.notMatch(said, [{ meta: { via: 1 } }])
    await t.rejects(passingOn.pass('kv.frobnicate', [], context), MethodNotFoundError)
    await t.rejects(passingOn.pass('queue.add', [], context), MethodNotFoundError)
  },
)

t.test('bug: a leader that was upgraded at its place was called as an older one for good', async (t) => {
  const callers: Socket[] = []
  const newer = await leaderWith(t, { passedOn: () => ({ result: 'passed on' }) })
  const upgrade: Handler = () => {
    build = newer
    for (const caller of callers) caller.destroy()
    return new Promise(() => undefined)
  }
  const get: Handler = () => 'straight'
  let build = await leaderWith(t, {}, { kv: objectOf({ get, set: upgrade }) })
  const place = createServer((caller) => {
    callers.push(caller)
    const leader = connect(build.port, build.host)
    pipeline(caller, leader, caller, () => undefined)
  }).listen(0, '127.0.0.1')
  t.teardown(() => place.close())
  await once(place, 'listening')
  const { port } = place.address() as AddressInfo
  const { passingOn, context } = passingOnTo(t, { kind: 'tcp', host: '127.0.0.1', port }, undefined, true)
  t.equal(await passingOn.pass('kv.get', ['a'], context), 'straight')
  await t.rejects(passingOn.pass('kv.set', ['a', 1], context), OutcomeUnknownError)
  t.equal(await passingOn.pass('kv.get', ['a'], context), 'passed on')
})

t.test('who knows no leader has nobody to pass a call on to', async (t) => {
  const { passingOn, context } = passingOnTo(t, undefined)
  t.throws(() => passingOn.pass('kv.set', ['a', 1], context), NotLeaderError)
})

t.test(
  'a leader that has fallen silent is not waited for once this member knows that it leads no more',
  async (t) => {
    const silent = createServer()
    const taken = new Promise<Socket>((resolve) => silent.once('connection', resolve))
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const { passingOn, context, view } = passingOnTo(t, { kind: 'tcp', host: '127.0.0.1', port })
    const outcome = t.rejects(passingOn.pass('kv.set', ['a', 1], context), {
      constructor: OutcomeUnknownError,
      message: /has gone silent, and is not waited for/,
    })
    const socket = await taken
    await once(socket, 'data')
    view.leaderId = undefined
    await outcome
    socket.destroy()
    silent.close()
  },
)

/** Whoever leads as n2, with these methods. */
async function leaderWith(
  t: TestCase,
  methods: Readonly<Record<string, Handler>>,
  objects: Readonly<Record<string, ExposedObject>> = {},
): Promise<TcpAddress> {
  const { daemon, address } = await startDaemon({ n2: objectOf(methods), ...objects })
  t.teardown(() => daemon.close())
  return address
}

/** Of a member n1; `leader`: where n2 leads. Undefined: nobody does. */
function passingOnTo(
  t: TestCase,
  leader: TcpAddress | undefined,
  greet: PassingOnOptions['greet'] = () => Promise.resolve({}),
  isOpen = false,
) {
  const uris = leader === undefined ? {} : { n2: uri(formatUri('n2', leader)) }
  const leaderId: ServerId | undefined = leader === undefined ? undefined : serverId('n2')
  const view = { id: serverId('n1'), leaderId, configuration: { voters: [], learners: [], uris } }
  const passingOn = new PassingOn({
    ...{ clock: systemClock, random: systemRandom, transport: createTransport(), logger: silentLogger },
    view: () => view,
    notLeader: () => new NotLeaderError({ leader: null, term: 1, members: [] }),
    greet,
    othersCalls: { ...NO_OTHERS_CALLS, isOpen },
  })
  t.teardown(() => passingOn.end())
  const context = { connection: { kind: 'lines', remote: 'a test' }, meta: {}, deadline: undefined } as const
  return { passingOn, context, view }
}
