/** Once what restart.long.test.ts does twenty times. */
import t from 'tap'
import { killAllAgainAndAgain } from './restarts.js'

t.test('after a kill of everything at once, every acknowledged command is there', (t) =>
  killAllAgainAndAgain(t, 1),
)
