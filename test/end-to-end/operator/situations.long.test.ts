/** Every command of docs/situations.md, in its order, prints what the page says. */
import t from 'tap'
import { play } from '../../harness/play.js'

t.setTimeout(600_000)

t.test('the situations are as it says, and so are the ways out', (t) => play(t, 'situations.md', 80))
