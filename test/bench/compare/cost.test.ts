/** `npm run bench -- cost`: what a command may cost, of the floor. */
import t from 'tap'
import { judge } from '../../../bench/compare/cost.js'
import { COST_RATIO_LIMITS } from '../../../bench/compare/limits.js'
import type { Cost, RoleName } from '../../../bench/compare/measure.js'
import { SETS } from '../../../bench/compare/rows.js'
import { Samples, type Sample } from '../../../bench/compare/samples.js'
import { exceeded } from '../../../bench/report.js'

const FLOOR_US = 10

function sample(contender: string, us: (role: RoleName) => number): Sample {
  const cost = (role: RoleName): Cost => ({
    us: us(role),
    writes: 0,
    written: 0,
    toDisk: 0,
    syncs: null,
    gcShare: null,
  })
  const costs = {
    leader: cost('leader'),
    follower: cost('follower'),
    client: cost('client'),
    all: cost('all'),
  }
  const measured = { calls: 1, perSecond: 1, p50: 1, p99: 1, costs }
  return { round: 0, contender, row: SETS.name, measured }
}

/** The ratio of each role is this much of its limit, but for one role. */
function judged(part: number, role: RoleName, itsPart: number): readonly string[] {
  exceeded.length = 0
  const us = (one: RoleName): number => FLOOR_US * COST_RATIO_LIMITS[one] * (one === role ? itsPart : part)
  judge(new Samples([sample('floor', () => FLOOR_US), sample('rollcall', us)]))
  return exceeded
}

t.test('what is within all limits passes', async (t) => {
  t.same(judged(0.9, 'all', 0.9), [])
})

t.test('one role beyond its limit fails, by its name', async (t) => {
  for (const role of ['leader', 'follower', 'client', 'all'] as const) {
    const [first, ...others] = judged(0.9, role, 1.1)
    t.match(first, `a command costs ${role}`)
    t.same(others, [])
  }
})

t.test('what could not be measured fails', async (t) => {
  exceeded.length = 0
  judge(new Samples([]))
  t.equal(exceeded.length, 4)
})
