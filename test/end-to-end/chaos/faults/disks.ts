/** Disks that freeze, and disks that are full. */
import { pause } from '../../../harness/cluster.js'
import { bringBack, NO_ROOM, takeDown } from './processes.js'
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

/** The node goes on while it needs no room, and ends when it does. It may notice later what it could not prepare. */
export const fill: Fault = {
  kind: 'full disks',
  needs: 'disks',
  strike: (scene, dice) =>
    onVictim(scene, dice, async (id) => {
      const { stage, fleet, tally, say } = scene
      const disk = stage.disk(id)
      if (disk === undefined) return
      tally.add(fill.kind)
      say(`the disk of ${id} is full`)
      fleet.mayEnd(id, NO_ROOM)
      try {
        await disk.fill()
        await Promise.race([stage.process(id).ended, rest(FULL, dice)])
      } finally {
        disk.free()
      }
      if (stage.process(id).isRunning) return
      tally.add('ends on a full disk')
      say(`${id} has ended on a full disk, and has room again`)
      await bringBack(scene, id)
    }),
}
