/** Names at a real name server, and clients that call whoever has them. */
import t from 'tap'
import { connect } from '../../../lib/system/connect.js'
import type { ConnectOptions, Rollcall } from '../../../lib/client/rollcall.js'
import { Daemon } from '../../../lib/rpc/channels/daemon.js'
import {
  InvalidParamsError,
  NameNotFoundError,
  OutcomeUnknownError,
  UnreachableError,
} from '../../../lib/rpc/errors.js'
import { formatAddress } from '../../../lib/rpc/uri.js'
import type { RegisterOptions } from '../../../lib/names.js'
import { silent } from '../../harness/ports.js'
import { NameServerScene, ports, until, type Teardown } from '../../nameserver/scene.js'

interface Greeter {
  where(): string
  hang(): string
}

/** A process with a greeter that says which one it is. Each has an id of its own for it. */
async function greeter(t: Teardown, id: string, port = 0) {
  const daemon = new Daemon({ ...ports, logger: silent })
  const address = await daemon.listen({ kind: 'tcp', host: '127.0.0.1', port })
  const counts = { hung: 0 }
  daemon.host.register(id, {
    methods: new Map([
      ['where', { kind: 'plain', handler: () => id }],
      ['hang', { kind: 'plain', handler: () => (counts.hung++, new Promise<never>(() => undefined)) }],
    ]),
  })
  t.teardown(() => daemon.close())
  return { daemon, counts, uri: `${id}@${formatAddress(address)}` }
}

async function scene(t: Teardown, options: ConnectOptions = {}) {
  const server = await NameServerScene.prepare(t)
  await server.start()
  const rollcall = await connect({ nameserver: server.address, timeoutMs: 3_000, ...options })
  t.teardown(() => rollcall.close())
  return { server, rollcall, names: server.names }
}

/** Registers greeters with these ids under one name. */
async function sharing(t: Teardown, ids: readonly string[], options: RegisterOptions = { shared: true }) {
  const all = await scene(t)
  const greeters = await Promise.all(ids.map((id) => greeter(t, id)))
  for (const { uri } of greeters) await all.names.register('greeter', uri, options)
  return { ...all, greeters }
}

async function calls(rollcall: Rollcall, times: number, name = 'greeter'): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const remote = rollcall.object<Greeter>(name)
  for (let n = 0; n < times; n++) {
    const where = await remote.where()
    counts.set(where, (counts.get(where) ?? 0) + 1)
  }
  return counts
}

t.test('calls to a shared name are spread over all that have it', async (t) => {
  const { rollcall } = await sharing(t, ['a', 'b', 'c'])
  t.same(Object.fromEntries(await calls(rollcall, 30)), { a: 10, b: 10, c: 10 })
})

t.test('also those that are the first, and made at the same time', async (t) => {
  const { rollcall } = await sharing(t, ['a', 'b', 'c'])
  const remote = rollcall.object<Greeter>('greeter')
  const wheres = await Promise.all(Array.from({ length: 30 }, () => remote.where()))
  t.equal(wheres.filter((where) => where === 'a').length, 10)
})

t.test('a name that one has alone costs one look-up, however often it is called', async (t) => {
  const { rollcall } = await sharing(t, ['a'], {})
  t.same(Object.fromEntries(await calls(rollcall, 5)), { a: 5 })
})

t.test('when one of two is gone the next calls succeed, at the other', async (t) => {
  const { rollcall, names, greeters } = await sharing(t, ['a', 'b'])
  await calls(rollcall, 4)
  await greeters[0]?.daemon.close()
  // By then this process has heard that the connection is over: what it sends before may have run.
  await names.ping()
  t.same(Object.fromEntries(await calls(rollcall, 20)), { b: 20 })
})

t.test('a call that may have run where its process ended is not made again elsewhere', async (t) => {
  const { rollcall, greeters } = await sharing(t, ['a', 'b'])
  const remote = rollcall.object<Greeter>('greeter')
  const hung = [remote.hang(), remote.hang()]
  const outcomes = Promise.allSettled(hung)
  await until(() => greeters.every(({ counts }) => counts.hung === 1) || undefined)
  await Promise.all(greeters.map(({ daemon }) => daemon.close()))
  for (const outcome of await outcomes)
    t.ok(outcome.status === 'rejected' && outcome.reason instanceof OutcomeUnknownError)
  t.same(
    greeters.map(({ counts }) => counts.hung),
    [1, 1],
  )
})

