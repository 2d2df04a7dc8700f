/** The story of older-copies.test.ts, with more seeds. */
import t from 'tap'
import { playAll } from './floors.js'
import { olderCopies } from './older-copies.js'

t.setTimeout(240_000)

t.test('older copies of folders are known, lose nothing, and catch up, in many more seeds', (t) =>
  playAll(t, olderCopies, { from: 7, to: 26 }, [
    ['older copies put back', 5],
    ['older copies known to have caught up', 10],
  ]),
)
