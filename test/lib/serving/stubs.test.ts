/** What is handed over is called like what has a name. */
import { EventEmitter, once } from 'node:events'
import { isDeepStrictEqual, inspect } from 'node:util'
import t from 'tap'
import type { Test } from 'tap'
import {
  callContext,
  connect,
  expose,
  startDaemon,
  type CallOptions,
  type Remote,
  type RemoteFunction,
} from '../../../api.js'

class Page {
  readonly heard = new EventEmitter()
  @expose get title(): string {
    return 'first'
  }
  @expose read(from: number): string {
    return `read from ${from}`
  }
  @expose left(): number | undefined {
    return callContext().remainingMs()
  }
  @expose *words(): Generator<string> {
    yield 'one'
    yield 'two'
  }
  @expose with(word: string): string {
    return `with ${word}`
  }
  @expose async wait(): Promise<never> {
    callContext().signal.addEventListener('abort', () => this.heard.emit('aborted'))
    this.heard.emit('begun')
    return new Promise(() => undefined)
  }
  unread(): number {
    return 1
  }
}

type Hear = (text: string) => Promise<string>

class Book {
  readonly page = new Page()
  @expose open(): Page {
    return this.page
  }
  @expose async told(hear: Hear): Promise<string> {
    return (hear as RemoteFunction<[string], string>).with({ timeoutMs: 5000 })('news')
  }
  @expose async impatient(hear: Hear): Promise<unknown> {
    return (hear as RemoteFunction<[string], string>)
      .with({ timeoutMs: 1 })('news')
      .catch((error: unknown) => String(error))
  }
}

async function scene(
  t: Test,
): Promise<{ book: Book; page: Remote<Page> & Disposable; calls: () => number; told: Remote<Book> }> {
  const book = new Book()
  let failed = 0
  const daemon = await startDaemon({ onCallError: () => (failed += 1) })
  t.teardown(() => daemon.close())
  const uri = daemon.register(book)
  const client = await connect()
  t.teardown(() => client.close())
  const told = client.object<Book>(uri)
  return { book, page: await told.open(), calls: () => failed, told }
}

t.test('an attribute of an object that was handed over is awaited, a method is not', async (t) => {
  const { page } = await scene(t)
  t.equal(await page.title, 'first')
  const read: unknown = Reflect.get(page, 'read')
  t.equal(Reflect.get(read as object, 'then'), undefined)
})

t.test('its methods take options of a call, before their arguments and behind them', async (t) => {
  const { page } = await scene(t)
  t.equal(await page.read(3, { timeoutMs: 5000 }), 'read from 3')
  t.equal(await page.read.with({ timeoutMs: 5000 })(4), 'read from 4')
  const left = await page.left({ timeoutMs: 60_000 })
  t.ok(left !== null && left > 0 && left <= 60_000, String(left))
  t.equal(await page.left(), null)
  t.throws(() => page.read.with({ timoutMs: 5 } as CallOptions), /timoutMs/)
  await t.rejects(page.read(5, { timeoutMs: -1 }), { name: 'InvalidParamsError' })
})

t.test('what is waited for of it is given up by a signal, of which its process hears', async (t) => {
  const { book, page } = await scene(t)
  const giveUp = new AbortController()
  const begun = once(book.page.heard, 'begun')
  const aborted = once(book.page.heard, 'aborted')
  const waiting = page.wait({ signal: giveUp.signal })
  await begun
  giveUp.abort()
  await t.rejects(waiting, { name: 'AbortError', outcome: 'unknown' } as object as Error)
  await aborted
  await t.rejects(page.read(1, { signal: giveUp.signal }), { name: 'AbortError', message: /not executed/ })
})

t.test('its streams are read', async (t) => {
  const { page } = await scene(t)
  const words: string[] = []
  for await (const word of await page.words()) words.push(word)
  t.same(words, ['one', 'two'])
})

t.test('a method that it has not is refused with those that it has', async (t) => {
  const { page } = await scene(t)
  const unknown = page as object as Record<string, () => Promise<unknown>>
  await t.rejects(unknown['raed']?.() ?? Promise.resolve(), {
    name: 'MethodNotFoundError',
    message: /has no method "raed"; did you mean "read"\? It has: title, read, left.*; the call was not sent/,
  })
  await t.rejects(unknown['unread']?.() ?? Promise.resolve(), { message: /has no method "unread"/ })
})

t.test('it is logged, compared, awaited and cloned without a call', async (t) => {
  const { page, calls } = await scene(t)
  t.match(inspect(page), /Remote \$1/)
  t.ok(isDeepStrictEqual(page, page))
  t.notOk(isDeepStrictEqual(page, { title: 'first' }))
  t.equal(JSON.stringify({ page }), '{"page":{}}')
  t.throws(() => structuredClone(page))
  t.equal(await (page as unknown), page)
  t.same(Object.keys(page), [])
  t.equal(calls(), 0)
})

t.test('a function that was handed over takes options of a call', async (t) => {
  const { told } = await scene(t)
  const hear: Hear = async (text) => `${text}, heard`
  t.equal(await told.told(hear), 'news, heard')
  const never: Hear = () => new Promise(() => undefined)
  t.match(await told.impatient(never), /time is over/)
})
