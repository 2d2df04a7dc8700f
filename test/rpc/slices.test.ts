/** What several do in slices, each in its own: together they leave each turn of the event loop short. */
import t from 'tap'
import { ms, type Turn } from '../../lib/ports.js'
import { Slices } from '../../lib/rpc/slices.js'
import { StandingClock } from '../harness/standing-clock.js'

class TurningClock extends StandingClock {
  #turn: Turn = { began: ms(this.time) }

  turn = () => this.#turn

  /** The next turn: what was planned runs in it. */
  override look(): boolean {
    this.#turn = { began: ms(this.time) }
    return super.look()
  }
}

/** So many who have work without end, in pieces of a tenth of a millisecond; how many each has done in a turn. */
function workers(clock: StandingClock, count: number, lengthMs: number) {
  const done = new Array<number>(count).fill(0)
  for (let each = 0; each < count; each++) {
    const slices = new Slices(clock, lengthMs, () => {
      do {
        done[each] = (done[each] ?? 0) + 1
        clock.time += 0.1
      } while (slices.hasRoom())
      return true
    })
    slices.plan()
  }
  return () => {
    done.fill(0)
    const before = clock.time
    clock.look()
    return { done: [...done], tookMs: clock.time - before }
  }
}

t.test('who works alone has the whole slice in each turn', async (t) => {
  const turn = workers(new TurningClock(), 1, 2)
  for (let n = 0; n < 3; n++) t.ok(Math.abs(turn().tookMs - 2.1) < 0.15)
})

t.test(
  'bug: reading, calls and entries each had their slice, and the turn was as long as all of them',
  async (t) => {
    const turn = workers(new TurningClock(), 6, 2)
    for (let n = 0; n < 3; n++) {
      const { done, tookMs } = turn()
      t.ok(tookMs < 9, `${tookMs} ms, where six slices are 12`)
      t.ok(
        done.every((pieces) => pieces >= 10),
        `each goes on: ${done.join(', ')}`,
      )
    }
  },
)

t.test('where nobody knows about turns each has its slice', async (t) => {
  const turn = workers(new StandingClock(), 3, 2)
  t.ok(Math.abs(turn().tookMs - 6.3) < 0.5)
})
