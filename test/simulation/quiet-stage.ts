/** A stage on which nothing goes wrong by itself. */
import { PEACE } from '../../testing/simulator/paths.js'
import type { Plan } from './plan.js'
import { Stage } from './stage.js'

const QUIET: Partial<Plan> = { members: 3, hasLateMember: false }

/** All members run, and have committed. */
export async function quietStage(seed: number, change: Partial<Plan>): Promise<Stage> {
  const stage = new Stage(seed, { ...QUIET, ...change })
  stage.world.isChaotic = false
  stage.cluster.network.paths.faults = PEACE
  stage.starter.startDown()
  await stage.serves()
  await stage.run(300)
  return stage
}
