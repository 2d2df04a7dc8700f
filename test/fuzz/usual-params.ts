/** By method, what the coordination objects are usually called with: of few names, so that calls meet each other. */
import type { Json } from '../../lib/json.js'

const RATE = { permits: 3, perMs: 2_500 }

export const USUAL_PARAMS: ReadonlyMap<string, readonly (readonly Json[])[]> = new Map(
  Object.entries({
    'lock.acquire': [
      ['a', 'me'],
      ['a', 'you', { ttlMs: 1_500 }],
      ['a', 'them', { wait: false }],
    ],
    'lock.renew': [['a', 'me']],
    'lock.release': [
      ['a', 'me'],
      ['a', 'you'],
    ],
    'lock.demand': [['a', 1]],
    'semaphore.acquire': [
      ['a', 2, 'me'],
      ['a', 1, 'you', { ttlMs: 1_500 }],
      ['a', 3, 'them'],
    ],
    'semaphore.release': [
      ['a', 'me'],
      ['a', 'you'],
    ],
    'election.campaign': [
      ['a', 'me', 'at home'],
      ['a', 'you', { port: 1 }, { ttlMs: 1_500 }],
    ],
    'election.resign': [['a', 'me']],
    'once.begin': [
      ['a', 'me', { ttlMs: 1_500 }],
      ['a', 'you', { atMostOnce: true, keepMs: 2_000 }],
    ],
    'once.finish': [['a', 'me', 1, { pages: 7 }]],
    'once.fail': [
      ['a', 'me', 1, 'no paper'],
      ['a', 'you', 2, 'no paper'],
    ],
    'queue.put': [
      ['a', 'data'],
      ['a', [1], { id: 'x', delayMs: 1_500, priority: 9, tries: 1 }],
    ],
    'queue.take': [
      ['a', 'me'],
      ['a', 'you', { ttlMs: 1_500, max: 2 }],
    ],
    'queue.done': [
      ['a', '#1', 2],
      ['a', 'x', 3],
    ],
    'queue.fail': [
      ['a', '#1', 2, 'no route'],
      ['a', 'x', 3, 'no route', 500],
    ],
    'queue.revive': [
      ['a', 'x'],
      ['a', '#1'],
    ],
    'schedule.begin': [
      ['a', 0],
      ['a', 2_000, { ttlMs: 1_500 }],
      ['a', 4_000, { atMostOnce: true }],
    ],
    'schedule.renew': [['a', 3]],
    'schedule.done': [
      ['a', 3],
      ['a', 5],
    ],
    'schedule.fail': [
      ['a', 3, 'no paper'],
      ['a', 4, 'no paper'],
    ],
    'rateLimiter.take': [
      ['a', 'ann', 1, RATE],
      ['a', 'ann', 3, RATE],
      ['a', 'ann', 2, { permits: 7, perMs: 9_999 }],
    ],
    'rateLimiter.reset': [['a', 'ann']],
    'idGenerator.reserve': [
      ['a', 10],
      ['a', 1_000_000],
    ],
    'barrier.arrive': [
      ['a', 2, 'me'],
      ['a', 2, 'you', { ttlMs: 1_500 }],
      ['a', 1, 'them'],
    ],
    'barrier.renew': [
      ['a', 'me'],
      ['a', 'you'],
    ],
    'barrier.leave': [
      ['a', 'me'],
      ['a', 'you'],
    ],
  }),
)
