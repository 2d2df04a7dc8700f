/** Jobs that are run once, under every fault: one result for all, and none is run again after it was told. */
import t from 'tap'
import { playAll } from './floors.js'
import { onces } from './onces.js'

t.setTimeout(600_000)

t.test('seeds with jobs that are run once', (t) =>
  playAll(t, onces, { from: 1, to: 2 }, [
    ['results told', 2],
    ['jobs begun while members go on', 2],
    ['jobs begun anew', 1],
    ['jobs given up', 1],
  ]),
)
