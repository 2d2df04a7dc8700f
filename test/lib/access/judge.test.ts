/** Callers that the user's own hook knows, where neither a token nor a row of the table does. */
import t, { type Test } from 'tap'
import { Callers } from '../../../lib/access/callers.js'
import { RolesGate } from '../../../lib/access/gate.js'
import {
  demandMembersKnown,
  Judge,
  type AuthenticateCaller,
  type CallerRights,
} from '../../../lib/access/judge.js'
import { InvalidParamsError, MethodNotFoundError, UnauthorizedError } from '../../../lib/rpc/errors.js'
import { systemSecrets } from '../../../lib/system/secrets.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { RecordingLogger } from '../../harness/ports.js'
import { connectionTo, RawClient, startDaemon } from '../../rpc/rig.js'

const ursula: CallerRights = { name: 'ursula', role: 'user', may: ['kv.*'] }
const REMOTE = '10.0.0.9:4711'

/** What asks the hook, and whom of. */
function judged(authenticate: AuthenticateCaller) {
  const clock = new ManualClock()
  const logger = new RecordingLogger()
  const asked: (string | undefined)[] = []
  const judge = new Judge({
    authenticate: (caller) => {
      asked.push(caller.token)
      return authenticate(caller)
    },
    clock,
    logger,
  })
  const callers = new Callers({ secrets: systemSecrets, tokens: () => ['a-token-of-all'], judge })
  const connection = { remote: REMOTE }
  const of = async (token?: string, over: { readonly remote: string } = connection) => {
    const call = { connection: over, meta: token === undefined ? {} : { token } }
    await callers.judging(call)
    return callers.grantOf(call)?.name
  }
  return { asked, callers, clock, connection, logger, of }
}

const byToken: AuthenticateCaller = ({ token }) =>
  token === undefined || token === 'wrong' ? undefined : { ...ursula, name: token }

for (const [how, authenticate] of [
  ['at once', byToken],
  ['later', (caller) => Promise.resolve(byToken(caller))],
  ['as a query does', (caller) => ({ then: (tell) => Promise.resolve(byToken(caller)).then(tell) })],
] as const satisfies readonly (readonly [string, AuthenticateCaller])[])
  t.test(`a hook that answers ${how} is asked of those alone whom nothing else makes known`, async (t) => {
    const { asked, of } = judged(authenticate)
    t.equal(await of('a-token-of-all'), 'token')
    t.same(asked, [])
    t.equal(await of('ursula'), 'ursula')
    t.equal(await of('wrong'), undefined)
    t.equal(await of(undefined, { remote: REMOTE }), undefined, 'nor of who shows nothing')
    t.same(asked, ['ursula', 'wrong', undefined])
  })

t.test('each call counts by its own token, though a connection carries those of many', async (t) => {
  const { asked, of } = judged(byToken)
  await of()
  for (const name of ['ursula', 'umberto', 'ursula', 'umberto']) t.equal(await of(name), name)
  t.equal(await of(), undefined, 'and one without a token by none of them')
  t.same(asked.filter(Boolean), ['ursula', 'umberto'])
})

t.test('who is known is asked about again after a minute, and who is not at once', async (t) => {
  let isKnown = false
  const { asked, clock, of } = judged(() => isKnown && ursula)
  t.equal(await of('her'), undefined)
  isKnown = true
  t.equal(await of('her'), 'ursula')
  isKnown = false
  clock.advance(59_000)
  t.equal(await of('her'), 'ursula')
  clock.advance(1_000)
  t.equal(await of('her'), undefined, 'she has been shut out since')
  t.equal(asked.length, 3)
})

t.test('calls that come while one is judged wait for the same judgement', async (t) => {
  const settle: ((rights: CallerRights) => void)[] = []
  const { asked, of } = judged(() => new Promise((resolve) => settle.push(resolve)))
  const all = [of('her'), of('her')]
  for (const each of settle) each(ursula)
  t.same(await Promise.all(all), ['ursula', 'ursula'])
  t.equal(asked.length, 1)
})

t.test(
  'bug: more strangers over one connection than are remembered shut out whoever was judged meanwhile',
  async (t) => {
    const settle: (() => void)[] = []
    const { of } = judged(
      (caller) =>
        new Promise((resolve) =>
          settle.push(() => resolve(byToken(caller) && caller.token === 'her' && ursula)),
        ),
    )
    const hers = of('her')
    const others = Array.from({ length: 1_500 }, (_, n) => of(`stranger ${n}`))
    for (const each of settle) each()
    t.equal(await hers, 'ursula')
    t.same(new Set(await Promise.all(others)), new Set([undefined]))
  },
)

t.test('bug: who called once while the hook hung waited for good, on that connection', async (t) => {
  let isHanging = true
  const { clock, logger, of } = judged(() => (isHanging ? new Promise(() => undefined) : ursula))
  const first = [of('her'), of('her')]
  clock.advance(9_999)
  t.equal(clock.armed, 1)
  clock.advance(1)
  t.same(await Promise.all(first), [undefined, undefined])
  t.match(logger.lines, [/it has not answered within 10 seconds$/])
  isHanging = false
  t.equal(await of('her'), 'ursula')
  t.equal(clock.armed, 0)
})

