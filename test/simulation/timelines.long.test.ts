/** The story of timelines.test.ts, with more seeds. */
import t from 'tap'
import { playAll } from './floors.js'
import { hourAway, timelines } from './timelines.js'

t.setTimeout(1_200_000)

t.test('each follower has each post once, in order, in many more seeds', (t) =>
  playAll(t, timelines, { from: 1001, to: 1012 }, [['posts acknowledged', 300]]),
)

t.test('a cluster that is gone for an hour has each post of it once, in order, when it is back', (t) =>
  playAll(t, hourAway, { from: 1, to: 1 }, [['posts acknowledged', 550]]),
)
