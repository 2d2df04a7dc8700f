/** Objects that are found by a name or a URI are pointed at where they are given or returned, and not handed over. */
import t from 'tap'
import type { Test } from 'tap'
import { connect, expose, serve, startDaemon, type Remote, type Rollcall } from '../../../api.js'
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

class Vault {
  static exposed = ['door']
  opened = 0
  door(): string {
    return 'closed'
  }
  open(): string {
    this.opened += 1
    return 'gold'
  }
}

/** Calls what it is given, as it may with what is its own. */
class Porter {
  static exposed = ['openFor', 'doorOf', 'vault', 'isTheVault']
  constructor(readonly own: Vault) {}
  openFor(vault: Vault): string | Promise<string> {
    return vault.open()
  }
  doorOf(vault: Vault): string | Promise<string> {
    return vault.door()
  }
  vault(): Vault {
    return this.own
  }
  isTheVault(vault: unknown): boolean {
    return vault === this.own
  }
}

t.test('whoever names an object of a process gets no more of it than it exposes', async (t) => {
  const vault = new Vault()
  await using daemon = await startDaemon()
  const porter = daemon.register(new Porter(vault), { id: 'porter' })
  const stranger = await client(t)
  const uri = daemon.register(vault, { id: 'vault' })
  const named = stranger.object<Vault>(uri) as unknown as Vault
  t.equal(await stranger.object<Porter>(porter).doorOf(named), 'closed')
  await t.rejects(stranger.object<Porter>(porter).openFor(named), {
    name: 'RemoteError',
    message: /does not expose it/,
  })
  t.equal(await stranger.object<Porter>(porter).isTheVault(named), false)
  t.equal(vault.opened, 0, 'the method of the process has opened nothing for a stranger')
})

t.test('what was handed over on a connection comes back over it as itself, and over no other', async (t) => {
  const vault = new Vault()
  await using daemon = await startDaemon()
  const uri = daemon.register(new Porter(vault))
  daemon.register(vault)
  const [one, other] = [await client(t), await client(t)]
  const handed = (await one.object<Porter>(uri).vault()) as unknown as Vault
  t.equal(await one.object<Porter>(uri).isTheVault(handed), true)
  t.equal(await other.object<Porter>(uri).isTheVault(handed), false)
})

t.test(
  'a reference to an object of the process itself goes through the door that asks who calls',
  async (t) => {
    const asked: unknown[] = []
    await using guarded = await startDaemon({ authenticate: ({ token }) => void asked.push(token) })
    await using open = await startDaemon()
    const vault = guarded.register(new Vault())
    const porter = open.register(new Porter(new Vault()))
    const stranger = await client(t)
    const named = stranger.object<Vault>(vault) as unknown as Vault
    await t.rejects(stranger.object<Porter>(porter).doorOf(named), {
      message: /its caller is not known here/,
    })
    t.same(asked, [undefined])
  },
)
