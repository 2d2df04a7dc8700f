/** Calls that another member passes on: who made them is judged here, by what that one has shown there. */
import t from 'tap'
import { Callers } from '../../../lib/access/callers.js'
import { RolesGate } from '../../../lib/access/gate.js'
import { Judge } from '../../../lib/access/judge.js'
import { othersCalls } from '../../../lib/hosting/others-calls.js'
import { parseJson, type Json } from '../../../lib/json.js'
import { passedOnToJson, resultIn, type ShownByCaller } from '../../../lib/replica/guards/passed-on.js'
import { CallersElsewhere } from '../../../lib/replica/members/callers-elsewhere.js'
import { InvalidParamsError, RemoteError, UnauthorizedError } from '../../../lib/rpc/errors.js'
import type { CallContext, ConnectionContext } from '../../../lib/rpc/exposed.js'
import { Host } from '../../../lib/rpc/host.js'
import { systemClock } from '../../../lib/system/clock.js'
import { systemSecrets } from '../../../lib/system/secrets.js'
import { silentLogger } from '../../rpc/rig.js'

const callers = new Callers({
  secrets: systemSecrets,
  tokens: () => ['a-token-of-all'],
  access: () => ({
    callers: [
      { name: 'ursula', role: 'user', may: ['kv.*'], tokenSha256: systemSecrets.digest('ursulas-token') },
      { name: 'umberto', role: 'user', may: ['kv.*'], certificate: 'umberto.example' },
    ],
  }),
})
const UMBERTO = { commonName: 'umberto.example', names: [], fingerprint: 'f'.repeat(64) }

/** A leader, and a connection of a member that has said hello there. `met`: over what its calls came. */
function leader(known = callers) {
  const met: ConnectionContext[] = []
  const host = new Host(
    undefined,
    new RolesGate({ callers: known, logger: silentLogger, clock: systemClock }),
  )
  const set = (params: readonly Json[], { connection }: CallContext): Json => {
    met.push(connection)
    if (params.length === 0) throw new RangeError('nothing to set')
    return params.length
  }
  const method = { kind: 'command', parameters: ['key', 'value'], handler: set } as const
  host.register('kv', { methods: new Map([['set', method]]) })
  const elsewhere = new CallersElsewhere(othersCalls(host, systemClock, known))
  const connection: ConnectionContext = { kind: 'lines', remote: 'a member', isFavoured: true }
  const call = async (shown: ShownByCaller, params: readonly Json[] = [1], meta = {}): Promise<Json> => {
    const json = passedOnToJson({ method: 'kv.set', params, meta, shown })
    const answer = await elsewhere.run(json, { connection, meta: {}, deadline: undefined })
    return resultIn(parseJson(answer.text))
  }
  return { call, met, elsewhere, connection }
}

const REMOTE = { remote: '10.0.0.9:4711' }

t.test('a caller counts by the token or the certificate that it has shown to the other member', async (t) => {
  const { call } = leader()
  t.equal(await call({ ...REMOTE, bearer: 'ursulas-token' }), 1)
  t.equal(await call({ ...REMOTE, certificate: UMBERTO }), 1)
  t.equal(await call(REMOTE, [1, 2], { token: 'ursulas-token' }), 2, 'and by the token that the call brings')
})

t.test('whoever has shown nothing that is known is refused, though a member passes it on', async (t) => {
  const { call, met } = leader()
  await t.rejects(call(REMOTE), UnauthorizedError)
  await t.rejects(call({ ...REMOTE, bearer: 'a-token-of-nobody' }), UnauthorizedError)
  await t.rejects(call({ ...REMOTE, certificate: UMBERTO }, [1], { token: 'wrong' }), UnauthorizedError)
  t.strictSame(met, [], 'nothing has run')
})

t.test('bug: a call without a token counted by that of another one which had come before it', async (t) => {
  const { call, met } = leader()
  await call(REMOTE, [1], { token: 'ursulas-token' })
  await t.rejects(call(REMOTE), UnauthorizedError)
  const certificate = { ...REMOTE, certificate: UMBERTO }
  await call(certificate, [1], { token: 'ursulas-token' })
  await call(certificate)
  const [connection] = met.slice(-1)
  t.match(connection && callers.grantOf({ connection, meta: {} }), { name: 'umberto' })
})

t.test('each caller has a share of its own, and none of the favour of the member', async (t) => {
  const { call, met } = leader()
  const ursula = { ...REMOTE, bearer: 'ursulas-token' }
  await call(ursula)
  await call(ursula)
  await call({ remote: '10.0.0.8:4711', bearer: 'ursulas-token' })
  t.equal(met[0], met[1], 'one caller is one connection')
  t.not(met[0], met[2])
  t.match(met[0], { remote: REMOTE.remote })
  t.equal(met[0]?.isFavoured, undefined)
})

t.test(
  'bug: a call with too many params that was passed on for one who is judged later ended the leader',
  async (t) => {
    const authenticate = (): Promise<undefined> => Promise.resolve(undefined)
    const judge = new Judge({ authenticate, clock: systemClock, logger: silentLogger })
    const judging = new Callers({ secrets: systemSecrets, tokens: () => ['a-token-of-all'], judge })
    const { call, met } = leader(judging)
    await t.rejects(call(REMOTE, [1, 2, 3]), UnauthorizedError)
    t.strictSame(met, [], 'nothing has run')
  },
)

t.test('an error of the call comes back as it is, and what is no call is refused', async (t) => {
  const { call, elsewhere, connection } = leader()
  await t.rejects(call({ ...REMOTE, bearer: 'ursulas-token' }, []), RemoteError)
  const context = { connection, meta: {}, deadline: undefined }
  const nonsense: readonly Json[] = [null, 7, {}, { method: 'kv.set' }, { method: 1, shown: REMOTE }]
  for (const json of nonsense) await t.rejects(elsewhere.run(json, context), InvalidParamsError)
})
