/** A leader from which nothing is heard is not waited for once another member leads. */
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { connect } from '../../../lib/system/connect.js'

interface TestCase {
  teardown(task: () => unknown): void
}

type Answer = (method: string) => Json | undefined

/** A program of lines that answers what `answer` gives, and says nothing where that is undefined. */
async function program(t: TestCase, answer: Answer): Promise<number> {
  const server = createServer((socket) => {
    t.teardown(() => socket.destroy())
    let rest = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { id, method } = JSON.parse(line) as { readonly id: number; readonly method: string }
        const result = answer(method)
        if (result !== undefined) socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

t.test('bug: a client waited five seconds for a leader whose host had vanished', async (t) => {
  const uris = ['', '', '']
  const summaries = () => uris.map((each, at) => ({ id: `n${at + 1}`, uri: each, voter: true }))
  let leader = 0
  let hasVanished = false
  const member =
    (at: number): Answer =>
    (method) => {
      if (at === 0 && hasVanished) return undefined
      const cluster = { cluster: 'rollcall', clusterId: 'c' }
      if (method === 'daemon.hello') return { version: 1, ...cluster, member: `n${at + 1}`, members: uris }
      if (method === 'daemon.objects') return ['counter']
      if (method === 'daemon.describe') return { methods: [{ name: 'value', kind: 'query' }] }
      if (method !== `n${at + 1}.status`) return at
      const indexes = { term: leader + 1, commitIndex: 1, lastApplied: 1, lastIndex: 1, snapshotIndex: 0 }
      const role = at === leader ? 'leader' : 'follower'
      const members = summaries()
      return {
        ...cluster,
        ...members[at],
        ...indexes,
        role,
        leader: members[leader] ?? null,
        members,
      }
    }
  for (const at of [0, 1, 2]) uris[at] = `n${at + 1}@127.0.0.1:${await program(t, member(at))}`
  const client = await connect({ members: uris })
  t.teardown(() => client.close())
  t.equal(await client.call('counter', 'value', []), 0)
  hasVanished = true
  const value = client.call('counter', 'value', [], { timeoutMs: 3_500 })
  leader = 1
  t.equal(await value, 1)
})
