/** Limiters under every fault: no more is taken than the rate allows, and no less. */
import t from 'tap'
import { playAll } from './floors.js'
import { limiters } from './limiters.js'

t.test('seeds with limiters', (t) =>
  playAll(t, limiters, { from: 1, to: 2 }, [
    ['permits taken', 50],
    ['permits refused', 20],
  ]),
)
