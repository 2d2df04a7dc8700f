/** The story of mixed.test.ts, with more seeds. */
import t from 'tap'
import { playAll } from './floors.js'
import { mixed } from './mixed.js'

t.setTimeout(600_000)

t.test('a restored member has no part in a cluster of empty folders, in many more seeds', (t) =>
  playAll(t, mixed, { from: 1001, to: 1024 }, [['commands acknowledged beside a restored member', 140]]),
)
