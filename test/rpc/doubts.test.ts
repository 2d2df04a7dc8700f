/** Whoever waits for one that is silent asks, in the end, whether somebody else is in its place. */
import t from 'tap'
import { Doubts } from '../../lib/rpc/channels/doubts.js'
import { ManualClock } from '../harness/manual-clock.js'

class Scene {
  readonly clock = new ManualClock()
  isAwaited = true
  isReplaced = false
  pings = 0
  questions = 0
  isLeft = false
  readonly doubts = new Doubts({
    clock: this.clock,
    isAwaited: () => this.isAwaited,
    ping: () => (this.pings += 1),
    isReplaced: () => {
      this.questions += 1
      return Promise.resolve(this.isReplaced)
    },
    replaced: () => {
      this.isLeft = true
      this.doubts.end()
    },
  })

  /** Lets so much time pass, a little at a time, and does `each` every time. */
  async passes(milliseconds: number, each: () => void = () => undefined): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 10) {
      each()
      this.clock.advance(10)
      await Promise.resolve()
    }
  }
}

t.test('one that is silent, and replaced, is left within the time of an election', async (t) => {
  const scene = new Scene()
  scene.doubts.called()
  await scene.passes(290)
  t.equal(scene.pings, 1, 'it is asked for a sign of life first')
  t.equal(scene.questions, 1)
  scene.isReplaced = true
  await scene.passes(300)
  t.ok(scene.isLeft)
  t.equal(scene.clock.armed, 0)
})

t.test('one that answers is not doubted though its calls take long', async (t) => {
  const scene = new Scene()
  scene.isReplaced = true
  scene.doubts.called()
  let answered = 0
  await scene.passes(60_000, () => {
    if (scene.pings > answered) scene.doubts.heard()
    answered = scene.pings
  })
  t.equal(scene.questions, 0)
  t.ok(scene.pings > 0 && scene.pings < 60, `it was asked ${scene.pings} times in a minute`)
})

t.test('calls that are answered cost nobody a question', async (t) => {
  const scene = new Scene()
  await scene.passes(5_000, () => {
    scene.doubts.called()
    scene.doubts.heard()
  })
  t.same([scene.pings, scene.questions], [0, 0])
})

t.test('while nobody is in its place, others are asked ever more rarely', async (t) => {
  const scene = new Scene()
  scene.doubts.called()
  await scene.passes(20_000)
  t.notOk(scene.isLeft)
  t.ok(scene.questions > 5 && scene.questions < 20, `asked ${scene.questions} times`)
})

t.test('bug: one that had spoken while others were asked was left', async (t) => {
  const scene = new Scene()
  scene.isReplaced = true
  scene.doubts.called()
  await scene.passes(190)
  t.equal(scene.questions, 0)
  scene.clock.advance(10)
  t.equal(scene.questions, 1)
  scene.doubts.heard()
  await Promise.resolve()
  t.notOk(scene.isLeft)
})

t.test('once nobody waits, nobody looks', async (t) => {
  const scene = new Scene()
  scene.doubts.called()
  scene.isAwaited = false
  await scene.passes(200)
  t.equal(scene.clock.armed, 0)
  scene.isAwaited = true
  scene.doubts.called()
  t.equal(scene.clock.armed, 1)
  scene.doubts.end()
  t.equal(scene.clock.armed, 0)
})
