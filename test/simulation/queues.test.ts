/** Queues under every fault: no job is lost, and none is done twice. */
import t from 'tap'
import { playAll } from './floors.js'
import { queues } from './queues.js'

t.test('seeds with queues', (t) =>
  playAll(t, queues, { from: 1, to: 6 }, [
    ['jobs done', 2],
    ['ends turned away, or unheard of', 2],
    ['jobs lost by their workers', 2],
  ]),
)
