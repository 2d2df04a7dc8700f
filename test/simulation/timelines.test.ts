/** Two clusters of the social network under faults, and those who carry between them. */
import t from 'tap'
import { playAll } from './floors.js'
import { timelines } from './timelines.js'

t.setTimeout(240_000)

t.test('each follower has each post once, in order, whatever fails in two clusters and between them', (t) =>
  playAll(t, timelines, { from: 1, to: 4 }, [
    ['posts acknowledged', 100],
    ['troubles that carriers told of', 2],
  ]),
)
