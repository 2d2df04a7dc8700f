import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import cron from 'node-cron'
import { connect, startNode } from 'rollcall'
import { coordinatorOf } from './coordinator.js'

const members = [`a@localhost:${process.env.PORT ?? 7001}`]
const data = mkdtempSync(join(tmpdir(), 'cron-'))
const quiet = { debug() {}, info() {}, warn() {}, error: console.error, with: () => quiet }
const node = await startNode({ id: 'a', members, data, logger: quiet })

// In life each is a process of its own, on a machine of its own.
const instances = await Promise.all([1, 2, 3].map(() => connect({ members })))

/** How often each time was run, and left to another instance. */
const times = new Map()
const allHaveDecided = new Promise((resolve) => {
  for (const rollcall of instances) {
    const options = { name: 'report', distributed: true, runCoordinator: coordinatorOf(rollcall) }
    const task = cron.schedule('* * * * * *', () => {}, options)
    const count = (what) => (context) => {
      const second = Math.floor(context.date.getTime() / 1000)
      const counts = times.get(second) ?? { ran: 0, left: 0 }
      counts[what] += 1
      times.set(second, counts)
      if (counts.ran + counts.left === instances.length) resolve(counts)
    }
    task.on('execution:finished', count('ran'))
    task.on('execution:skipped', count('left'))
  }
})
const { ran, left } = await allHaveDecided
console.log(`of ${instances.length} instances ${ran} ran it, and ${left} left it to another`)

await cron.shutdown()
for (const rollcall of instances) rollcall.close()
await node.stop()
rmSync(data, { recursive: true })
