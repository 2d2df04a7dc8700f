/** How much is done in one turn follows from how long the last ones took, with all that they brought about. */
import t from 'tap'
import { Pace } from '../../lib/replica/guards/pace.js'
import { ManualClock } from '../harness/manual-clock.js'

/** One turn after another: each runs as many as the pace says, which take so long each. */
async function sizes(each: number, turns: number): Promise<readonly number[]> {
  const clock = new ManualClock()
  const pace = new Pace(clock)
  const found: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    const { size } = pace
    found.push(size)
    pace.soon(() => {
      clock.advance(size * each)
    })
    await new Promise(setImmediate)
  }
  return found
}

t.test('what is quick is done by the hundred', async (t) => {
  t.same(await sizes(0.001, 8), [4, 8, 16, 32, 64, 128, 256, 256])
})

t.test('what is long is done one by one', async (t) => {
  t.same(await sizes(6, 4), [4, 2, 1, 1])
})

t.test('in between it stays as it is', async (t) => {
  t.same(await sizes(0.8, 3), [4, 4, 4])
})
