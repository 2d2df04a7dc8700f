/** The story of namesakes.test.ts, with more seeds. */
import t from 'tap'
import { playAll } from './floors.js'
import { namesakes } from './namesakes.js'

t.setTimeout(600_000)

t.test('what is meant for one cluster never goes to another one of its name, in many more seeds', (t) =>
  playAll(t, namesakes, { from: 1001, to: 1030 }, [
    ['commands of one cluster acknowledged', 140],
    ['commands of its namesake acknowledged', 140],
  ]),
)
