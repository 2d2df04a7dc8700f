/** What the balancer has heard of an object's methods, and in whose name. */
import t from 'tap'
import type { AllowedObjects } from '../../balancer/allowed-objects.js'
import { KnownKinds } from '../../balancer/known-kinds.js'
import { UnauthorizedError } from '../../lib/rpc/errors.js'
import type { CallContext } from '../../lib/rpc/exposed.js'

const contextOf = (bearer?: string): CallContext => ({
  connection: { kind: 'http', remote: '10.0.0.9:4711', bearer },
  meta: {},
  deadline: undefined,
})

t.test('bug: what one caller may hear of an object was told to another one, who may not', async (t) => {
  let asked = 0
  const describe: AllowedObjects['call'] = (_, __, ___, { connection }) => {
    asked += 1
    if (connection.bearer !== 'known') return Promise.reject(new UnauthorizedError('not known'))
    return Promise.resolve({ methods: [{ name: 'get', kind: 'query' }] })
  }
  const kinds = new KnownKinds({ leader: undefined }, describe)
  for (let times = 0; times < 2; times++)
    t.match((await kinds.of('kv', contextOf('known'))).get('get'), { kind: 'query' })
  t.equal(asked, 1)
  await t.rejects(kinds.of('kv', contextOf('not known')), UnauthorizedError)
  await t.rejects(kinds.of('kv', contextOf()), UnauthorizedError)
})
