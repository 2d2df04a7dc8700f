/** A name server that holds all the fences that it may, and what makes room. */
import { createInterface } from 'node:readline'
import t from 'tap'
import { freePorts, Running, temporaryFolder } from '../harness/processes.js'
import { until } from '../harness/until.js'
import { fakeTimeLibrary, sweepAfter, WallClock } from './chaos/wall-clock.js'
import { callOn, callText } from './overload/plain-caller.js'

const FENCES = 200_000
const DAY_SECONDS = 86_400
const library = fakeTimeLibrary()

const skip = library === undefined && 'faketime is not installed'
t.setTimeout(600_000)

t.test('fences of clusters that are long gone make room, and none of yesterday do', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  const clock = new WallClock(folder, library ?? '')
  const [port = 0] = await freePorts(1)
  const start = async (): Promise<Running> => {
    const running = new Running(['nameserver', '--port', String(port)], folder, clock.env)
    t.teardown(async () => {
      await running.kill()
      sweepAfter(running.pid)
    })
    await running.says(/listening|ready/i)
    return running
  }
  const server = await start()
  const today = new Names(port, t)

  for (let id = 0; id < FENCES; id += 500) {
    const some = Array.from({ length: 500 }, (_, n) => today.heldAndLeft(`cluster ${id + n}`))
    t.ok((await Promise.all(some)).every((answer) => answer.includes('"result"')))
  }
  t.match(await today.register('one more'), /-32010.*holds 200000 fences.*for a day make room/)
  t.match(await today.register('cluster 7'), /"result"/, 'who has had one is known')

  // While it runs, a jump of its clock does not make it a day older.
  await server.kill()
  clock.set(DAY_SECONDS + 60)
  await start()
  const tomorrow = new Names(port, t)
  await until('room for another fence', async () =>
    (await tomorrow.register('of the next day', 'another')).includes('"result"'),
  )
  t.match(await tomorrow.register('cluster 7', 'x', 1), /"result"/, 'whoever has the name keeps its fence')
  t.match(await tomorrow.register('cluster 7', 'x', 0), /-32006/, 'and its term')
})

class Names {
  readonly #socket
  readonly #waiting: ((answer: string) => void)[] = []
  #id = 0

  constructor(port: number, t: { teardown(end: () => void): void }) {
    this.#socket = callOn(port, t)
    createInterface({ input: this.#socket }).on('line', (line) => this.#waiting.shift()?.(line))
  }

  register(clusterId: string, name = 'x', term = 1): Promise<string> {
    const uri = 'leader@localhost:1'
    return this.#call('register', name, uri, { fence: { clusterId, term }, ttlMs: 3_600_000 })
  }

  /** A cluster has the name, and has it no longer. */
  async heldAndLeft(clusterId: string): Promise<string> {
    const registered = this.register(clusterId)
    await this.#call('remove', 'x')
    return registered
  }

  #call(method: string, ...params: readonly unknown[]): Promise<string> {
    this.#socket.write(callText(++this.#id, `nameserver.${method}`, ...params))
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
