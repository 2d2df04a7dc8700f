/** Wall clocks that jump. */
import { rest, type Fault } from './scene.js'

const HOUR = 3600
const HOURS_MOST = 12
/** Until the jump is noticed and had its effect, in milliseconds. */
const SPELL = { least: 2000, most: 5000 }

/** The clock of one member is hours ahead, or behind; it stays so, or goes right again. */
export const jump: Fault = {
  kind: 'clock jumps',
  needs: 'clocks',
  strike: async (scene, dice) => {
    const id = dice.pick(scene.fleet.members)
    const clock = scene.stage.clock(id)
    if (clock === undefined) return
    const hours = dice.below(2 * HOURS_MOST + 1) - HOURS_MOST
    scene.tally.add(jump.kind)
    scene.say(`the clock of ${id} is ${Math.abs(hours)} hours ${hours < 0 ? 'behind' : 'ahead'}`)
    clock.set(hours * HOUR + dice.below(HOUR))
    await rest(SPELL, dice)
    if (dice.below(2) === 0) clock.set(0)
  },
}
