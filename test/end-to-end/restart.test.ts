/** Twice of what restart.long.test.ts does twenty times. */
import t from 'tap'
import { killAllAgainAndAgain } from './restarts.js'

t.test('after 2 kills of everything at once, every acknowledged command is there', (t) =>
  killAllAgainAndAgain(t, 2),
)
