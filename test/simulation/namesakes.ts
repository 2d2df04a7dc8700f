/**
 * Two clusters of one name in one world, on one name server, that know nothing of each other: strangers that go on side
 * by side.
 */
import { PLAN, Side } from './side.js'
import { Stage } from './stage.js'
import { tell, type Story, type StoryOptions } from './story.js'

/**
 * How long all goes well at the beginning, and then the faults last. A client of whose members none has ever answered
 * has only the name server's word. Virtual milliseconds.
 */
const CALM_MS = 1000
const CHAOS_MS = 1500

/** @throws SimulationFailure */
export async function namesakes(seed: number, options: StoryOptions = {}): Promise<Story> {
  const one = new Side(new Stage(seed, PLAN), 'client', true)
  const other = new Side(new Stage(seed, { ...PLAN, members: 3 }, one.stage), 'namesake', true)
  const sides = [one, other]
  return tell(seed, one.stage.world, options, async () => {
    for (const side of sides) side.begin()
    await other.stage.run(CALM_MS)
    for (const { faults } of sides) faults.begin()
    await other.stage.run(CHAOS_MS)
    for (const { faults } of sides) faults.end(undefined)
    for (const { stage } of sides) await stage.serves()
    for (const side of sides) await side.verify()
    one.count('commands of one cluster acknowledged', one.acknowledged)
    other.count('commands of its namesake acknowledged', other.acknowledged)
    return one.acknowledged + other.acknowledged
  })
}
