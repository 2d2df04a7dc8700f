/** Schedules under every fault: no tick is done twice, those that are missed are told, and no id comes twice. */
import t from 'tap'
import { playAll } from './floors.js'
import { schedules } from './schedules.js'

t.setTimeout(600_000)

t.test('seeds with schedules', (t) =>
  playAll(t, schedules, { from: 1, to: 3 }, [
    ['ticks done', 1],
    ['ticks that stand for others', 1],
    ['ends turned away, or unheard of', 1],
    ['ticks lost by their runners', 1],
  ]),
)
