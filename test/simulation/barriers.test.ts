/** Barriers under every fault: so many pass together, and none before all have come. */
import t from 'tap'
import { playAll } from './floors.js'
import { barriers } from './barriers.js'

t.setTimeout(600_000)

t.test('seeds with barriers', (t) =>
  playAll(t, barriers, { from: 1, to: 2 }, [
    ['parties that have passed', 2],
    ['barriers broken', 2],
  ]),
)
