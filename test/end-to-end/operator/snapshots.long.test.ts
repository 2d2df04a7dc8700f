/** More is written than a log keeps: who was away gets a snapshot, and a restart begins with one. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Operator } from '../../harness/operator.js'

t.test(
  'a follower that was away is sent a snapshot, restarts from it, and refuses it once it is damaged',
  async (t) => {
    const operator = await Operator.start(t, 3)
    const { cluster, client } = operator
    await client.call('kv', 'set', ['greeting', 'hello'])
    const leader = await cluster.leader(client)
    const [away = ''] = cluster.ids.filter((id) => id !== leader)
    await cluster.kill(away)
    // Whoever leads when the follower comes back must not have these entries any more.
    const isKept = async (index: number) => {
      const all = await operator.until((members) => members.some(({ role }) => role === 'leader'))
      return all.some(({ snapshotIndex }) => snapshotIndex <= index)
    }
    const { lastIndex: left = 0 } = (await operator.until(() => true)).find(({ id }) => id === leader) ?? {}
    const value = 'x'.repeat(512 * 1024)
    const write = (key: string) => client.call('kv', 'set', [key, value], { timeoutMs: 60_000 })
    // The leader's log waits for a while for who was there a moment ago.
    do for (const key of ['a', 'b', 'c']) await write(key)
    while (await isKept(left))

    const caughtUp = () =>
      operator.until((all) => {
        const last = Math.max(...all.map(({ commitIndex }) => commitIndex))
        return all.length === 3 && all.every(({ lastApplied }) => lastApplied >= last)
      })
    operator.startAgain(away)
    await caughtUp()
    t.match(
      cluster.ids.map((id) => cluster.process(id).stderr).join(''),
      new RegExp(`sending ${away} a snapshot`),
    )
    await client.call('kv', 'set', ['after', 'the snapshot'])
    await caughtUp()

    await cluster.kill(away)
    operator.startAgain(away)
    const back = (await caughtUp()).find(({ id }) => id === away)
    t.ok((back?.snapshotIndex ?? 0) > 0, 'it begins with the snapshot, and the log goes on from there')
    const place = `kv@${(back?.uri ?? '').slice(away.length + 1)}`
    const stale = { meta: { consistency: 'stale' } } as const
    t.equal(await client.call(place, 'get', ['greeting'], stale), 'hello', 'from the snapshot')
    t.equal(await client.call(place, 'get', ['after'], stale), 'the snapshot', 'from the log')

    await cluster.kill(away)
    const folder = join(cluster.folder, '.rollcall', away)
    const name = readdirSync(folder).find((file) => file.endsWith('.snap')) ?? ''
    const bytes = readFileSync(join(folder, name))
    const at = bytes.indexOf('xxxxxxxx')
    writeFileSync(join(folder, name), bytes.fill('y', at, at + 8))
    const damaged = new RegExp(`^error: DAMAGED_STORAGE: .*${name}, offset \\d+: `, 'm')
    t.match((await operator.local('verify', folder)).stderr, damaged)
    const refused = await operator.startAgain(away).ended
    t.equal(refused.status, 1)
    t.match(refused.stderr, damaged)
  },
)
