/** Calls of results that have not come, as any program can send them, forged ones too. */
import t from 'tap'
import { FOLLOWED_MAX, FollowedCalls } from '../../lib/rpc/answering/followed.js'
import { exposed, startDaemon } from '../../api.js'
import { RawClient } from './rig.js'

async function raw(t: { teardown(end: () => unknown): void }) {
  const ran: string[] = []
  const page = exposed(
    { read: (): string => `page ${ran.push('read')}`, secret: (): number => ran.push('secret') },
    ['read'],
  )
  const library = exposed(
    { open: async () => page, fails: () => Promise.reject(new Error('gone')), text: () => 'x' },
    ['open', 'fails', 'text'],
  )
  const daemon = await startDaemon({ host: '127.0.0.1' })
  t.teardown(() => daemon.close())
  daemon.register(library, { id: 'library' })
  const port = Number(daemon.place.split(':').at(-1))
  const client = new RawClient({ kind: 'tcp', host: '127.0.0.1', port })
  t.teardown(() => client.end())
  const send = (...requests: object[]): void =>
    void client.write(requests.map((each) => `${JSON.stringify({ jsonrpc: '2.0', ...each })}\n`).join(''))
  const answers = async (count: number): Promise<Map<unknown, unknown>> => {
    const all = new Map<unknown, unknown>()
    for (let at = 0; at < count; at++) {
      const { id, result, error } = (await client.next()) as { id: unknown; result: unknown; error: unknown }
      all.set(id, error ?? result)
    }
    return all
  }
  return { ran, send, answers, port }
}

t.test('a request names the result of one before it', async (t) => {
  const { send, answers, ran } = await raw(t)
  const meta = { followers: 2, tags: 0 }
  send({ id: 1, method: 'library.open', meta }, { id: 2, method: '@1.read' }, { id: 3, method: '@1.secret' })
  const all = await answers(3)
  t.equal(all.get(2), 'page 1')
  t.match(all.get(3), { code: -32601, message: /does not expose it/ })
  send({ id: 4, method: '@1.read' })
  t.match(
    (await answers(1)).get(4),
    { code: -32601, message: /its result is not kept here/ },
    'no more than were told of',
  )
  t.same(ran, ['read'])
})

t.test('what fails, has no methods or was not told of is called by nobody', async (t) => {
  const { send, answers, ran } = await raw(t)
  const meta = { followers: 1, tags: 0 }
  send(
    { id: 1, method: 'library.fails', meta },
    { id: 2, method: '@1.read' },
    { id: 3, method: 'library.text', meta },
    { id: 4, method: '@3.at' },
    { id: 5, method: 'library.open' },
    { id: 6, method: '@5.read' },
    { id: 7, method: '@' },
    { id: 8, method: '@9.__proto__' },
    { id: 9, method: 'library.open', meta: { followers: 0 } },
    { id: 10, method: 'library.nobody', meta },
    { id: 11, method: '@10.read' },
  )
  const all = await answers(11)
  t.match(all.get(2), { code: -32601, message: /was not executed: that call has failed: gone/ })
  t.match(all.get(4), { code: -32601, message: /has no methods that can be called/ })
  for (const id of [6, 7, 8, 11]) t.match(all.get(id), { code: -32601 }, String(id))
  t.match(all.get(9), { code: -32600 })
  t.same(ran, [])
})

t.test('over HTTP there is nothing to name', async (t) => {
  const { port } = await raw(t)
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify([
    { jsonrpc: '2.0', id: 1, method: 'library.text', meta: { followers: 1 } },
    { jsonrpc: '2.0', id: 2, method: '@1.at' },
  ])
  const answer = await (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })).json()
  t.match(answer, [
    { id: 1, result: 'x' },
    { id: 2, error: { code: -32601 } },
  ])
})

t.test('of one connection so many results are kept, and all end with it', async (t) => {
  const followed = new FollowedCalls(() => undefined)
  for (let id = 0; id < FOLLOWED_MAX + 10; id++) followed.began(id, 5, Promise.resolve())
  t.equal(followed.heldBytes, FOLLOWED_MAX * 1024)
  followed.end()
  t.equal(followed.heldBytes, 0)
})

t.test('of a result that is followed its methods are kept, and nothing of one that has none', async (t) => {
  const asked: object[] = []
  const followed = new FollowedCalls((value) => {
    asked.push(value)
    return undefined
  })
  const long = { text: 'x' }
  followed.began(1, 3, Promise.resolve(long))
  followed.began(2, 3, Promise.reject(new Error('gone')))
  await new Promise((resolve) => setImmediate(resolve))
  t.same(asked, [long], 'it is asked for them when it comes, not by each that follows')
})
