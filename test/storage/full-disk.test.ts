/**
 * A disk that is full for a while: nothing is acknowledged that is not on it, and the log goes on once there is room.
 */
import t from 'tap'
import type { DiskOperation, MemoryDisk } from '../../testing/simulator/memory-disk.js'
import { createSegment, loadSegment } from '../../lib/storage/segment.js'
import { addStart } from '../../lib/storage/starts-file.js'
import { ManualClock } from '../harness/manual-clock.js'
import { command, commands, listeningLogger, memoryDisk, openTiny } from './setting.js'

const random = { below: () => 0, identifier: () => 'drawn' }

class Refusal extends Error {
  constructor(readonly code: string) {
    super(`${code}: no space left on device`)
  }
}

async function opened() {
  const [disk, clock, logger] = [memoryDisk(), new ManualClock(), listeningLogger()]
  const { storage } = await openTiny(disk, logger)
  storage.room.waitOn(clock)
  const written = { asked: 0, acknowledged: 0, failure: undefined as unknown }
  const write = () => {
    const index = ++written.asked
    storage.persist(commands(command(index, 'x'.repeat(100)))).then(
      () => (written.acknowledged = index),
      (error: unknown) => (written.failure = error),
    )
    return turn()
  }
  /** Until one waits. */
  const fill = async () => {
    while (written.acknowledged === written.asked) await write()
  }
  return { disk, clock, logger, storage, written, write, fill }
}

/** All that is under way is done to its end. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** There is room for what is in `fits` alone. */
function isFull(disk: MemoryDisk, code = 'ENOSPC', fits: (file: string) => boolean = () => false): void {
  disk.fault = (operation: DiskOperation, file) =>
    operation === 'write' && !fits(file) ? new Refusal(code) : undefined
}

const isSegment = (file: string): boolean => !file.endsWith('.new')

async function recoveredFrom(disk: MemoryDisk): Promise<number> {
  const { storage, recovered } = await openTiny(disk)
  await storage.close()
  return recovered.entries.length
}

for (const code of ['ENOSPC', 'EDQUOT', 'EMFILE'])
  void t.test(
    `a segment that finds no room waits for it, and the log goes on by itself (${code})`,
    async (t) => {
      const { disk, clock, storage, written, write, fill } = await opened()
      isFull(disk, code, isSegment)
      await fill()
      t.ok(written.acknowledged > 3, 'what there was room for is acknowledged')
      t.match(storage.room.shortage, { reason: new RegExp(code) })
      for (let n = 0; n < 5; n++) {
        await write()
        clock.advance(1_000)
        await turn()
      }
      t.equal(written.acknowledged, written.asked - 6, 'nothing that is not on the disk')
      disk.fault = () => undefined
      clock.advance(1_000)
      await turn()
      t.equal(written.acknowledged, written.asked)
      t.equal(storage.room.shortage, undefined)
      t.equal(clock.armed, 0, 'nobody waits any more')
      await write()
      await storage.close()
      t.equal(await recoveredFrom(disk), written.asked)
    },
  )

void t.test('want of room is known while half a segment is left, for votes and deletes', async (t) => {
  const { disk, storage, written, write, logger } = await opened()
  isFull(disk, 'ENOSPC', isSegment)
  while (storage.room.shortage === undefined) await write()
  const then = written.acknowledged
  await write()
  await write()
  t.equal(written.acknowledged, then + 2, 'they are still written')
  t.match(logger.warnings, [/no room/])
  await storage.close()
})

void t.test('what a segment in the making took of a full disk is given back', async (t) => {
  const { disk, storage, write } = await opened()
  isFull(disk, 'ENOSPC', isSegment)
  while (storage.room.shortage === undefined) await write()
  t.notOk(
    disk.files.some((name) => name.endsWith('.new')),
    disk.files.join(' '),
  )
  await storage.close()
})

void t.test('a block that finds no room is written to the same place once there is some', async (t) => {
  const { disk, clock, written, write } = await opened()
  await write()
  isFull(disk)
  await write()
  t.equal(written.acknowledged, 1)
  disk.fault = () => undefined
  clock.advance(1_000)
  await turn()
  t.equal(written.acknowledged, 2)
  await write()
  disk.kill()
  t.equal(await recoveredFrom(disk), 3)
})

void t.test(
  'bug: a member that was started on a full disk did not come up when there was room',
  async (t) => {
    const { disk, clock, storage, logger } = await opened()
    isFull(disk)
    const starting = storage.room.toStart(() => addStart(disk, random))
    await turn()
    clock.advance(1_000)
    await turn()
    t.match(logger.warnings, [
      /the disk has no room to start with: this member starts by itself once that is over/,
    ])
    disk.fault = () => undefined
    clock.advance(1_000)
    t.same(await starting, ['1-drawn'])
    t.equal(storage.room.shortage, undefined)
    await storage.close()
  },
)

void t.test('bug: want of descriptors was called want of room', async (t) => {
  const { disk, storage, logger, write } = await opened()
  isFull(disk, 'EMFILE', isSegment)
  while (storage.room.shortage === undefined) await write()
  t.match(storage.room.shortage, { of: 'descriptors', reason: /EMFILE/ })
  t.match(logger.warnings, [/no file descriptor left \(ulimit -n\) for more of the log/])
  await storage.close()
})

void t.test(
  'bug: what could not be removed of a longer segment stayed in the next one that was made',
  async (t) => {
    const disk = memoryDisk()
    disk.fault = (operation) =>
      operation === 'sync' || operation === 'remove' ? new Refusal('EIO') : undefined
    await t.rejects(createSegment(disk, 2, 64 * 1024, undefined), { code: 'EIO' })
    disk.fault = () => undefined
    const { file } = await createSegment(disk, 2, 16 * 1024, undefined)
    await file.close()
    const { segment } = await loadSegment(disk, 2, undefined)
    t.equal(segment.size, 16 * 1024)
    await segment.file.close()
  },
)

void t.test('a power failure while a write waits for room leaves all that was acknowledged', async (t) => {
  for (let seed = 0; seed < 30; seed++) {
    const { disk, clock, written, write } = await opened()
    for (let n = 0; n <= seed % 7; n++) await write()
    isFull(disk)
    await write()
    if (seed % 2 === 1) {
      disk.fault = (operation) => (operation === 'sync' ? new Refusal('EIO') : undefined)
      clock.advance(1_000)
      await turn()
    }
    disk.fault = () => undefined
    disk.crash({ below: (limit) => seed % limit })
    t.ok((await recoveredFrom(disk)) >= written.acknowledged, `seed ${seed}`)
  }
})

void t.test('a sync that finds no room is final: what it should have saved may be gone', async (t) => {
  const { disk, clock, storage, written, write } = await opened()
  disk.fault = (operation) => (operation === 'sync' ? new Refusal('ENOSPC') : undefined)
  await write()
  t.match(written.failure, { name: 'StorageFailedError', operation: 'sync' })
  disk.fault = () => undefined
  clock.advance(1_000)
  await t.rejects(storage.persist(commands(command(2, 'y'))), { name: 'StorageFailedError' })
  await storage.close()
})

void t.test('a member that is stopped while it waits for room ends at once', async (t) => {
  const { disk, clock, storage, written, fill } = await opened()
  isFull(disk, 'ENOSPC', isSegment)
  await fill()
  const { acknowledged } = written
  await storage.close()
  t.match(written.failure, { name: 'StorageFailedError', operation: 'prepare' })
  t.equal(clock.armed, 0)
  disk.fault = () => undefined
  t.equal(await recoveredFrom(disk), acknowledged)
})
