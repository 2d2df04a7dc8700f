/** What the test's own network does to the lines of members and others. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { freePorts } from '../../../harness/processes.js'
import { Network } from './network.js'
import { OTHERS } from './relay.js'

/** Sends each line back, and keeps all that it got. */
interface Echo {
  readonly server: Server
  readonly sockets: Socket[]
  heard: string
}

async function echo(t: Test, port: number): Promise<Echo> {
  const echo: Echo = { heard: '', server: createServer(), sockets: [] }
  echo.server.on('connection', (socket: Socket) => {
    echo.sockets.push(socket)
    socket.setEncoding('utf8').on('data', (text: string) => {
      echo.heard += text
      socket.write(text)
    })
    socket.on('error', () => undefined)
    t.teardown(() => socket.destroy())
  })
  echo.server.listen(port, '127.0.0.1')
  await once(echo.server, 'listening')
  t.teardown(() => echo.server.close())
  return echo
}

class Line {
  heard = ''
  isClosed = false
  readonly #socket: Socket

  constructor(t: Test, port: number) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setEncoding('utf8').on('data', (text: string) => (this.heard += text))
    this.#socket.on('error', () => undefined).on('close', () => (this.isClosed = true))
    t.teardown(() => this.#socket.destroy())
  }

  send(text: string): void {
    this.#socket.write(text)
  }
}

const HELLO = '{"jsonrpc":"2.0","id":1,"method":"node2.hello","params":[{"id":"node1"}]}\n'

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** node2 behind a relay. */
async function start(t: Test) {
  const [at = 0, to = 0] = await freePorts(2)
  const network = new Network()
  const node2 = await echo(t, to)
  await network.open('node2', { host: '127.0.0.1', port: at }, { host: '127.0.0.1', port: to })
  t.teardown(() => network.close())
  return { network, node2, line: () => new Line(t, at) }
}

t.test('a whole link carries everything, in order, both ways', async (t) => {
  const { node2, line } = await start(t)
  const node1 = line()
  const text = HELLO + 'x'.repeat(1_000_000) + '\n'
  node1.send(text)
  await until(() => node1.heard.length === text.length)
  t.ok(node1.heard === text && node2.heard === text)
})

t.test(
  'a link that is cut one way carries the other way, and goes on where it was once it is healed',
  async (t) => {
    const { network, node2, line } = await start(t)
    const node1 = line()
    node1.send(HELLO)
    await until(() => node1.heard === HELLO)

    network.link('node2', 'node1').cut()
    node1.send('a\n')
    await until(() => node2.heard === `${HELLO}a\n`)
    const other = line()
    other.send('b\n')
    await until(() => other.heard === 'b\n')
    t.equal(node1.heard, HELLO, 'the answer has not come, though it was sent before one that has')

    network.link('node2', 'node1').heal()
    await until(() => node1.heard === `${HELLO}a\n`)
  },
)

t.test(
  'a member on a new connection is known by its hello, and nothing of it comes through a cut',
  async (t) => {
    const { network, node2, line } = await start(t)
    network.link('node1', 'node2').cut()
    line().send(HELLO)
    const other = line()
    other.send('b\n')
    await until(() => other.heard === 'b\n')
    t.equal(node2.heard, 'b\n')
    network.link('node1', 'node2').heal()
    await until(() => node2.heard === `b\n${HELLO}`)
  },
)

t.test('others than members have a lane of their own', async (t) => {
  const { network, node2, line } = await start(t)
  network.link(OTHERS, 'node2').cut()
  line().send('b\n')
  const node1 = line()
  node1.send(HELLO)
  await until(() => node1.heard === HELLO)
  t.equal(node2.heard, HELLO)
})

t.test('a slow link delays each piece, also those behind it; healing it hurries what waits', async (t) => {
  const { network, node2, line } = await start(t)
  network.link('node1', 'node2').slow({ delayMs: 1_000_000, bytesPerSecond: Infinity })
  const node1 = line()
  node1.send(HELLO)
  const other = line()
  other.send('b\n')
  await until(() => other.heard === 'b\n')
  t.equal(node2.heard, 'b\n', 'it still waits')
  network.link('node1', 'node2').heal()
  await until(() => node1.heard === HELLO)

  network.link('node1', 'node2').slow({ delayMs: 0, bytesPerSecond: 20_000 })
  node1.send('x'.repeat(2000))
  await until(() => node1.heard.length === HELLO.length + 2000)
})

t.test('a reset ends the connections of the pair, and no others', async (t) => {
  const { network, line } = await start(t)
  const [node1, other] = [line(), line()]
  node1.send(HELLO)
  other.send('b\n')
  await until(() => node1.heard === HELLO && other.heard === 'b\n')
  network.reset('node1', 'node2')
  await until(() => node1.isClosed)
  t.notOk(other.isClosed)
  other.send('c\n')
  await until(() => other.heard === 'b\nc\n')
})

t.test('a process that is not there ends the connection, and its end passes no cut', async (t) => {
  const { network, node2, line } = await start(t)
  const node1 = line()
  node1.send(HELLO)
  await until(() => node1.heard === HELLO)
  network.link('node2', 'node1').cut()
  node2.server.close()
  for (const socket of node2.sockets) socket.destroy()
  const late = line()
  late.send('b\n')
  await until(() => late.isClosed)
  t.notOk(node1.isClosed)
  network.link('node2', 'node1').heal()
  await until(() => node1.isClosed)
})