t.test(
  'whoever the hook fails at, or says nonsense of, is not known, and the log says so, not often',
  async (t) => {
    const failing: readonly unknown[] = [
      () => {
        throw new Error('no database')
      },
      () => Promise.reject(new Error('no database')),
      () => ({ name: 'x', role: 'king' }),
      () => Promise.resolve({ name: 'x', role: 'user' }),
      () => 'ursula',
    ]
    for (const authenticate of failing as readonly AuthenticateCaller[]) {
      const { clock, logger, of } = judged(authenticate)
      t.equal(await of('her'), undefined)
      t.equal(await of('her'), undefined)
      t.match(logger.lines, [
        /^warn authenticate has failed, and the caller counts as one that is not known: /,
      ])
      t.equal(logger.lines.length, 1)
      clock.advance(60_000)
      await of('her')
      t.equal(logger.lines.length, 2)
    }
  },
)

t.test(
  'a member that has said hello is not asked about, and a stranger is known once he was let in',
  async (t) => {
    const { asked, callers, of } = judged(byToken)
    const fellow = { remote: REMOTE, isFavoured: true }
    t.equal(await of(undefined, fellow), 'a member')
    t.same(asked, [])
    const hers = { remote: REMOTE }
    t.notOk(callers.isKnown(hers))
    await of('ursula', hers)
    t.ok(callers.isKnown(hers))
  },
)

/** A port whose callers the hook knows, which takes its time. */
async function port(t: Test) {
  const { callers, clock, logger } = judged((caller) => Promise.resolve(byToken(caller)))
  const gate = new RolesGate({ callers, logger, clock })
  const get = { kind: 'query', parameters: ['key'], handler: () => 7 } as const
  const kv = { methods: new Map([['get', get]]) }
  const { daemon, address } = await startDaemon({ kv }, { gate })
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  t.teardown(() => daemon.close())
  const call = (method: string, token: string) => connection.call(method, [], { meta: { token } })
  return { address, call, gate }
}

t.test('calls wait until it is known who makes them, and so does a word of what there is', async (t) => {
  const { call, gate } = await port(t)
  t.equal(await call('kv.get', 'ursula'), 7)
  await t.rejects(call('kv.get', 'wrong'), UnauthorizedError)
  await t.rejects(call('it.is', 'umberto'), MethodNotFoundError)
  await t.rejects(call('it.is', 'wrong'), UnauthorizedError)
  t.equal(await gate.whyNoPage('/metrics', { remote: REMOTE, bearer: 'ursula' }), undefined)
  t.match(await gate.whyNoPage('/metrics', { remote: REMOTE, bearer: 'wrong' }), /for callers that are known/)
})

t.test(
  'bug: params that a method does not take, of a stranger who is judged later, ended the process',
  async (t) => {
    const { address } = await port(t)
    const calls = [{ a: 1 }, [1, 2, 3, 4]].map((params, id) => ({
      jsonrpc: '2.0',
      id,
      method: 'kv.get',
      params,
    }))
    const refused = { error: { code: -32007 } }
    const lines = new RawClient(address)
    t.teardown(() => lines.end())
    for (const call of calls) {
      lines.write(`${JSON.stringify(call)}\n`)
      t.match(await lines.next(), refused)
    }
    lines.write(`${JSON.stringify(calls)}\n`)
    t.match(await lines.next(), [refused, refused])
    const post = async (body: unknown): Promise<unknown> => {
      const headers = { 'content-type': 'application/json' }
      const init = { method: 'POST', headers, body: JSON.stringify(body) }
      return (await fetch(`http://127.0.0.1:${address.port}/`, init)).json()
    }
    for (const call of calls) t.match(await post(call), refused)
    t.match(await post(calls), [refused, refused])
  },
)

t.test('members must be able to show who they are themselves', (t) => {
  const authenticate = byToken
  t.throws(() => demandMembersKnown('startNode', { authenticate }), {
    constructor: InvalidParamsError,
    message: /^startNode: authenticate .*: give token, too, or access with their certificates$/,
  })
  demandMembersKnown('startNode', { authenticate, token: 'a-token-of-all-here' })
  const lonely = { certificate: 'a.example', name: 'a' }
  for (const callers of [
    [],
    [{ ...lonely, role: 'reader' }],
    [{ name: 'a', role: 'member', tokenSha256: 'a'.repeat(64) }],
  ] as const)
    t.throws(() => demandMembersKnown('startNode', { authenticate, access: { callers } }), InvalidParamsError)
  demandMembersKnown('startNode', { authenticate, access: { callers: [{ ...lonely, role: 'member' }] } })
  demandMembersKnown('startNode', { authenticate, access: () => ({ callers: [] }) })
  demandMembersKnown('startNode', {})
  t.end()
})
