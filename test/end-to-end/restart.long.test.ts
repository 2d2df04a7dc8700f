/** Twenty times; restart.test.ts does it once. */
import t from 'tap'
import { killAllAgainAndAgain } from './restarts.js'

t.test(
  'after 20 kills of everything at once, every acknowledged command is there once, in order, on all four',
  (t) => killAllAgainAndAgain(t, 20),
)
