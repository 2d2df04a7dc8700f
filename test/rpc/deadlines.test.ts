import t from 'tap'
import { ms } from '../../lib/ports.js'
import { Deadlines } from '../../lib/rpc/deadlines.js'
import { ManualClock } from '../harness/manual-clock.js'

interface Waiter {
  readonly name: string
  readonly deadline: ReturnType<typeof ms>
}

class Scene {
  readonly clock = new ManualClock()
  readonly expired: string[] = []
  readonly deadlines = new Deadlines<number, Waiter>(this.clock, ({ name }) => {
    this.expired.push(name)
    this.onExpired(name)
  })
  onExpired: (name: string) => void = () => undefined

  add(key: number, deadline: number): void {
    this.deadlines.add(key, { name: String(key), deadline: ms(deadline) })
  }
}

void t.test('each is told once that its time is over, the others wait on', async (t) => {
  const scene = new Scene()
  for (const [key, deadline] of [
    [1, 50],
    [2, 20],
    [3, 20],
    [4, 90],
  ] as const)
    scene.add(key, deadline)
  scene.clock.advance(19)
  t.same(scene.expired, [])
  scene.clock.advance(1)
  t.same(scene.expired, ['2', '3'])
  scene.clock.advance(30)
  t.same(scene.expired, ['2', '3', '1'])
  t.equal(scene.deadlines.size, 1)
  t.equal(scene.deadlines.take(1), undefined)
  t.equal(scene.deadlines.take(4)?.name, '4')
  scene.clock.advance(100)
  t.same(scene.expired, ['2', '3', '1'])
})

void t.test('a deadline between two milliseconds is waited for to its end', async (t) => {
  const scene = new Scene()
  scene.add(1, 10.5)
  scene.clock.advance(10)
  t.same(scene.expired, [])
  scene.clock.advance(1)
  t.same(scene.expired, ['1'])
})

void t.test('whoever is told may wait again, and take others with it', async (t) => {
  const scene = new Scene()
  scene.add(1, 10)
  scene.add(2, 30)
  scene.onExpired = (name) => {
    if (name !== '1') return
    scene.deadlines.take(2)
    scene.add(3, 20)
  }
  scene.clock.advance(10)
  scene.clock.advance(10)
  scene.clock.advance(10)
  t.same(scene.expired, ['1', '3'])
  t.equal(scene.deadlines.size, 0)
})

void t.test(
  'all are taken in the order in which they came, and later ones wait under a timer of their own',
  async (t) => {
    const scene = new Scene()
    scene.add(7, 30)
    scene.add(2, 10)
    t.same(
      scene.deadlines.takeAll().map(({ name }) => name),
      ['7', '2'],
    )
    scene.add(9, 40)
    scene.clock.advance(39)
    t.same(scene.expired, [])
    scene.clock.advance(1)
    t.same(scene.expired, ['9'])
  },
)
