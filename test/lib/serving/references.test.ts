/** Objects that are found by a name or a URI are pointed at where they are given or returned, and not handed over. */
import t from 'tap'
import type { Test } from 'tap'
import { connect, expose, serve, startDaemon, type Remote, type Rollcall } from '../../../index.js'
import { NameServerScene } from '../../nameserver/scene.js'
import { RawClient } from '../../rpc/rig.js'

class Greeter {
  readonly word: string
  constructor(word = 'hello') {
    this.word = word
  }
  @expose greet(name: string): string {
    return `${this.word}, ${name}`
  }
}

class Hall {
  readonly greeters: (Greeter | Remote<Greeter>)[] = []
  readonly own = new Greeter('own')
  @expose admit(greeter: Greeter | Remote<Greeter>): number {
    return this.greeters.push(greeter)
  }
  @expose async introduce(at: number, name: string): Promise<string> {
    const greeter = this.greeters[at]
    return greeter === undefined ? 'nobody' : greeter.greet(name)
  }
  @expose last(): Greeter | Remote<Greeter> | undefined {
    return this.greeters.at(-1)
  }
  @expose host(): Greeter {
    return this.own
  }
  @expose isOwn(greeter: Greeter | Remote<Greeter>): boolean {
    return greeter === this.own
  }
}

async function client(t: Test, nameserver?: string): Promise<Rollcall> {
  const made = await connect(nameserver === undefined ? {} : { nameserver })
  t.teardown(() => made.close())
  return made
}

t.test(
  'a proxy that is given arrives as one that calls the same object, with connections of its own',
  async (t) => {
    await using greeters = await startDaemon()
    await using halls = await startDaemon()
    const greeter = greeters.register(new Greeter())
    const hall = halls.register(new Hall())
    const giver = await client(t)
    await giver.object<Hall>(hall).admit(giver.object<Greeter>(greeter))
    giver.close()
    const other = await client(t)
    t.equal(await other.object<Hall>(hall).introduce(0, 'you'), 'hello, you', 'whoever gave it is gone')
    const back = (await other.object<Hall>(hall).last()) as Remote<Greeter>
    t.equal(await back.greet('me'), 'hello, me')
  },
)

t.test('a served object that is returned survives the connection that it came over', async (t) => {
  await using daemon = await startDaemon()
  const hall = new Hall()
  const uri = daemon.register(hall)
  daemon.register(hall.own, { id: 'own' })
  const caller = await client(t)
  const host = await caller.object<Hall>(uri).host()
  t.equal(await host.greet('you'), 'own, you')
  t.equal(Symbol.dispose in (host as object), false, 'there is nothing to let go of')
  t.equal(await caller.object<Hall>(uri).isOwn(host as unknown as Greeter), true, 'home it is itself')
})

t.test('what is not served any more is handed over again', async (t) => {
  await using daemon = await startDaemon()
  const hall = new Hall()
  const uri = daemon.register(hall)
  const own = daemon.register(hall.own)
  const caller = await client(t)
  daemon.unregister(hall.own)
  const host = await caller.object<Hall>(uri).host()
  t.equal(await host.greet('you'), 'own, you')
  t.equal(Symbol.dispose in (host as object), true)
  await t.rejects(caller.object<Greeter>(own).greet('you'), { name: 'MethodNotFoundError' })
})

t.test('a reference by name survives a restart of what it names', async (t) => {
  const scene = await NameServerScene.prepare(t)
  await scene.start()
  const options = { nameserver: scene.address }
  const hall = await serve({ hall: new Hall() }, options)
  t.teardown(() => hall.close())
  const caller = await client(t, scene.address)
  await caller.object<Hall>('hall').admit(caller.object<Greeter>('greeter'))
  const first = await serve({ greeter: new Greeter() }, options)
  t.equal(await caller.object<Hall>('hall').introduce(0, 'you'), 'hello, you')
  await first.close()
  const again = await serve({ greeter: new Greeter('welcome back') }, options)
  t.teardown(() => again.close())
  t.equal(await caller.object<Hall>('hall').introduce(0, 'you'), 'welcome back, you')
})

t.test(
  'a reference of a stranger connects nobody before it is used, and then says what is wrong',
  async (t) => {
    await using daemon = await startDaemon()
    await using trap = await startDaemon({ onConnect: () => t.fail('somebody has come') })
    const hall = new Hall()
    const uri = daemon.register(hall, { id: 'hall' })
    const raw = new RawClient({ kind: 'tcp', host: '127.0.0.1', port: Number(/[0-9]+$/.exec(uri)?.[0]) })
    t.teardown(() => raw.end())
    const give = async (of: unknown): Promise<unknown> => {
      const params = [{ $: 'ref', of }]
      raw.write(
        `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'hall.admit', params, meta: { tags: 1 } })}\n`,
      )
      return raw.next()
    }
    t.match(await give(`any@${trap.place}`), { result: 1 })
    for (const wrong of [5, null, ['a'], 'x'.repeat(10_001), 'any@nowhere:x'])
      t.match(await give(wrong), { error: { code: -32602 } }, String(wrong).slice(0, 20))
    t.equal(hall.greeters.length, 1)
    const caller = await client(t)
    await using empty = await startDaemon()
    await caller.object<Hall>(uri).admit(caller.object<Greeter>(`none@${empty.place}`))
    await t.rejects(caller.object<Hall>(uri).introduce(1, 'you'), {
      name: 'RemoteError',
      message: /then a call of its own failed: .*there is no object "none"/,
    })
  },
)
