/** What waits in the socket of a process that was busy has come in time. */
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { ms, type Clock } from '../../lib/ports.js'
import { afterInput } from '../../lib/rpc/deadlines.js'
import { connectionTo } from './rig.js'

/** A server in a thread of its own, which goes on while this one is busy. It counts its answers in shared memory. */
const SERVER = `
  const { createServer } = require('node:net')
  const { parentPort, workerData } = require('node:worker_threads')
  const answers = new Int32Array(workerData)
  const server = createServer((socket) => {
    let rest = ''
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      const lines = (rest + bytes).split('\\n')
      rest = lines.pop()
      for (const { id } of lines.map(JSON.parse))
        socket.write(JSON.stringify({ jsonrpc: '2.0', id, result: 'in time' }) + '\\n', () => {
          Atomics.add(answers, 0, 1)
          Atomics.notify(answers, 0)
        })
    })
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`

async function answering(t: { teardown(end: () => unknown): void }) {
  const memory = new SharedArrayBuffer(4)
  const answers = new Int32Array(memory)
  const worker = new Worker(SERVER, { eval: true, workerData: memory })
  t.teardown(() => worker.terminate())
  const [port] = (await once(worker, 'message')) as [number]
  /** Holds this thread up until the server has written so many answers, and the time is over. */
  const busy = (count: number, untilMs: number): void => {
    for (let seen = 0; (seen = Atomics.load(answers, 0)) < count;)
      if (Atomics.wait(answers, 0, seen, 5_000) === 'timed-out') throw new Error('no answer')
    while (performance.now() < untilMs);
  }
  return { address: { kind: 'tcp', host: '127.0.0.1', port } as const, busy }
}

t.test('an answer that is there when the time of its call is over is the answer', async (t) => {
  const { address, busy } = await answering(t)
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  await connection.call('it.echo', [])
  const over = performance.now() + 200
  const call = connection.call('it.echo', [], { timeoutMs: 200 })
  await turn()
  busy(2, over + 50)
  t.equal(await call, 'in time')
})

/** A clock whose timers go off `late`, in milliseconds, and whose input is taken in when the test says so. */
function lateClock(late: number) {
  let now = 0
  let timer: () => void = () => undefined
  const soon: (() => void)[] = []
  const clock: Clock = {
    now: () => ms(now),
    wall: () => ms(now),
    after: (delay, task) => {
      timer = () => {
        now += delay + late
        task()
      }
      return { cancel: () => (timer = () => undefined) }
    },
    soon: (task) => void soon.push(task),
  }
  return { clock, goOff: () => timer(), takeInput: () => soon.splice(0).forEach((task) => task()) }
}

t.test('a time-out that goes off late lets the input come first, which may end it', async (t) => {
  const told: string[] = []
  const { clock, goOff, takeInput } = lateClock(1)
  afterInput(clock, ms(100), () => told.push('over'))
  goOff()
  t.same(told, [])
  takeInput()
  t.same(told, ['over'])
  const heard = afterInput(clock, ms(100), () => told.push('silent'))
  goOff()
  heard.cancel()
  takeInput()
  t.same(told, ['over'])
})

t.test('a time-out that is on time does not wait', async (t) => {
  const told: string[] = []
  const { clock, goOff } = lateClock(0)
  afterInput(clock, ms(100), () => told.push('over'))
  goOff()
  t.same(told, ['over'])
})
