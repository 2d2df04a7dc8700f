/** Entries of several commands under every fault: no member holds one half. */
import t from 'tap'
import { playAll } from './floors.js'
import { transfers } from './transfers.js'

t.test('seeds with atomic entries', (t) =>
  playAll(t, transfers, { from: 1, to: 3 }, [
    ['atomic entries acknowledged', 21],
    ['atomic entries undone', 21],
  ]),
)
