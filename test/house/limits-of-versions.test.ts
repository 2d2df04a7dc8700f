/**
 * What commands judge by is part of their class's version. Members of two builds run the same entries: were one of them
 * to refuse what the other one takes, they would part. So a limit below that is changed comes with the next version of
 * its class, which judges commands of the former ones by the former limit, as `nameserver/limits.ts` does.
 */
import t from 'tap'
import { COMMAND_EVENTS_MAX } from '../../lib/replica/machine/emissions.js'
import { RESULTS_MAX, SESSION_TTL_MS, SESSIONS_MAX } from '../../lib/replica/sessions/sessions.js'
import { BARRIER_LIMITS } from '../../lib/shipped/barrier.js'
import { ID_LIMITS } from '../../lib/shipped/id-generator.js'
import { ONCE_LIMITS } from '../../lib/shipped/once.js'
import { QUEUE_LIMITS } from '../../lib/shipped/queue.js'
import { RATE_LIMITS } from '../../lib/shipped/rate-limiter.js'
import { SCHEDULE_LIMITS } from '../../lib/shipped/schedule.js'
import { SHIPPED_OBJECTS } from '../../lib/shipped/index.js'
import { TURN_LIMITS } from '../../lib/shipped/turns.js'
import { CAPACITY_VERSION, capacityAt, LIMITS } from '../../nameserver/limits.js'
import { Registry } from '../../nameserver/registry.js'

const versionOf = (replicated: object): unknown => Reflect.get(replicated, 'version') ?? 1

t.test('the commands of the name server’s class judge by these, version by version', (t) => {
  t.equal(versionOf(Registry), 3)
  for (const version of [1, 2])
    t.strictSame(capacityAt(version), { records: 10_000, fences: 20_000 }, `${version}`)
  t.match(capacityAt(CAPACITY_VERSION), { records: 100_000, fences: 200_000 })
  // Those of queries are not among them: they change nothing.
  const { patternLength: _, keyLength: __, assigned: ___, listLength: ____, ...judged } = LIMITS
  t.strictSame(judged, {
    records: 100_000,
    places: 100,
    fences: 200_000,
    fenceAbsenceMs: 86_400_000,
    nameLength: 255,
    uriLength: 512,
    clusterIdLength: 128,
    leaseLength: 64,
    tags: 16,
    tagLength: 128,
    ttlMs: 2_147_483_647,
  })
  t.end()
})

t.test('those of the shipped objects judge by these, in version 1', (t) => {
  for (const [name, { class: shipped }] of Object.entries(SHIPPED_OBJECTS))
    t.equal(versionOf(shipped), 1, name)
  t.strictSame(TURN_LIMITS, {
    names: 100_000,
    waiting: 1_000,
    permits: 500,
    nameLength: 512,
    idLength: 128,
    valueLength: 512,
    ttlMs: 86_400_000,
  })
  t.strictSame(ONCE_LIMITS, {
    jobs: 100_000,
    resultLength: 65_536,
    messageLength: 1_024,
    keepMs: 31_622_400_000,
  })
  t.strictSame(QUEUE_LIMITS, {
    jobs: 100_000,
    dataLength: 65_536,
    messageLength: 1_024,
    delayMs: 31_622_400_000,
    taken: 100,
    tries: 1_000,
  })
  t.strictSame(BARRIER_LIMITS, { names: 100_000, parties: 500, passed: 1_000 })
  t.strictSame(ID_LIMITS, { names: 100_000, count: 1_000_000 })
  t.strictSame(RATE_LIMITS, { keys: 100_000, keyLength: 512, permits: 1_000_000, perMs: 86_400_000 })
  t.strictSame(SCHEDULE_LIMITS, { schedules: 100_000, messageLength: 1_024, keptMs: 31_622_400_000 })
  t.end()
})

t.test('sessions and events judge by these, in format 1 of commands', (t) => {
  t.strictSame([SESSION_TTL_MS, SESSIONS_MAX, RESULTS_MAX], [60_000, 100_000, 4_096])
  t.equal(COMMAND_EVENTS_MAX, 1_000)
  t.end()
})
