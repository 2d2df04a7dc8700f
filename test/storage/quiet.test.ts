/** The last that was written before a quiet moment: rot in it is no torn end. */
import t from 'tap'
import { segmentName } from '../../lib/storage/segment.js'
import { QUIET_MS } from '../../lib/storage/quiet-timer.js'
import type { MemoryDisk } from '../../testing/simulator/memory-disk.js'
import { ManualClock } from '../harness/manual-clock.js'
import { RaftStorage } from '../../lib/storage/raft-storage.js'
import { command, commands, listeningLogger, memoryDisk, openTiny } from './setting.js'

/** Time passes, and what becomes due is done to its end. */
async function pass(clock: ManualClock, milliseconds: number): Promise<void> {
  clock.advance(milliseconds)
  await new Promise(setImmediate)
}

/** Until nothing was written for as long as it takes. */
function quietMoment(clock: ManualClock): Promise<void> {
  return pass(clock, 3 * QUIET_MS)
}

/** With so much room that no segment is made meanwhile. */
async function opened(disk: MemoryDisk) {
  const clock = new ManualClock()
  const { storage } = await RaftStorage.open(disk, listeningLogger())
  storage.coverWhenQuiet(clock)
  return { storage, clock }
}

function flip(disk: MemoryDisk, offset: number): void {
  disk.corrupt(segmentName(1), (bytes) => {
    bytes[offset] = (bytes[offset] ?? 0) ^ 4
    return bytes
  })
}

/** Where the last entry's text stands. */
function lastText(disk: MemoryDisk): number {
  return Buffer.from(disk.contents(segmentName(1))).lastIndexOf('the last')
}

void t.test(
  'a bit that flips in the last block after a quiet moment is damage, and no torn end',
  async (t) => {
    const disk = memoryDisk()
    const { storage, clock } = await opened(disk)
    await storage.persist(commands(command(1, 'the first')))
    await storage.persist(commands(command(2, 'the last')))
    await quietMoment(clock)
    disk.kill()
    flip(disk, lastText(disk))
    await t.rejects(openTiny(disk), { name: 'DamagedStorageError', file: segmentName(1) })
  },
)

void t.test('what a power failure tears without a quiet moment before it is still cut', async (t) => {
  const disk = memoryDisk()
  const { storage } = await opened(disk)
  await storage.persist(commands(command(1, 'the first')))
  await storage.persist(commands(command(2, 'the last')))
  disk.kill()
  flip(disk, lastText(disk))
  const { recovered } = await openTiny(disk)
  t.same(recovered.entries, [command(1, 'the first')])
})

void t.test('a bit that flips in what was written for the quiet moment costs nothing', async (t) => {
  const disk = memoryDisk()
  const { storage, clock } = await opened(disk)
  await storage.persist(commands(command(1, 'the last')))
  const end = disk.contents(segmentName(1)).findLastIndex((byte) => byte !== 0)
  await quietMoment(clock)
  disk.kill()
  const last = disk.contents(segmentName(1)).findLastIndex((byte) => byte !== 0)
  t.ok(last > end)
  flip(disk, last)
  t.same((await openTiny(disk)).recovered.entries, [command(1, 'the last')])
})

void t.test(
  'one write for a quiet moment, none for each command, and no timer once it is quiet',
  async (t) => {
    const disk = memoryDisk()
    const { storage, clock } = await opened(disk)
    await quietMoment(clock)
    const before = { ...disk.counts }
    for (let index = 1; index <= 4; index++) {
      await storage.persist(commands(command(index, 'x')))
      await pass(clock, QUIET_MS * 0.9)
    }
    t.equal(disk.counts.sync - before.sync, 4, 'while it is not quiet')
    await quietMoment(clock)
    t.equal(disk.counts.sync - before.sync, 5)
    t.equal(clock.armed, 0)
    await quietMoment(clock)
    t.equal(disk.counts.sync - before.sync, 5, 'once')
    await storage.close()
    t.equal(disk.counts.sync - before.sync, 5, 'nothing is left to do at the close')
  },
)

void t.test('what is appended while the quiet moment is written comes after it, and is kept', async (t) => {
  const disk = memoryDisk()
  const { storage, clock } = await opened(disk)
  const written: Promise<void>[] = []
  for (let index = 1; index <= 40; index++) {
    written.push(storage.persist(commands(command(index, 'x'.repeat(index * 7)))))
    await Promise.all(written)
    await pass(clock, QUIET_MS)
    if (index % 3 !== 0) continue
    void pass(clock, QUIET_MS)
  }
  disk.kill()
  t.equal((await openTiny(disk)).recovered.entries.length, 40)
})

void t.test('a disk that fails at a quiet moment takes no more', async (t) => {
  const disk = memoryDisk()
  const { storage, clock } = await opened(disk)
  await storage.persist(commands(command(1, 'x')))
  disk.fault = (operation) => (operation === 'sync' ? new Error('EIO') : undefined)
  await quietMoment(clock)
  disk.fault = () => undefined
  await t.rejects(storage.persist(commands(command(2, 'y'))), {
    name: 'StorageFailedError',
    operation: 'sync',
  })
  await storage.close()
})

void t.test('a close ends the waiting for a quiet moment', async (t) => {
  const { storage, clock } = await opened(memoryDisk())
  await storage.persist(commands(command(1, 'x')))
  t.equal(clock.armed, 1)
  await storage.close()
  t.equal(clock.armed, 0)
})
