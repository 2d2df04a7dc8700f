/**
 * What a command costs in processor time, by role, beside the floor: short, for each change. Rates tell who was given a
 * processor; this tells what was done with it, on a busy machine as well.
 */
import type { Teardown } from '../../test/harness/cluster.js'
import { limit, say } from '../report.js'
import type { Contender, Order } from './contender.js'
import { FLOOR } from './contenders/floor.js'
import { ROLLCALL } from './contenders/rollcall.js'
import { COST_RATIO_LIMITS } from './limits.js'
import { measure, type RoleName } from './measure.js'
import { SETS } from './rows.js'
import { cpu, Samples, type Sample } from './samples.js'
import { stand, type Stand } from './standing.js'

const ROUNDS = 5
/** By number and not by time, as engines compile what has run often. */
const WARM_UP_CALLS = 30_000
/** Each takes some tenths of a second of a processor. */
const ROUND_CALLS = new Map([
  [FLOOR, 30_000],
  [ROLLCALL, 10_000],
])
const ROLES: readonly RoleName[] = ['leader', 'follower', 'client', 'all']

export async function cost(teardown: Teardown): Promise<void> {
  const stands: (readonly [Contender, Stand])[] = []
  for (const contender of ROUND_CALLS.keys()) stands.push([contender, await stand(teardown, contender)])
  for (const [, standing] of stands) await standing.run(orderOf(WARM_UP_CALLS))
  const all: Sample[] = []
  for (let round = 0; round < ROUNDS; round++)
    for (const [contender, standing] of stands) {
      const measured = await measure(standing, orderOf(ROUND_CALLS.get(contender) ?? 0))
      all.push({ round, contender: contender.name, row: SETS.name, measured })
    }
  for (const [, { end }] of stands) await end()
  judge(new Samples(all))
}

function orderOf(calls: number): Order {
  return { operation: SETS.operation, inFlight: SETS.inFlight, end: { calls } }
}

export function judge(samples: Samples): void {
  for (const role of ROLES) {
    const [own, floor] = [ROLLCALL, FLOOR].map(({ name }) => samples.median(name, SETS, cpu(role)) ?? NaN)
    const ratio = samples.ratio(ROLLCALL.name, FLOOR.name, SETS, cpu(role)) ?? NaN
    const most = COST_RATIO_LIMITS[role]
    const figures = `${own?.toFixed(1)} µs, ${ratio.toFixed(2)} of the floor`
    say(`a command, processor of ${role}`, figures, `floor ${floor?.toFixed(1)} µs, at most ${most} of it`)
    limit(`a command costs ${role} ${ratio.toFixed(2)} of the floor, at most ${most}`, ratio <= most)
  }
}
