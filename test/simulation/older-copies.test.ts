/** A few seeds of the story; older-copies.long.test.ts goes on with them. */
import t from 'tap'
import { playAll } from './floors.js'
import { olderCopies } from './older-copies.js'

t.setTimeout(240_000)

t.test('older copies of folders are known, lose nothing, and catch up', (t) =>
  playAll(t, olderCopies, { from: 9, to: 13 }, [
    ['older copies put back', 3],
    ['older copies known to have caught up', 3],
  ]),
)
