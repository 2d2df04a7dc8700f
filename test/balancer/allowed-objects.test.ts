import t from 'tap'
import { AllowedObjects } from '../../balancer/allowed-objects.js'
import type { Json } from '../../lib/json.js'
import { MethodNotFoundError } from '../../lib/rpc/errors.js'
import type { CallContext } from '../../lib/rpc/exposed.js'

const context: CallContext = { connection: { kind: 'lines', remote: '' }, meta: {}, deadline: undefined }

function allow(objects: readonly string[], result: Json = 'done') {
  const forwarded: string[] = []
  const isMember = (id: string): boolean => id.startsWith('node')
  const forward = async (method: string): Promise<Json> => {
    forwarded.push(method)
    return result
  }
  const all = new AllowedObjects({ objects, isMember, forward })
  const call = async (fullName: string, ...params: readonly Json[]): Promise<unknown> =>
    all.elsewhere(fullName)?.handler(params, context)
  return { all, call, forwarded }
}

t.test('calls of listed objects are passed on, others refused with what is listed', async (t) => {
  const { call, forwarded } = allow(['kv', 'my.log'])
  t.equal(await call('kv.get', 'x'), 'done')
  t.equal(await call('my.log.append', 'x'), 'done')
  for (const name of ['log.append', 'nameserver.register', '', '.', 'kv', '__proto__.x', 'my.log'])
    await t.rejects(call(name), MethodNotFoundError, name)
  await t.rejects(call('log.append'), { message: /--allow-object lists kv, my\.log/ })
  t.same(forwarded, ['kv.get', 'my.log.append'])
})

t.test("a member's own methods can't be reached, whatever is listed", async (t) => {
  const { call, forwarded } = allow(['kv', 'node1', 'daemon'])
  for (const name of ['node1.hello', 'node1.appendEntries', 'node1.status', 'node2.requestVote'])
    await t.rejects(call(name, {}), MethodNotFoundError, name)
  t.same(forwarded, [])
})

t.test('sessions are passed on, and watches of what is listed', async (t) => {
  const { call, forwarded } = allow(['kv'])
  await call('session.open')
  await call('watch.next', 'kv', null)
  await t.rejects(call('watch.next', 'log', null), MethodNotFoundError)
  await t.rejects(call('watch.next'), MethodNotFoundError)
  t.same(forwarded, ['session.open', 'watch.next'])
})

t.test('the daemon answers for itself, and describes what can be reached', async (t) => {
  const { all, call, forwarded } = allow(['kv'], ['kv', 'log', 'node1', 'session', 7])
  t.equal(all.elsewhere('daemon.ping'), undefined)
  t.same(await call('daemon.objects'), ['kv', 'session'])
  await call('daemon.describe', 'kv')
  await t.rejects(call('daemon.describe', 'node1'), MethodNotFoundError)
  await t.rejects(call('daemon.describe', 7), MethodNotFoundError)
  t.same(forwarded, ['daemon.objects', 'daemon.describe'])
})

t.test('a method with a dot in it does not reach into another object', async (t) => {
  const { all, forwarded } = allow(['kv', 'kv.private'])
  await t.rejects(all.call('kv', 'private.get', [], context), MethodNotFoundError)
  t.same(forwarded, [])
})
