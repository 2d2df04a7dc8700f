/** Disks that freeze, and disks that are full. */
import { pause } from '../../../harness/cluster.js'
import { bringBack, takeDown } from './processes.js'
import { onVictim, rest, within, type Fault } from './scene.js'

/** Milliseconds. */
const FROZEN = { least: 50, most: 3000 }
const FULL = { least: 2000, most: 12_000 }

/** Some are killed meanwhile: they end when the disk thaws. */
export const freeze: Fault = {
  kind: 'frozen disks',
  needs: 'disks',
  strike: (scene, dice) =>
    onVictim(scene, dice, async (id) => {
      const disk = scene.stage.disk(id)
      if (disk === undefined) return
      const milliseconds = within(FROZEN, dice)
      scene.tally.add(freeze.kind)
      scene.say(`the disk of ${id} freezes for ${milliseconds} ms`)
      const killed = dice.below(4) === 0
      let end = Promise.resolve()
      try {
        await disk.freeze()
        if (killed) end = takeDown(scene, id)
        await pause(milliseconds)
      } finally {
        await disk.thaw()
      }
      await end
      if (killed) await bringBack(scene, id)
    }),
}

/** The node goes on, with what needs no room. One that is started meanwhile may not come up. */
export const fill: Fault = {
  kind: 'full disks',
  needs: 'disks',
  strike: (scene, dice) =>
    onVictim(scene, dice, async (id) => {
      const { stage, tally, say } = scene
      const disk = stage.disk(id)
      if (disk === undefined) return
      tally.add(fill.kind)
      say(`the disk of ${id} is full`)
      try {
        await disk.fill()
        await rest(FULL, dice)
      } finally {
        disk.free()
      }
      say(`${id} has room again`)
    }),
}
