/** Two clusters of one name on one name server. */
import t from 'tap'
import { playAll } from './floors.js'
import { namesakes } from './namesakes.js'

t.setTimeout(240_000)

t.test('what is meant for one cluster never goes to another one of its name', (t) =>
  playAll(t, namesakes, { from: 9, to: 11 }, [
    ['commands of one cluster acknowledged', 30],
    ['commands of its namesake acknowledged', 30],
  ]),
)
