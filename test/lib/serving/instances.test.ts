/** How long an instance lives that a class is served by. */
import t, { type Test } from 'tap'
import { behavior, connect, expose, startDaemon, type Remote } from '../../../api.js'
import { until } from '../../harness/until.js'

/** In the order in which it happened. */
let seen: string[] = []
t.beforeEach(() => {
  seen = []
})

@behavior({ mode: 'call' })
class Form {
  constructor() {
    seen.push('made')
  }
  @expose fill(field: string): string {
    seen.push(field)
    return field
  }
  @expose async send(): Promise<string> {
    await Promise.resolve()
    seen.push('sent')
    return 'sent'
  }
  @expose async refuse(): Promise<void> {
    await Promise.resolve()
    throw new Error('refused')
  }
  @expose throwAtOnce(): void {
    throw new Error('thrown')
  }
  @expose *pages(to: number): Generator<number> {
    try {
      for (let page = 1; page <= to; page += 1) yield page
    } finally {
      seen.push('left')
    }
  }
  async [Symbol.asyncDispose](): Promise<void> {
    seen.push('disposed')
  }
}

async function form(
  t: Test,
  onCallError?: (error: unknown) => void,
  served: new () => object = Form,
): Promise<{ readonly remote: Remote<Form>; readonly close: () => void; readonly port: number }> {
  const daemon = await startDaemon({ onCallError })
  t.teardown(() => daemon.close())
  const uri = daemon.register(served, { id: 'form' })
  const client = await connect()
  t.teardown(() => client.close())
  const port = Number(/[0-9]+$/.exec(uri)?.[0])
  return { remote: client.object<Form>(uri), close: () => client.close(), port }
}

t.test('one for a call is disposed of when the call has its result', async (t) => {
  const { remote } = await form(t)
  t.equal(await remote.fill('name'), 'name')
  t.same(seen, ['made', 'name', 'disposed'])
  t.equal(await remote.send(), 'sent')
  t.same(seen.slice(3), ['made', 'sent', 'disposed'])
})

t.test('one for a call is disposed of when the call fails', async (t) => {
  const { remote } = await form(t)
  await t.rejects(remote.refuse(), { message: 'refused' })
  await t.rejects(remote.throwAtOnce(), { message: 'thrown' })
  t.same(seen, ['made', 'disposed', 'made', 'disposed'])
})

t.test('one for a call that brings a stream is disposed of when that has ended', async (t) => {
  const { remote } = await form(t)
  const pages: number[] = []
  for await (const page of await remote.pages(3)) pages.push(page)
  t.same(pages, [1, 2, 3])
  await until('it to be disposed of', () => seen.includes('disposed'))
  t.same(seen, ['made', 'left', 'disposed'])
})

t.test('one for a call that brings a stream is disposed of when its reader has left', async (t) => {
  const { remote } = await form(t)
  for await (const page of await remote.pages(1_000_000)) if (page === 2) break
  await until('it to be disposed of', () => seen.includes('disposed'))
  t.same(seen, ['made', 'left', 'disposed'])
})

t.test('one for a call that brings a stream is disposed of with the connection', async (t) => {
  const { remote, close } = await form(t)
  await remote.pages(1_000_000)
  t.same(seen, ['made'])
  close()
  await until('it to be disposed of', () => seen.includes('disposed'))
})

t.test('one whose stream can be handed to nobody is disposed of', async (t) => {
  const { port } = await form(t)
  const body = '{"jsonrpc":"2.0","id":1,"method":"form.pages","params":[3]}'
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`http://localhost:${port}/`, { method: 'POST', headers, body })
  t.match(await response.json(), { error: { code: -32603 } })
  await until('it to be disposed of', () => seen.includes('disposed'))
})

t.test('what its disposal throws is told to the hook alone', async (t) => {
  class Stuck extends Form {
    override [Symbol.asyncDispose](): Promise<void> {
      return Promise.reject(new Error('stuck'))
    }
  }
  const told: unknown[] = []
  const { remote } = await form(t, (error) => told.push(error), Stuck)
  t.equal(await remote.fill('name'), 'name')
  await until('the hook to be told', () => told.length === 1)
  t.match(told, [{ message: 'stuck' }])
})
