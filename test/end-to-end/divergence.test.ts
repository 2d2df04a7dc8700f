/**
 * A class that does not do the same everywhere: the member whose state has parted from the others' stops, and says
 * where.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Cluster } from '../harness/cluster.js'
import { temporaryFolder } from '../harness/processes.js'

const FLAVOURED = `
class Flavoured {
  static commands = ['add']
  static queries = ['sum']
  sum_ = 0
  add(n) {
    this.sum_ += n
    return process.env.FLAVOUR === 'odd' && n === 13 ? 'odd' : this.sum_
  }
  sum() { return this.sum_ }
}
export default { flavoured: Flavoured }
`

t.test(
  'of three members the one with another result stops and names the entry, and the others go on',
  async (t) => {
    const file = join(temporaryFolder(t), 'flavoured.mjs')
    writeFileSync(file, FLAVOURED)
    const cluster = await Cluster.start(t, 3, ['--objects', file, '--log-level', 'warn'])
    const client = await cluster.connect()
    await client.call('flavoured', 'add', [1])
    const leader = await cluster.leader(client)
    const odd = cluster.ids.find((id) => id !== leader) ?? ''
    await cluster.kill(odd)
    const started = cluster.startNode(odd, { FLAVOUR: 'odd' })
    await client.call('flavoured', 'add', [2])
    await client.call('flavoured', 'add', [13])
    await client.call('flavoured', 'add', [4])
    const entries = await client.call(leader, 'entries', [1, 1000])
    const parting = (entries as readonly { index: number; params?: readonly unknown[] }[]).find(
      ({ params }) => params?.[0] === 13,
    )
    const { status, stderr } = await started.ended
    t.equal(status, 1)
    t.match(stderr, new RegExp(`^error: DIVERGED: .* at entry ${parting?.index}, flavoured\\.add: `, 'm'))
    t.equal(await client.call('flavoured', 'add', [5]), 25)
  },
)
