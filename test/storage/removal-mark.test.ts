/** The folder of a member that was removed says so, until the member is added again. */
import t from 'tap'
import {
  forgetRemoval,
  isMarkedRemoved,
  markRemoved,
  removalMarkName,
} from '../../lib/storage/removal-mark.js'
import { MemoryDisk } from '../../testing/simulator/memory-disk.js'

const newDisk = (): MemoryDisk => new MemoryDisk({ schedule: (task) => queueMicrotask(task) })
const losesAll = { below: () => 0 }

t.test('a mark is there once it was set, after a loss of power too, until it is taken back', async (t) => {
  const disk = newDisk()
  t.notOk(await isMarkedRemoved(disk))
  await forgetRemoval(disk)
  await markRemoved(disk)
  disk.crash(losesAll)
  t.ok(await isMarkedRemoved(disk))
  await forgetRemoval(disk)
  disk.crash(losesAll)
  t.notOk(await isMarkedRemoved(disk))
})

t.test('a mark of a later format is refused by its number, and one that is none by its name', async (t) => {
  const disk = newDisk()
  await markRemoved(disk)
  disk.corrupt(removalMarkName, () => new TextEncoder().encode('{"format": 2}'))
  await t.rejects(isMarkedRemoved(disk), { name: 'UnknownFormatError', found: 2, known: 1 })
  disk.corrupt(removalMarkName, () => new TextEncoder().encode('removed'))
  await t.rejects(isMarkedRemoved(disk), { name: 'DamagedStorageError', file: removalMarkName })
})