t.test('one that comes later is called, too, and one that took itself back is not', async (t) => {
  const { rollcall, names, greeters } = await sharing(t, ['a', 'b'])
  await calls(rollcall, 2)
  const late = await greeter(t, 'late')
  await names.register('greeter', late.uri, { shared: true })
  await names.unregister('greeter', greeters[0]?.uri ?? '')
  const seen = async () => new Set((await calls(rollcall, 4)).keys())
  await until(async () => {
    const now = await seen()
    return (now.has('late') && !now.has('a')) || undefined
  })
})

t.test('whatever has these tags is called by them', async (t) => {
  const { rollcall, names } = await scene(t)
  const [red, both, other] = [await greeter(t, 'red'), await greeter(t, 'both'), await greeter(t, 'other')]
  await names.register('red', red.uri, { metadata: ['red'] })
  await names.register('both', both.uri, { metadata: ['red', 'size=2'] })
  await names.register('other', other.uri, { metadata: ['blue', 'team@home'] })
  t.same(Object.fromEntries(await calls(rollcall, 4, 'meta:red')), { red: 2, both: 2 })
  t.same(Object.fromEntries(await calls(rollcall, 2, 'meta:red,size=2')), { both: 2 })
  t.same(Object.fromEntries(await calls(rollcall, 1, 'meta:team@home')), { other: 1 })
  t.same(await rollcall.resolve('meta:red,size=2'), [both.uri])
  await t.rejects(rollcall.resolve('meta:green'), NameNotFoundError)
  await t.rejects(rollcall.object<Greeter>('meta:green').where(), NameNotFoundError)
  for (const wrong of ['meta:', 'meta:red,', 'meta:,red'])
    await t.rejects(rollcall.resolve(wrong), InvalidParamsError, wrong)
})

t.test('resolve tells all places of a name, as they are now', async (t) => {
  const { rollcall, names, greeters } = await sharing(t, ['a', 'b'])
  const uris = greeters.map(({ uri }) => uri)
  t.same(await rollcall.resolve('greeter'), uris)
  await names.remove('greeter')
  await t.rejects(rollcall.resolve('greeter'))
  await names.register('greeter', uris[0] ?? '')
  t.same(await rollcall.resolve('greeter'), [uris[0]])
  t.same(await rollcall.resolve('x@localhost:1'), ['x@localhost:1'])
})

t.test('a name that nobody has yet is waited for where that is asked for', async (t) => {
  const { rollcall, names } = await scene(t)
  const waits: string[] = []
  const found = rollcall.resolve('late', { waitMs: 60_000, onWaiting: (why) => waits.push(why) })
  await until(() => waits[0])
  await names.register('late', 'x@localhost:1')
  t.same(await found, ['x@localhost:1'])
  t.match(waits, [/"late" can't be found/], 'it is told once')
  await t.rejects(rollcall.resolve('late', { waitMs: -1 }), InvalidParamsError)
})

t.test('bug: where only other clusters were known yet, a name was not waited for', async (t) => {
  const { rollcall, names } = await scene(t, { cluster: 'late' })
  await names.register('early.leader', 'x@localhost:1')
  const message = /knows no cluster "late", and no member of it answers: it knows "early"; nothing was done/
  await t.rejects(rollcall.resolve('thing'), { name: 'InvalidParamsError', message })
  const waits: string[] = []
  const found = rollcall.resolve('thing', { waitMs: 60_000, onWaiting: (why) => waits.push(why) })
  await until(() => waits[0])
  await names.register('late.thing', 'y@localhost:1')
  t.same(await found, ['y@localhost:1'])
  t.match(waits, [message])
})

t.test('waiting ends with the client', async (t) => {
  const { rollcall } = await scene(t)
  const found = rollcall.resolve('late', { waitMs: 60_000 })
  rollcall.close()
  await t.rejects(found, UnreachableError)
})

t.test('a misspelt name is said at once, with the one that was meant', async (t) => {
  const { rollcall } = await sharing(t, ['a'])
  const waits: string[] = []
  const call = rollcall.call('greter', 'where', [], {
    timeoutMs: 60_000,
    onWaiting: (why) => waits.push(why),
  })
  await t.rejects(call, { name: 'NameNotFoundError', message: /did you mean "greeter"\?$/ })
  t.same(waits, [])
  await t.rejects(rollcall.resolve('greter'), NameNotFoundError)
})

t.test('bug: an object that moved to an id of its own elsewhere was called by its old id', async (t) => {
  const { rollcall, names } = await scene(t)
  const [old, other] = [await greeter(t, 'old'), await greeter(t, 'other')]
  await names.register('greeter', old.uri)
  const remote = rollcall.object<Greeter>('greeter')
  t.equal(await remote.where(), 'old')
  await names.register('greeter', other.uri)
  await old.daemon.close()
  await names.ping()
  t.equal(await remote.where(), 'other')
})
