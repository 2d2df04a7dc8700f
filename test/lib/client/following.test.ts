/** Calls of a result that has not come yet. */
import { inspect } from 'node:util'
import t, { type Test } from 'tap'
import {
  connect,
  expose,
  MethodNotFoundError,
  RemoteError,
  startDaemon,
  type Rollcall,
} from '../../../api.js'

class Page {
  constructor(
    private readonly library: Library,
    readonly text: string,
  ) {}
  @expose read(): string {
    this.library.ran.push(`read ${this.text}`)
    return this.text
  }
  @expose next(): Page {
    return new Page(this.library, `${this.text}'`)
  }
  @expose get length(): number {
    return this.text.length
  }
  secret(): void {
    this.library.ran.push('secret')
  }
}

class Library {
  readonly ran: string[] = []
  #goOn: () => void = () => undefined
  @expose async open(text: string): Promise<Page> {
    this.ran.push(`open ${text}`)
    await new Promise((resolve) => setImmediate(resolve))
    return new Page(this, text)
  }
  @expose async held(text: string): Promise<Page> {
    await new Promise<void>((resolve) => (this.#goOn = resolve))
    return new Page(this, text)
  }
  @expose goOn(): void {
    this.#goOn()
  }
  @expose fails(): Promise<Page> {
    return Promise.reject(new RangeError('no such page'))
  }
  @expose text(): string {
    return 'text'
  }
  @expose async read(page: Readable, times = 1): Promise<string> {
    return (await page.read()).repeat(times)
  }
  @expose shout(text: string): string {
    return text.toUpperCase()
  }
}

/** A page, wherever it is. */
interface Readable {
  read(): string | Promise<string>
}

async function scene(t: Test): Promise<{ client: Rollcall; library: Library; uri: string }> {
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const library = new Library()
  const client = await connect()
  t.teardown(() => client.close())
  return { client, library, uri: daemon.register(library) }
}

t.test('a method of a result is called before that has come', async (t) => {
  const { client, library, uri } = await scene(t)
  const there = client.object<Library>(uri)
  const reading = there.held('x').read()
  // Served in the order in which they were sent: were it not on its way, it would come behind this.
  await there.goOn()
  t.equal(await reading, 'x')
  t.equal(await there.open('a').next().next().read(), "a''", 'and so on')
  const opened = there.open('b')
  const both = await Promise.all([opened.read(), opened.next().read(), opened])
  t.same(both.slice(0, 2), ['b', "b'"])
  t.equal(await both[2].read(), 'b', 'the result is there too')
  t.same(library.ran.filter((each) => each === 'open b').length, 1)
})

t.test('all in one round trip', async (t) => {
  const { client, library, uri } = await scene(t)
  const there = client.object<Library>(uri)
  await there.text()
  const first = there.held('x')
  const read = first.read()
  let hasCome = false
  void first.then(() => (hasCome = true))
  const ran = new Promise<boolean>((resolve) => {
    const push = library.ran.push.bind(library.ran)
    library.ran.push = (line) => {
      if (line === 'read x') resolve(hasCome)
      return push(line)
    }
  })
  // Comes in behind both.
  void there.goOn()
  t.equal(await ran, false, 'it ran when the first answer had not come yet')
  t.equal(await read, 'x')
})

t.test('the first call fails: the second is not executed, and the first is its cause', async (t) => {
  const { client, library, uri } = await scene(t)
  const there = client.object<Library>(uri)
  for (const round of ['first', 'second']) {
    const error: unknown = await there
      .fails()
      .next()
      .read()
      .catch((thrown: unknown) => thrown)
    t.ok(error instanceof MethodNotFoundError, round)
    const causes: unknown[] = []
    for (let at = error; at instanceof Error; at = at.cause) causes.push(at)
    t.ok(causes.at(-1) instanceof RemoteError, 'its own error is the last cause')
    t.match((error as Error).message, /read was not executed, as the call whose result has it failed/)
  }
  t.same(library.ran, [])
})

t.test('what can not be called of a result is refused, and nothing else runs', async (t) => {
  const { client, library, uri } = await scene(t)
  const there: unknown = client.object<Library>(uri)
  const loose = there as Record<
    string,
    (...args: unknown[]) => Record<string, (...args: unknown[]) => Promise<unknown>>
  >
  await t.rejects(loose['open']?.('x')['secret']?.() ?? Promise.resolve(), { message: /secret/ })
  await t.rejects(loose['open']?.('x')['raed']?.() ?? Promise.resolve(), { message: /raed/ })
  await t.rejects(loose['text']?.()['toUpper']?.() ?? Promise.resolve(), {
    message: /has brought has no methods that can be called/,
  })
  t.notOk(library.ran.includes('secret'))
})

t.test('a call that follows late, or with options, waits for the result', async (t) => {
  const { client, uri } = await scene(t)
  const there = client.object<Library>(uri)
  const opened = there.open('x')
  await opened
  t.equal(await opened.read(), 'x')
  t.equal(await there.open('y').read({ timeoutMs: 5_000 }), 'y')
  t.equal(await there.open('z').read.with({ timeoutMs: 5_000 })(), 'z')
})

t.test('it is a promise in all respects', async (t) => {
  const { client, library, uri } = await scene(t)
  const promise = client.object<Library>(uri).open('x')
  t.ok(promise instanceof Promise)
  t.equal(Object.prototype.toString.call(promise), '[object Promise]')
  t.match(inspect(promise), /^Promise \{\s*<pending>/)
  t.equal(promise.constructor, Promise)
  t.same(Reflect.ownKeys(promise), Reflect.ownKeys(new Promise(() => undefined)), 'nothing of its own')
  t.equal(JSON.stringify({ promise }), '{"promise":{}}')
  for (const name of ['toJSON', 'nodeType', 'asymmetricMatch', '$$typeof', '@@iterator', 'inspect', '_x'])
    t.equal(Reflect.get(promise, name), undefined, name)
  t.same(promise, promise)
  const page = await promise.finally(() => undefined)
  t.equal(await page.read(), 'x')
  t.same(library.ran, ['open x', 'read x'], 'nobody has called anything else')
})

t.test('a connection that ends tells that the second may have run', async (t) => {
  const daemon = await startDaemon()
  const library = new Library()
  const client = await connect()
  t.teardown(() => client.close())
  const there = client.object<Library>(daemon.register(library))
  await there.text()
  const reading = there.held('x').read()
  const told = reading.catch((error: unknown) => error)
  await there.text()
  await daemon.close()
  t.match(await told, { label: 'OUTCOME_UNKNOWN' })
})

t.test('the types: methods of an object, and nothing else', async (t) => {
  const types = async (client: Rollcall): Promise<void> => {
    const there = client.object<Library>('library')
    const text: string = await there.open('x').next().read()
    // @ts-expect-error -- an attribute is awaited of the result
    t.comment(there.open('x').length)
    // @ts-expect-error -- a text has come by then, or has not
    t.comment(there.text().at)
    t.comment(text)
  }
  t.type(types, 'function')
})

class Shelf {
  constructor(private readonly found: object) {}
  @expose find(): Page {
    return this.found as Page
  }
}

t.test('a result that is found by a URI has its methods before it has come, each time', async (t) => {
  const { client, library } = await scene(t)
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const page = new Page(library, 'shared')
  const uri = daemon.register(page)
  for (const found of [page, client.object<Page>(uri)]) {
    const shelf = client.object<Shelf>(daemon.register(new Shelf(found)))
    for (const time of ['first', 'second', 'third']) t.equal(await shelf.find().read(), 'shared', time)
    t.equal(await shelf.find().read.with({ timeoutMs: 5_000 })(), 'shared')
  }
})

t.test('a method of a result can be called in a batch', async (t) => {
  const { client, uri } = await scene(t)
  const results = await client.batch((calls) => [
    calls.object<Library>(uri).open('a').read(),
    calls.object<Library>(uri).text(),
  ])
  t.same(results, ['a', 'text'])
})

t.test('a result that has not come is no argument: it is awaited first', async (t) => {
  const { client, uri } = await scene(t)
  const library = client.object<Library>(uri)
  t.equal(await library.read(await library.open('it'), 2), 'itit')
  t.equal(await library.shout(await library.text()), 'TEXT')
  const refusal = { outcome: 'not-executed', message: /args\[0\] is a Promise: wait for it first/ }
  const [open, text] = [library.open('it'), library.text()]
  // @ts-expect-error: it has the methods of a page already, and is none yet
  await t.rejects(library.read(open), refusal)
  // @ts-expect-error: it is no text yet
  await t.rejects(library.shout(text), refusal)
  await Promise.all([open, text])
})
