/** A member whose disk is full when it starts, on a file system of its own. */
import { join } from 'node:path'
import t from 'tap'
import { Operator } from '../../harness/operator.js'
import { SmallDisk, whyNoDisks } from '../../harness/small-disk.js'

const DISK_MIB = 64

const skip = whyNoDisks(t)

t.test('bug: a member that was started on a full disk ended, and did not come back', { skip }, async (t) => {
  const operator = await Operator.start(t, 1)
  const { client, cluster } = operator
  await cluster.kill('node1')
  const disk = await SmallDisk.mount(t, join(cluster.folder, '.rollcall', 'node1'), DISK_MIB)
  await disk.fill()
  const starting = cluster.startNode('node1')
  await starting.says(/the disk has no room to start with: this member starts by itself once that is over/)
  disk.free()
  await starting.says(/ready/)
  t.equal(await client.call('counter', 'increment', []), 1)

  await cluster.kill('node1')
  await disk.fill()
  const waiting = cluster.startNode('node1')
  await waiting.says(/no room to start with/)
  waiting.signal('SIGTERM')
  t.equal((await waiting.ended).status, 0, 'it can be told to end meanwhile')
})
