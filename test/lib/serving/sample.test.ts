/** Write a class, serve it, find it by name, call it as if it were here: with streams, callbacks and references. */
import t, { type Test } from 'tap'
import { connect, expose, serve, type Remote, type Rollcall } from '../../../api.js'
import { until } from '../../harness/until.js'
import { NameServerScene } from '../../nameserver/scene.js'

class Document {
  #isClosed = false
  readonly #path: string
  constructor(path: string) {
    this.#path = path
  }
  @expose read(): string {
    if (this.#isClosed) throw new Error(`${this.#path} is closed`)
    return `what stands in ${this.#path}`
  }
  @expose close(): void {
    this.#isClosed = true
  }
}

class Greeter {
  readonly listeners = new Set<(text: string) => unknown>()
  left = 0

  @expose async greet(name: string): Promise<string> {
    return `hello, ${name}`
  }
  @expose *count(to: number): Generator<number> {
    try {
      for (let i = 1; i <= to; i++) yield i
    } finally {
      this.left += 1
    }
  }
  @expose async subscribe(onNews: (text: string) => unknown): Promise<void> {
    this.listeners.add(onNews)
    await onNews('first')
  }
  told = 0
  @expose async tell(text: string): Promise<number> {
    this.told += 1
    for (const listener of this.listeners) await listener(text)
    return this.listeners.size
  }
  @expose open(path: string): Document {
    return new Document(path)
  }
  @expose at(
    when: Date,
    tags: ReadonlyMap<string, number>,
  ): { readonly next: Date; readonly tags: ReadonlyMap<string, number> } {
    return { next: new Date(when.getTime() + 1), tags }
  }
  @expose async sum(numbers: AsyncIterable<number>): Promise<number> {
    let sum = 0
    for await (const each of numbers) sum += each
    return sum
  }
  @expose isOpen(document: Document): string {
    return document instanceof Document ? document.read() : 'another one'
  }
}

interface Scene {
  readonly client: Rollcall
  readonly greeter: Remote<Greeter>
  /** The object itself. */
  readonly here: Greeter
  readonly nameserver: string
}

async function scene(t: Test): Promise<Scene> {
  const names = await NameServerScene.prepare(t)
  await names.start()
  const here = new Greeter()
  const service = await serve({ greeter: here }, { nameserver: names.address })
  t.teardown(() => service.close())
  const client = await connect({ nameserver: names.address })
  t.teardown(() => client.close())
  return { client, greeter: client.object<Greeter>('greeter'), here, nameserver: names.address }
}

t.test('a call with its time and its signal', async (t) => {
  const { greeter } = await scene(t)
  const { signal } = new AbortController()
  t.equal(await greeter.greet('you', { timeoutMs: 5000, signal }), 'hello, you')
})

t.test('a generator arrives as something to read, and ends where it is left', async (t) => {
  const { greeter, here } = await scene(t)
  const all: number[] = []
  for await (const each of await greeter.count(100)) all.push(each)
  t.same(
    all,
    Array.from({ length: 100 }, (_, at) => at + 1),
  )
  t.equal(here.left, 1)
  for await (const each of await greeter.count(1_000_000)) if (each === 3) break
  await until('the generator to be left', () => here.left === 2)
})

t.test('a function is called back over the same connection, until that ends', async (t) => {
  const { client, greeter, here } = await scene(t)
  const news: string[] = []
  await greeter.subscribe((text) => news.push(text))
  t.same(news, ['first'])
  const [listener] = here.listeners
  t.equal(await listener?.('second'), 2, 'and answers')
  t.same(news, ['first', 'second'])
  client.close()
  await until('the callback to be dead', async () => {
    const error: unknown = await Promise.resolve(listener?.('third')).catch((error: unknown) => error)
    return error instanceof Error && /connection/.test(error.message)
  })
  t.same(news, ['first', 'second'])
})

t.test('an exposed object is handed over as a reference, and back again as itself', async (t) => {
  const { greeter } = await scene(t)
  const document = await greeter.open('x')
  t.equal(await document.read(), 'what stands in x')
  await document.close()
  await t.rejects(document.read(), { label: 'REMOTE_ERROR', message: 'x is closed' })
  const other = await greeter.open('y')
  const given = other as unknown as Document
  t.equal(await greeter.isOpen(given), 'what stands in y')
  other[Symbol.dispose]()
  await t.rejects(other.read(), { message: /released here: ask for it anew/ })
})

t.test('values arrive as what they are, and streams go in too', async (t) => {
  const { greeter } = await scene(t)
  const answer = await greeter.at(new Date(1000), new Map([['a', 1]]))
  t.same(answer, { next: new Date(1001), tags: new Map([['a', 1]]) })
  async function* numbers(): AsyncGenerator<number> {
    for (let n = 1; n <= 10; n++) yield n
  }
  t.equal(await greeter.sum(numbers()), 55)
})

t.test('bug: a method that called back to somebody who has gone was run again and again', async (t) => {
  const { greeter, here, nameserver } = await scene(t)
  const other = await connect({ nameserver })
  t.teardown(() => other.close())
  const news: string[] = []
  await other.object<Greeter>('greeter').subscribe((text) => news.push(text))
  other.close()
  const [listener] = here.listeners
  await until('the callback to be dead', () =>
    Promise.resolve(listener?.('dead?')).then(
      () => false,
      () => true,
    ),
  )
  await t.rejects(greeter.tell('news'), {
    label: 'REMOTE_ERROR',
    message: /^this call has run so far, and then a call of its own failed: /,
  })
  t.equal(here.told, 1)
})

t.test(
  'bug: after its service was started anew a call whose result JSON has no word for failed',
  async (t) => {
    const names = await NameServerScene.prepare(t)
    await names.start()
    const options = { nameserver: names.address }
    const first = await serve({ greeter: new Greeter() }, options)
    const client = await connect(options)
    t.teardown(() => client.close())
    const greeter = client.object<Greeter>('greeter')
    const next = async (): Promise<Date> => (await greeter.at(new Date(0), new Map())).next
    t.same(await next(), new Date(1))
    const port = Number(first.daemon.place.slice(first.daemon.place.lastIndexOf(':') + 1))
    await first.close()
    const second = await serve({ greeter: new Greeter() }, { ...options, port })
    t.teardown(() => second.close())
    t.same(await next().catch(next), new Date(1))
  },
)
