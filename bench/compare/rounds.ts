/** Those that are compared, in turns: in each round each of them begins anew, alone. */
import type { Teardown } from '../../test/harness/cluster.js'
import type { LoopEnd } from '../load.js'
import { count } from '../report.js'
import type { Contender, Order } from './contender.js'
import { measure, type Measured } from './measure.js'
import { COLD, SETS, WARM, type Row } from './rows.js'
import type { Sample } from './samples.js'
import { stand } from './standing.js'

/** For the engines that compile what runs often. Who is slow has so many times as long as a row. */
const WARM_UP = { calls: 30_000, rows: 5 }
/** Before each row. */
const RAMP_UP = 1 / 4

export async function inTurns(
  teardown: Teardown,
  contenders: readonly Contender[],
  { rounds, ms }: { readonly rounds: number; readonly ms: number },
): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  for (let round = 0; round < rounds; round++)
    for (const contender of contenders)
      for (const [row, measured] of await measureAll(teardown, contender, ms)) {
        samples.push({ round, contender: contender.name, row: row.name, measured })
        tell(round, contender, row, measured)
      }
  return samples
}

async function measureAll(
  teardown: Teardown,
  contender: Contender,
  ms: number,
): Promise<readonly (readonly [Row, Measured])[]> {
  const standing = await stand(teardown, contender)
  const { operations } = contender
  const all: (readonly [Row, Measured])[] = [
    [COLD, await measure(standing, orderOf(COLD, { milliseconds: ms }))],
  ]
  await standing.run(orderOf(SETS, { milliseconds: ms * WARM_UP.rows, calls: WARM_UP.calls }))
  for (const row of WARM.filter(({ operation }) => operations.includes(operation))) {
    await standing.run(orderOf(row, { milliseconds: ms * RAMP_UP }))
    all.push([row, await measure(standing, orderOf(row, { milliseconds: ms }))])
  }
  await standing.end()
  return all
}

function orderOf({ operation, inFlight, end }: Row, otherwise: LoopEnd): Order {
  return { operation, inFlight, end: end ?? otherwise }
}

function tell(round: number, { name }: Contender, row: Row, { perSecond, p50, costs }: Measured): void {
  const figures = [
    `${count(perSecond)}/s`,
    `p50 ${p50.toFixed(2)} ms`,
    `${(costs.all?.us ?? 0).toFixed(1)} µs in all`,
  ]
  process.stdout.write(
    `round ${round + 1}  ${name.padEnd(18)} ${row.name.padEnd(36)} ${figures.join(', ')}\n`,
  )
}
