/** What a member with read leases on has promised is kept by its next process, too. */
import t from 'tap'
import { keepPromise } from '../../lib/hosting/kept-promise.js'
import { promiseFileName, readPromise } from '../../lib/storage/promise-file.js'
import { MemoryDisk } from '../../testing/simulator/memory-disk.js'
import { ManualClock } from '../harness/manual-clock.js'
import { silent } from '../harness/ports.js'

const newDisk = (): MemoryDisk => new MemoryDisk({ schedule: (task) => queueMicrotask(task) })
const losesAll = { below: () => 0 }

t.test('without leases there is no promise, and no file', async (t) => {
  const disk = newDisk()
  t.equal((await keepPromise(disk, 0, new ManualClock(), silent)).earlierMs, 0)
  t.same(disk.files, [])
})

t.test('the next process hears of it, after a loss of power too', async (t) => {
  const disk = newDisk()
  t.equal((await keepPromise(disk, 600, new ManualClock(), silent)).earlierMs, 0)
  disk.crash(losesAll)
  t.equal((await keepPromise(disk, 600, new ManualClock(), silent)).earlierMs, 600)
})

t.test('a shorter promise takes its place when the longer one is over, and not before', async (t) => {
  for (const shorter of [150, 0]) {
    const disk = newDisk()
    await keepPromise(disk, 600, new ManualClock(), silent)
    const clock = new ManualClock()
    const kept = await keepPromise(disk, shorter, clock, silent)
    clock.advance(599)
    t.equal(await readPromise(disk), 600, 'a process that starts now would owe it')
    clock.advance(1)
    await kept.close()
    t.equal(await readPromise(disk), shorter)
  }
})

t.test('a longer one is there before anything is promised', async (t) => {
  const disk = newDisk()
  await keepPromise(disk, 150, new ManualClock(), silent)
  t.equal((await keepPromise(disk, 600, new ManualClock(), silent)).earlierMs, 150)
  t.equal(await readPromise(disk), 600)
})

t.test('a file that is damaged, or of a later format, is refused by its name', async (t) => {
  const disk = newDisk()
  await keepPromise(disk, 600, new ManualClock(), silent)
  disk.corrupt(promiseFileName, (bytes) => bytes.map((byte) => (byte === 0x36 ? 0x31 : byte)))
  await t.rejects(readPromise(disk), { name: 'DamagedStorageError', message: /promise\.json/ })
  disk.corrupt(promiseFileName, () => new TextEncoder().encode('{"format": 2}'))
  await t.rejects(readPromise(disk), { name: 'UnknownFormatError', found: 2, known: 1 })
})
