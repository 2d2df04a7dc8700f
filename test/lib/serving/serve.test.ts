/** Objects served under names, with a real name server. */
import t, { type Test } from 'tap'
import { connect, expose, serve, startDaemon, type Rollcall, type ServeOptions } from '../../../api.js'
import type { NameTakenError } from '../../../lib/rpc/errors.js'
import { until } from '../../harness/until.js'
import { NameServerScene } from '../../nameserver/scene.js'

class Greeter {
  readonly #who: string
  constructor(who = 'nobody') {
    this.#who = who
  }
  @expose async greet(name: string): Promise<string> {
    return `hello, ${name}, says ${this.#who}`
  }
  @expose get language(): string {
    return 'en'
  }
}

async function scene(t: Test): Promise<{ names: NameServerScene; client: Rollcall; options: ServeOptions }> {
  const names = await NameServerScene.prepare(t)
  await names.start()
  const client = await connect({ nameserver: names.address })
  t.teardown(() => client.close())
  return { names, client, options: { nameserver: names.address } }
}

t.test('a served object is found by name until it is closed', async (t) => {
  const { client, options } = await scene(t)
  const service = await serve({ greeter: new Greeter('one') }, options)
  t.teardown(() => service.close())
  t.same(await client.nameserver.list({ prefix: 'greet' }), [
    { name: 'greeter', uri: service.uris.greeter, metadata: [] },
  ])
  const greeter = client.object<Greeter>('greeter')
  t.equal(await greeter.greet('you', { timeoutMs: 5000 }), 'hello, you, says one')
  t.equal(await greeter.language, 'en')
  await service.close()
  t.same(await client.nameserver.list({ prefix: 'greet' }), [], 'its name has gone before it')
  await t.rejects(greeter.greet('you', { timeoutMs: 1000 }), { name: /^(NameNotFound|Unreachable)Error$/ })
})

t.test('a name that another process has is refused, unless both share it', async (t) => {
  const { client, options } = await scene(t)
  const waited: string[] = []
  const one = await serve({ greeter: new Greeter('one') }, options)
  t.teardown(() => one.close())
  const refused = await serve(
    { greeter: new Greeter('another') },
    { ...options, onWaiting: (why) => waited.push(why) },
  ).then(
    () => t.fail('the name is taken'),
    (error: unknown) => error as NameTakenError,
  )
  t.match(refused, { label: 'NAME_TAKEN', message: /greeter.*\{ shared: true \}/s })
  t.match(waited, [/if that process has died, its lease ends within 4 s/])
  t.equal(await client.object<Greeter>('greeter').greet('you'), 'hello, you, says one')
  await one.close()

  const shared = { ...options, shared: true }
  const [two, three] = await Promise.all([
    serve({ greeter: new Greeter('two') }, shared),
    serve({ greeter: new Greeter('three') }, shared),
  ])
  t.teardown(() => two.close())
  t.teardown(() => three.close())
  const greeter = client.object<Greeter>('greeter')
  const heard = new Set<string>()
  await until('both to be called', async () => {
    heard.add(await greeter.greet('you'))
    return heard.size === 2
  })
  await two.close()
  for (let n = 0; n < 4; n++) t.equal(await greeter.greet('you'), 'hello, you, says three')
})

t.test('a name that is taken is said to be, however short the time is', async (t) => {
  const { options } = await scene(t)
  const one = await serve({ greeter: new Greeter('one') }, options)
  t.teardown(() => one.close())
  const objects = { other: new Greeter('other'), greeter: new Greeter('another') }
  await t.rejects(serve(objects, { ...options, timeoutMs: 1_000, onWaiting: () => undefined }), {
    label: 'NAME_TAKEN',
    message: /greeter.*\{ shared: true \}/s,
  })
})

t.test('where nothing can be registered, nothing is served, and it is said what to do', async (t) => {
  const names = await NameServerScene.prepare(t)
  const failed = serve(
    { greeter: new Greeter() },
    { nameserver: names.address, timeoutMs: 300, onWaiting: () => undefined },
  )
  await t.rejects(failed, {
    label: 'UNREACHABLE',
    message:
      /within 300 ms at .*: start a name server there .* or serve without names, with startDaemon\(\)$/,
  })
  await t.rejects(serve({}), { label: 'INVALID_PARAMS', message: /serve\(\{ greeter: new Greeter\(\) \}\)/ })
  await t.rejects(serve({ greeter: {} }), {
    label: 'INVALID_PARAMS',
    message: /^greeter: the object exposes nothing/,
  })
  await t.rejects(serve({ greeter: new Greeter() }, { name: 'x' } as ServeOptions), {
    message: /serve has no option "name"/,
  })
})

t.test('a daemon without names serves at its URIs', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const uri = daemon.register(new Greeter('me'))
  t.match(uri, /^obj_[-0-9a-f]+@localhost:\d+$/)
  const client = await connect()
  t.teardown(() => client.close())
  t.equal(await client.object<Greeter>(uri).greet('you'), 'hello, you, says me')
})
