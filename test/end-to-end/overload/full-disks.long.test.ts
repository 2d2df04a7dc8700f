/**
 * The disks of all members are full at once, while a client writes; the leader is killed meanwhile, and is
 * started again on its full disk. Each disk is a file system of its own.
 */
import { join } from 'node:path'
import t from 'tap'
import { Operator } from '../../harness/operator.js'
import { SmallDisk, whyNoDisks } from '../../harness/small-disk.js'
import { until } from '../../harness/until.js'

const DISK_MIB = 64
const TEXT = 'x'.repeat(50_000)
const skip = whyNoDisks(t)
t.setTimeout(300_000)

t.test(
  'all disks full: nothing acknowledged is lost, all say why, and all are back by themselves when there is room',
  { skip },
  async (t) => {
    const operator = await Operator.start(t, 3)
    const { cluster, client } = operator
    const disks: SmallDisk[] = []
    for (const id of cluster.ids) {
      await cluster.kill(id)
      disks.push(await SmallDisk.mount(t, join(cluster.folder, '.rollcall', id), DISK_MIB))
      cluster.startNode(id)
      await cluster.everyone(client)
    }
    const acknowledged = new Map<string, string>()
    const write = async (key: string, timeoutMs = 10_000): Promise<unknown> => {
      const value = `${key} ${TEXT}`
      try {
        await client.call('kv', 'set', [key, value], { timeoutMs })
        acknowledged.set(key, value)
        return undefined
      } catch (error) {
        return error
      }
    }
    for (let n = 0; n < 20; n++) t.equal(await write(`before ${n}`), undefined)

    await Promise.all(disks.map((disk) => disk.fill()))
    let refused: unknown
    for (let n = 0; refused === undefined; n++) refused = await write(`amid ${n}`, 3_000)
    t.match(refused, {
      label: 'OVERLOADED',
      outcome: 'not-executed',
      message:
        /^kv\.set was refused: the disk of node\d, which leads, has no room for it \(ENOSPC.*: make room there/,
    })
    t.equal(await client.call('kv', 'get', ['before 0']), acknowledged.get('before 0'), 'reads go on')
    t.equal(await client.call('kv', 'delete', ['before 0']), true, 'and so does what makes room')
    acknowledged.delete('before 0')

    const leader = await cluster.leader(client)
    const seen = await operator.run('doctor')
    t.equal(seen.status, 1)
    t.match(
      seen.stdout,
      new RegExp(
        `PROBLEM +${leader} +its disk has no room .*ENOSPC.* → make room there: it goes on by itself`,
      ),
    )
    t.match(cluster.process(leader).stderr, /warn .*the disk has no room for more of the log: as leader/)

    await cluster.kill(leader)
    await cluster.startNode(leader).says(/the disk has no room to start with: this member starts by itself/)
    for (const id of cluster.ids) t.ok(cluster.process(id).isRunning, `${id} has not ended`)

    for (const disk of disks) disk.free()
    await cluster.everyone(client)
    t.equal(await write('after'), undefined)
    await operator.until(
      (all) => all.length === 3 && new Set(all.map(({ lastApplied }) => lastApplied)).size === 1,
    )
    for (const [key, value] of acknowledged)
      for (const consistency of ['linearizable', 'follower'] as const)
        t.equal(await client.call('kv', 'get', [key], { consistency }), value, key.slice(0, 20))
    await until('the doctor to be content', async () => (await operator.run('doctor')).status === 0)
    t.match(cluster.ids.map((id) => cluster.process(id).stderr).join(''), /the disk has room again/)
  },
)
