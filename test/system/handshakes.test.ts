/** Handshakes of TLS that come in: how many are under way, whose turn it is, and how long one may take. */
import t from 'tap'
import { ms, type Clock, type Ms, type Timer } from '../../lib/ports.js'
import { Handshakes, type Newcomer } from '../../lib/system/tls/handshakes.js'

/** Turns of the event loop, and time, pass when the test says so. */
class Turns implements Clock {
  #now = 0
  #soon: (() => void)[] = []
  readonly #due = new Set<{ readonly at: number; readonly task: () => void }>()

  now = (): Ms => ms(this.#now)
  wall = (): Ms => ms(this.#now)
  soon = (task: () => void): void => void this.#soon.push(task)

  after = (delay: Ms, task: () => void): Timer => {
    const due = { at: this.#now + delay, task }
    this.#due.add(due)
    return { cancel: () => void this.#due.delete(due) }
  }

  look(count = 1): void {
    for (let turn = 0; turn < count; turn++) for (const task of this.#soon.splice(0)) task()
  }

  pass(time: number): void {
    for (const end = this.#now + time; this.#now < end; this.#now += 100) {
      const due = [...this.#due].filter(({ at }) => at <= this.#now)
      for (const each of due) if (this.#due.delete(each)) each.task()
      this.look()
    }
  }
}

class Scene {
  readonly turns = new Turns()
  readonly handshakes = new Handshakes(this.turns)
  readonly begun: string[] = []
  readonly dropped: string[] = []

  come(address: string, count = 1): readonly Newcomer[] {
    return Array.from({ length: count }, () => {
      const newcomer = {
        address,
        begin: () => void this.begun.push(address),
        drop: () => void this.dropped.push(address),
      }
      this.handshakes.want(newcomer)
      return newcomer
    })
  }

  leave(newcomer: Newcomer | undefined): void {
    if (newcomer !== undefined) this.handshakes.over(newcomer)
  }

  begunOf(address: string): number {
    return this.begun.filter((each) => each === address).length
  }
}

t.test('of each turn of the event loop one handshake begins', async (t) => {
  const scene = new Scene()
  scene.come('a', 3)
  t.equal(scene.begun.length, 0)
  scene.turns.look()
  t.equal(scene.begun.length, 1)
  scene.turns.look()
  t.equal(scene.begun.length, 2)
})

t.test('few are under way at a time, and of one address fewer still', async (t) => {
  const scene = new Scene()
  const [first] = scene.come('a', 100)
  scene.turns.look(1000)
  t.equal(scene.begunOf('a'), 16)
  for (const address of ['b', 'c', 'd', 'e', 'f']) scene.come(address, 100)
  scene.turns.look(1000)
  t.equal(scene.handshakes.underWay, 64)
  scene.leave(first)
  scene.turns.look(10)
  t.equal(scene.begun.length, 65, 'one goes, another one comes')
})

t.test('a flood of one address holds up itself, and nobody else', async (t) => {
  const scene = new Scene()
  scene.come('flood', 10_000)
  scene.turns.look(3)
  scene.come('caller')
  scene.turns.look(2)
  t.equal(scene.begunOf('caller'), 1)
})

t.test(
  'who takes his time makes room for those who wait, and is gone after ten seconds in any case',
  async (t) => {
    const scene = new Scene()
    scene.come('slow', 16)
    scene.turns.look(16)
    scene.turns.pass(9_000)
    t.strictSame(scene.dropped, [], 'nobody waits')
    scene.turns.pass(1_500)
    t.equal(scene.dropped.length, 16)

    scene.come('slow', 17)
    scene.turns.look(17)
    scene.turns.pass(2_000)
    t.equal(scene.begunOf('slow'), 32, 'the last one waits')
    scene.turns.pass(1_500)
    t.equal(scene.begunOf('slow'), 33)
  },
)

t.test('whoever has left before his turn takes no place', async (t) => {
  const scene = new Scene()
  const [gone, next] = scene.come('a', 2)
  scene.leave(gone)
  scene.turns.look(5)
  t.strictSame(scene.begun, ['a'])
  scene.leave(next)
  t.equal(scene.handshakes.underWay, 0)
})
