/** Every command of docs/operations.md, in its order, prints what the page says. */
import t from 'tap'
import { play } from '../../harness/play.js'

t.test('the run book does what it says', (t) => play(t, 'operations.md', 40))
