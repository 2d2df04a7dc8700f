import fc from 'fast-check'
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
  readonly deadlines = new Deadlines<Waiter>(this.clock, ({ name }) => {
    this.expired.push(name)
    this.onExpired(name)
  })
  onExpired: (name: string) => void = () => undefined

  add(key: number, deadline: number): void {
    this.deadlines.put(key, { name: String(key), deadline: ms(deadline) })
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
  'all are taken in the order of their numbers, and later ones wait under a timer of their own',
  async (t) => {
    const scene = new Scene()
    scene.add(7, 30)
    scene.add(2, 10)
    t.same(
      scene.deadlines.takeAll().map(({ name }) => name),
      ['2', '7'],
    )
    scene.add(9, 40)
    scene.clock.advance(39)
    t.same(scene.expired, [])
    scene.clock.advance(1)
    t.same(scene.expired, ['9'])
  },
)

void t.test(
  'one that stays for long is found behind any number of others, and told when its time is over',
  async (t) => {
    const scene = new Scene()
    scene.add(1, 50)
    for (let number = 2; number < 20_000; number += 1) {
      scene.add(number, 40)
      scene.deadlines.take(number)
    }
    scene.add(20_000, 60)
    t.equal(scene.deadlines.size, 2)
    scene.clock.advance(50)
    t.same(scene.expired, ['1'])
    t.same(
      scene.deadlines.takeAll().map(({ name }) => name),
      ['20000'],
    )
  },
)

void t.test('what nobody waits under is not taken from where another one lies', async (t) => {
  const scene = new Scene()
  scene.add(5, 10)
  for (const other of [0, -11, 21, 5.5, 4_101, 2 ** 32 + 5, NaN])
    t.equal(scene.deadlines.take(other), undefined, String(other))
  t.equal(scene.deadlines.size, 1)
  t.equal(scene.deadlines.take(5)?.name, '5')
})

void t.test(
  'whoever comes and goes in whatever order, those who wait are those whom a Map would keep',
  async () => {
    const step = fc.oneof(
      fc.record({
        does: fc.constant('add' as const),
        by: fc.constantFrom(1, 1, 1, 2, 3, 15, 16, 4_095, 4_096, 2 ** 32),
      }),
      fc.record({ does: fc.constant('take' as const), by: fc.nat({ max: 60 }) }),
      fc.record({ does: fc.constantFrom('take all' as const), by: fc.constant(0) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const { deadlines } = new Scene()
        const map = new Map<number, Waiter>()
        let last = 0
        for (const { does, by } of steps) {
          if (does === 'add') {
            last += by
            const waiter = { name: String(last), deadline: ms(10) }
            deadlines.put(last, waiter)
            map.set(last, waiter)
          } else if (does === 'take') {
            if (deadlines.take(last - by) !== map.get(last - by)) return false
            map.delete(last - by)
          } else {
            const all = deadlines.takeAll()
            if (all.length !== map.size || all.some(({ name }) => !map.delete(Number(name)))) return false
          }
          if (deadlines.size !== map.size) return false
        }
        return true
      }),
    )
  },
)
