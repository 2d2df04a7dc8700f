/** Members are restarted one after another with the next version of a class, while clients write. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MethodNotFoundError, type Rollcall } from '../../api.js'
import { Cluster, pause } from '../harness/cluster.js'
import { temporaryFolder } from '../harness/processes.js'

/**
 * Both builds in one file: the second one answers a command of its own version otherwise, and reads snapshots of the
 * first.
 */
const TALLY = `
import { commandContext, fieldsOf } from ${JSON.stringify(new URL('../../index.js', import.meta.url).href)}

class First {
  static commands = ['add']
  static queries = ['sum']
  total = 0
  add(n) { return (this.total += n) }
  sum() { return this.total }
}

class Second {
  static version = 2
  static commands = ['add', 'clear']
  static queries = ['sum', 'upgradedFrom']
  state = { total: 0, from: null }
  add(n) {
    this.state.total += n
    return commandContext().version === 1 ? this.state.total : { total: this.state.total, version: 2 }
  }
  clear() { this.state.total = 0 }
  sum() { return this.state.total }
  upgradedFrom() { return this.state.from }
  async upgrade(chunks, from) {
    const { total } = await fieldsOf(chunks)
    this.state = { total, from }
  }
}

export default { tally: process.env.TALLY === '2' ? Second : First }
`

const SECOND = { TALLY: '2' }

/**
 * Adds one after another, several at a time, until told to stop; how many were acknowledged, and each kind of result.
 */
function writeUnderLoad(client: Rollcall) {
  const results: unknown[] = []
  let isStopped = false
  const writer = async (): Promise<void> => {
    while (!isStopped) results.push(await client.call('tally', 'add', [1]))
  }
  const writers = Promise.all(Array.from({ length: 4 }, writer))
  const grownTo = async (count: number): Promise<void> => {
    while (results.length < count) await Promise.race([pause(5), writers])
  }
  return {
    results,
    /** So many more have been acknowledged. */
    more: (count: number) => grownTo(results.length + count),
    stop: async () => {
      isStopped = true
      await writers
    },
  }
}

t.test('a rolling upgrade under load loses nothing, and gives no member what it does not know', async (t) => {
  const file = join(temporaryFolder(t), 'tally.mjs')
  writeFileSync(file, TALLY)
  const cluster = await Cluster.start(t, 3, ['--objects', file, '--log-level', 'warn'])
  const client = await cluster.connect(60_000)
  const load = writeUnderLoad(client)
  await load.more(20)

  // Its folder has a snapshot of the first version from here on.
  const first = await cluster.leader(client)
  t.equal((await cluster.run('backup', 'first.backup').ended).status, 0)
  const others = cluster.ids.filter((id) => id !== first)
  for (const id of [first, ...others]) {
    await load.more(20)
    t.ok(
      load.results.every((result) => typeof result === 'number'),
      'only the first version is written',
    )
    await t.rejects(client.call('tally', 'clear', [], { timeoutMs: 5000 }), MethodNotFoundError)
    await upgrade(cluster, client, id)
  }

  while (typeof load.results.at(-1) === 'number') await load.more(1)
  t.match(load.results.at(-1), { version: 2 }, 'once all are upgraded, the second is')
  await load.stop()
  t.equal(
    await client.call('tally', 'sum', []),
    load.results.length,
    'every acknowledged command is there once',
  )
  const place = cluster.members.find((uri) => uri.startsWith(first))?.slice(first.length) ?? ''
  t.equal(
    await client.call(`tally${place}`, 'upgradedFrom', [], { meta: { consistency: 'stale' } }),
    1,
    'the old snapshot was read',
  )

  const [old = ''] = others
  await cluster.process(old).kill()
  const { status, stderr } = await cluster.startNode(old).ended
  t.equal(status, 1, 'a member with the first version can not come back')
  t.match(
    stderr,
    /^error: UNSUITABLE_BUILD: .*version 2 of tally, and here is version 1: start this member with the newer class/m,
  )
})

async function upgrade(cluster: Cluster, client: Rollcall, id: string): Promise<void> {
  const before = cluster.process(id)
  before.signal('SIGTERM')
  await before.ended
  cluster.startNode(id, SECOND)
  await cluster.until(client, `${id} to know a leader`, (all) =>
    all.some((status) => status.id === id && status.leader !== null),
  )
}
