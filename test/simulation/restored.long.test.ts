/** The story of restored.test.ts, with more seeds. */
import t from 'tap'
import { playAll } from './floors.js'
import { restored } from './restored.js'

t.setTimeout(600_000)

t.test('a restored cluster and what is left of the old one never mix, in many more seeds', (t) =>
  playAll(t, restored, { from: 1001, to: 1040 }, [
    ['commands acknowledged after a restore', 180],
    ['commands refused by old members', 7],
    ['reads refused by old members', 36],
    ['watches of the past that were told so', 36],
  ]),
)
