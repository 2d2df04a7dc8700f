/** Locks under every fault: one after another, in the order of their tokens. */
import t from 'tap'
import { playAll } from './floors.js'
import { turns } from './turns.js'

t.test('seeds with locks', (t) =>
  playAll(t, turns, { from: 1, to: 6 }, [
    ['locks held', 6],
    ['holders that are alone', 6],
    ['locks lost', 6],
    ['stale holders turned away', 3],
  ]),
)

t.test('a seed with locks tells one story', async (t) => {
  const [once, again] = [await turns(3), await turns(3)]
  t.equal(once.fingerprint, again.fingerprint)
})
