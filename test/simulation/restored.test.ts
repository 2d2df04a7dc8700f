/** Clusters are founded anew from backups of themselves, member by member, among those that still run as they were. */
import t from 'tap'
import { playAll } from './floors.js'
import { restored } from './restored.js'

t.setTimeout(240_000)

t.test('a restored cluster and what is left of the old one never mix', (t) =>
  playAll(t, restored, { from: 1, to: 10 }, [
    ['commands acknowledged after a restore', 50],
    ['commands acknowledged before a restore', 50],
    ['commands refused by old members', 2],
    ['members restored', 7],
    ['reads refused by old members', 10],
    ['watches of the past that were told so', 10],
  ]),
)
