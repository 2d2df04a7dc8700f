/** Whom a balancer lets in, and under whose token his calls go on. */
import t from 'tap'
import { doorman } from '../../balancer/doorman.js'
import type { AccessTable } from '../../lib/access/access-table.js'
import { Callers } from '../../lib/access/callers.js'
import type { Json } from '../../lib/json.js'
import type { CallContext, ConnectionContext } from '../../lib/rpc/exposed.js'
import { systemSecrets } from '../../lib/system/secrets.js'

const secrets = systemSecrets
const [USER, READER] = ['the-token-of-ursula', 'the-token-of-rita']
const TABLE: AccessTable = {
  callers: [
    { name: 'ursula', role: 'user', may: ['kv.*'], tokenSha256: secrets.digest(USER) },
    { name: 'rita', role: 'reader', may: ['kv.*'], tokenSha256: secrets.digest(READER) },
  ],
}

/** `access`: what the balancer was told. Undefined: nothing. */
function admits(access?: AccessTable) {
  const callers = new Callers({ secrets, access: access && (() => access) })
  const admit = doorman(callers, async () => new Map([['get', { kind: 'query' }]]))
  const call = (
    connection: ConnectionContext,
    fullName: string,
    token?: string,
    params: readonly Json[] = [],
  ) => {
    const meta = token === undefined ? {} : { token }
    return admit(fullName, params, { connection, meta, deadline: undefined })
  }
  return { callers, call }
}

const connection = (bearer?: string): ConnectionContext => ({ kind: 'websocket', remote: 'there', bearer })
const tokenOf = async (context: Promise<CallContext>): Promise<string | undefined> =>
  (await context).meta.token
const refused = (message: RegExp) => ({ name: 'UnauthorizedError', message })

t.test('where it was told who may do what it judges callers with tokens, too', async (t) => {
  const { call: admit } = admits(TABLE)
  t.equal(await tokenOf(admit(connection(), 'kv.set', USER)), USER)
  await t.rejects(admit(connection(), 'log.append', USER), refused(/ursula, a user, may call here/))
  t.equal(await tokenOf(admit(connection(), 'kv.get', READER)), READER)
  await t.rejects(admit(connection(), 'kv.set', READER), refused(/rita, a reader, may call here/))
  await t.rejects(admit(connection(), 'watch.next', USER, ['log']), refused(/^log\.watch was refused/))
  await t.rejects(admit(connection('nobodys-token-at-all'), 'kv.get'), refused(/its token is not known/))
  await t.rejects(admit(connection(), 'kv.get'), refused(/its caller is not known/))
})

t.test('where it was told nothing it passes tokens on, however they have come', async (t) => {
  const { callers, call: admit } = admits()
  t.equal(await tokenOf(admit(connection(), 'kv.get')), undefined)
  t.equal(await tokenOf(admit(connection(), 'kv.get', USER)), USER)
  t.equal(await tokenOf(admit(connection(USER), 'kv.get')), USER, 'with the request')
  const hers = connection()
  callers.introduced({ connection: hers, meta: { token: USER } })
  t.equal(await tokenOf(admit(hers, 'kv.get')), USER, 'with the first message')
  const shared = connection()
  await admit(shared, 'kv.get', USER)
  t.equal(await tokenOf(admit(shared, 'kv.get')), undefined, 'and not with the call before it')
})
