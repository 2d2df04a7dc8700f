import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, startNode, type Rollcall } from 'rollcall'
import { Locked, RunOnce } from './coordinated.js'

/** In life each instance is a process of its own, on a machine of its own. */
const fleet = { sent: 0, counting: 0, most: 0 }

class Reports {
  constructor(readonly rollcall: Rollcall) {}

  @RunOnce('report', { keepMs: 3_600_000 })
  async send(day: string): Promise<string> {
    fleet.sent += 1
    return `the report of ${day}`
  }

  @Locked('stock')
  async count(): Promise<void> {
    fleet.counting += 1
    fleet.most = Math.max(fleet.most, fleet.counting)
    await new Promise((resolve) => setTimeout(resolve, 50))
    fleet.counting -= 1
  }
}

const members = [`a@localhost:${process.env['PORT'] ?? 7001}`]
const data = mkdtempSync(join(tmpdir(), 'nestjs-'))
const quiet = { debug() {}, info() {}, warn() {}, error: console.error, with: () => quiet }
const node = await startNode({ id: 'a', members, data, logger: quiet })

const clients = await Promise.all([1, 2, 3].map(() => connect({ members })))
const instances = clients.map((rollcall) => new Reports(rollcall))
const results = await Promise.all(instances.map((reports) => reports.send('Monday')))
console.log(
  `of ${instances.length} instances ${fleet.sent} has sent it, and each has ${[...new Set(results)]}`,
)
await Promise.all(instances.map((reports) => reports.count()))
console.log(`${fleet.most} at a time has counted`)

for (const rollcall of clients) rollcall.close()
await node.stop()
rmSync(data, { recursive: true })
