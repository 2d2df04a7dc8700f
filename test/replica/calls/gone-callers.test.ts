/** What a caller made a member hold ends with its connection: over real sockets, in each language of a port. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import t from 'tap'
import { WebSocket } from 'ws'
import { KeyValue } from '../../../lib/shipped/kv.js'
import type { Replica } from '../../../lib/replica/replica.js'
import { until } from '../../harness/until.js'
import { leaderOf, startMembers, stopMembers } from '../members.js'
import type { TestMember } from '../members.js'

const WATCHES = 20
const watch = (id: number): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'watch.next', params: ['kv', 0, { waitMs: 30_000 }] })
const lines = Array.from({ length: WATCHES }, (_, id) => `${watch(id)}\n`).join('')
const post = (body: string): string =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

async function withMember(
  task: (member: TestMember, waiting: (count: number) => Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  const members = await startMembers(1, new Map([['kv', KeyValue]]))
  const member = await leaderOf(members)
  const waiting = (count: number): Promise<unknown> =>
    until(
      () => `${count} watches, there are ${watchesOf(member.replica)}`,
      () => watchesOf(member.replica) === count,
    )
  try {
    await task(member, waiting)
  } finally {
    await stopMembers(members)
  }
}

function watchesOf({ waiting }: Replica): number {
  return waiting.watches.calls
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  await once(socket, 'connect')
  return socket
}

/** Ends the connection as a process that is killed does: by a FIN, as all was read. */
function killed(socket: Socket): Promise<unknown> {
  socket.destroy()
  return once(socket, 'close')
}

for (const [language, text] of Object.entries({ lines, HTTP: post(watch(1)) })) {
  void t.test(`${language}: watches of a connection that was closed are not waited for`, (t) =>
    withMember(async ({ port }, waiting) => {
      const socket = await connected(port)
      socket.write(text)
      await waiting(language === 'HTTP' ? 1 : WATCHES)
      await killed(socket)
      await waiting(0)
      t.pass()
    }),
  )
}

void t.test('WebSocket: watches of a connection that was closed are not waited for', (t) =>
  withMember(async ({ port }, waiting) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`)
    await once(socket, 'open')
    for (let id = 0; id < WATCHES; id++) socket.send(watch(id))
    await waiting(WATCHES)
    socket.terminate()
    await waiting(0)
    t.pass()
  }),
)

void t.test(
  'who has closed its half is answered at once that there is nothing, and then the other half is',
  (t) =>
    withMember(async ({ port }) => {
      const socket = await connected(port)
      let received = ''
      socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk))
      socket.end(`${watch(1)}\n`)
      await once(socket, 'end')
      const answer = Object(JSON.parse(received)) as { readonly id: number; readonly result: object }
      t.match(answer, { id: 1, result: { events: [] } })
      socket.destroy()
    }),
)

void t.test("one caller's end is not another's", (t) =>
  withMember(async ({ port }, waiting) => {
    const [gone, stays] = [await connected(port), await connected(port)]
    gone.write(lines)
    stays.write(`${watch(1)}\n`)
    await waiting(WATCHES + 1)
    await killed(gone)
    await waiting(1)
    const answered = once(stays, 'data')
    stays.write('{"jsonrpc":"2.0","id":2,"method":"kv.set","params":["k",1]}\n')
    const [answer] = (await answered) as unknown[]
    t.match(String(answer), /"id":/)
    await killed(stays)
  }),
)
