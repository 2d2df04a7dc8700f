/** One member is restored from a backup, and the others begin with empty folders. */
import t from 'tap'
import { playAll } from './floors.js'
import { mixed } from './mixed.js'

t.setTimeout(240_000)

t.test('a restored member has no part in a cluster of empty folders, and disturbs it in nothing', (t) =>
  playAll(t, mixed, { from: 2, to: 4 }, [['commands acknowledged beside a restored member', 25]]),
)
