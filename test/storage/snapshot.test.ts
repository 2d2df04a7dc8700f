import t from 'tap'
import { logIndex } from '../../lib/raft/types.js'
import { MemoryDisk } from '../../testing/simulator/memory-disk.js'
import type { RaftStorage } from '../../lib/storage/raft-storage.js'
import {
  command,
  commands,
  hardState,
  listeningLogger,
  memoryDisk,
  openTiny,
  piecesOf,
  position,
  saveSnapshot,
} from './setting.js'

const errorWith = (code: string) => Object.assign(new Error(`${code}: injected`), { code })

/** Entries `from` to `to`, each durable before the next, so long that a few fill a segment. */
async function append(storage: RaftStorage, from: number, to: number, inTerm = 1): Promise<void> {
  for (let i = from; i <= to; i++)
    await storage.persist(commands(command(i, `${i}`.padEnd(300, '.'), inTerm)))
}

function segmentsIn(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.startsWith('log-') && !name.endsWith('.new'))
}

void t.test('a snapshot comes back with its position and its pieces, and the entries after it', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await append(storage, 1, 5)
  t.equal(storage.snapshot, undefined)
  const pieces = ['', '\ufeff"ünï 😀\u0000"', 'x'.repeat(100_000)]
  const saved = await saveSnapshot(storage, position(3), ...pieces)
  t.equal(storage.snapshot, saved)
  t.same(await piecesOf(saved), pieces)
  await storage.close()
  const { storage: again, recovered } = await openTiny(disk)
  t.strictSame(recovered.snapshot, position(3))
  t.same(
    recovered.entries.map((entry) => Number(entry.index)),
    [4, 5],
  )
  t.strictSame(again.snapshot?.position, position(3))
  t.same(await piecesOf(again.snapshot), pieces)
  t.equal(again.snapshot?.bytes, saved.bytes)
  await again.close()
})

void t.test('a snapshot may have no pieces, no cluster id and a joint configuration', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  const [voter] = position(1).configuration.voters
  const configuration = { ...position(1).configuration, outgoing: voter === undefined ? [] : [voter] }
  const bare = { ...position(1), clusterId: undefined, incarnations: [], configuration }
  await append(storage, 1, 1)
  await saveSnapshot(storage, bare)
  await storage.close()
  const { storage: again, recovered } = await openTiny(disk)
  t.strictSame(recovered.snapshot, bare)
  t.equal(again.snapshot?.chunks, 0)
  await again.close()
})

void t.test(
  'a newer snapshot takes the place of the older, which stays readable while retained',
  async (t) => {
    const disk = memoryDisk()
    const { storage } = await openTiny(disk)
    await append(storage, 1, 4)
    const older = await saveSnapshot(storage, position(2), 'old')
    older.retain()
    const newer = await saveSnapshot(storage, position(4), 'new')
    t.same(
      (await disk.list()).filter((name) => name.startsWith('snapshot')),
      ['snapshot-00000000000000000004.snap'],
    )
    t.same(await piecesOf(older), ['old'])
    older.release()
    await t.rejects(older.chunk(0), /closed/)
    t.same(await piecesOf(newer), ['new'])
    await storage.close()
  },
)

void t.test('a snapshot that is no newer than the one that is there goes', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await append(storage, 1, 4)
  const [early, same] = [storage.beginSnapshot(position(3)), storage.beginSnapshot(position(4))]
  const newest = await saveSnapshot(storage, position(4), 'newest')
  await Promise.all([early.write('early'), same.write('same')])
  t.same(await Promise.all([early.finish(), same.finish()]), [newest, newest])
  t.same(await piecesOf(storage.snapshot), ['newest'])
  t.same(
    (await disk.list()).filter((name) => name.endsWith('.new')),
    [],
  )
  await storage.close()
})

void t.test('a snapshot that is discarded, or was being written at a crash, leaves nothing', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await append(storage, 1, 2)
  const discarded = storage.beginSnapshot(position(2))
  await discarded.write('x')
  await discarded.discard()
  await t.rejects(discarded.write('y'), /discarded/)
  await t.rejects(discarded.finish(), /discarded/)
  await storage.beginSnapshot(position(2)).write('x')
  t.ok((await disk.list()).some((name) => name.startsWith('snapshot')))
  disk.kill()
  const { storage: again, recovered } = await openTiny(disk)
  t.notOk((await disk.list()).some((name) => name.startsWith('snapshot')))
  t.equal(recovered.snapshot, undefined)
  await again.close()
})

void t.test('discarding after the snapshot has taken its place changes nothing', async (t) => {
  const { storage } = await openTiny(memoryDisk())
  await append(storage, 1, 2)
  const writer = storage.beginSnapshot(position(2))
  await writer.write('kept')
  await writer.finish()
  await writer.discard()
  t.same(await piecesOf(storage.snapshot), ['kept'])
  await storage.close()
})

void t.test('a piece over 16 MiB is refused, and so is what follows it', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  const writer = storage.beginSnapshot(position(1))
  const sixteen = 16 * 1024 * 1024
  await writer.write('x'.repeat(sixteen))
  await t.rejects(writer.write('é'.repeat(sixteen / 2 + 1)), { name: 'RangeError' })
  await t.rejects(writer.finish(), { name: 'RangeError' })
  await writer.discard()
  t.equal(storage.snapshot, undefined)
  await storage.close()
})

void t.test('what is asked for beyond the last piece is refused', async (t) => {
  const { storage } = await openTiny(memoryDisk())
  await append(storage, 1, 1)
  const snapshot = await saveSnapshot(storage, position(1), 'only')
  for (const offset of [1, -1, 0.5]) await t.rejects(snapshot.chunk(offset), { name: 'RangeError' })
  await storage.close()
})

for (const operation of ['open', 'write', 'sync', 'rename', 'syncFolder'] as const) {
  void t.test(`a failed ${operation} costs the snapshot, and not the log`, async (t) => {
    const disk = memoryDisk()
    const { storage } = await openTiny(disk)
    await append(storage, 1, 3)
    disk.fault = (called, file) =>
      called === operation && (file.startsWith('snapshot') || called === 'syncFolder')
        ? errorWith('ENOSPC')
        : undefined
    const writer = storage.beginSnapshot(position(3))
    writer.write('x').catch(() => undefined)
    await t.rejects(writer.finish(), { name: 'StorageFailedError', message: /snapshot-.*ENOSPC/ })
    await writer.discard()
    t.equal(storage.snapshot, undefined)
    disk.fault = () => undefined
    await append(storage, 4, 4)
    t.same(await piecesOf(await saveSnapshot(storage, position(4), 'later')), ['later'])
    await storage.close()
  })
}

void t.test('long snapshots are synced on the way, so that no sync is long', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await append(storage, 1, 1)
  const writer = storage.beginSnapshot(position(1))
  await writer.write('')
  const before = disk.counts.sync
  for (let i = 0; i < 40; i++) await writer.write('x'.repeat(256 * 1024))
  t.equal(disk.counts.sync - before, 2)
  await writer.finish()
  await storage.close()
})

void t.test('compacting removes the segments that a snapshot covers, and no other', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await storage.persist({ hardState: hardState(1, 'node1'), entries: [] })
  await append(storage, 1, 40)
  const before = segmentsIn(await disk.list())
  await saveSnapshot(storage, position(30), 'state')
  await storage.compact(logIndex(20))
  const after = segmentsIn(await disk.list())
  t.ok(after.length < before.length && after.length > 1)
  t.same(after, before.slice(-after.length))
  await storage.compact(logIndex(20))
  t.same(segmentsIn(await disk.list()), after, 'once is enough')
  await append(storage, 41, 42)
  await storage.close()
  const { storage: again, recovered } = await openTiny(disk)
  t.same(recovered.hardState, hardState(1, 'node1'))
  t.same(
    recovered.entries.map((entry) => Number(entry.index)),
    Array.from({ length: 12 }, (_, i) => 31 + i),
  )
  await again.close()
})

void t.test('the log can not be compacted beyond the snapshot', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await append(storage, 1, 20)
  await t.rejects(storage.compact(logIndex(1)), { name: 'RangeError', message: /there is no snapshot/ })
  await saveSnapshot(storage, position(10))
  const before = await disk.list()
  await t.rejects(storage.compact(logIndex(11)), { name: 'RangeError', message: /ends at 10/ })
  t.same(await disk.list(), before)
  await storage.close()
})

void t.test('the segment that is being written stays, whatever the snapshot covers', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await append(storage, 1, 30)
  await saveSnapshot(storage, position(30))
  await storage.compact(logIndex(30))
  await append(storage, 31, 33)
  await storage.close()
  const { storage: again, recovered } = await openTiny(disk)
  t.same(
    recovered.entries.map((entry) => Number(entry.index)),
    [31, 32, 33],
  )
  await again.close()
})

void t.test('segments go one after another, each durably before the next', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await append(storage, 1, 30)
  await saveSnapshot(storage, position(30))
  const operations: string[] = []
  disk.fault = (operation, file) => {
    if (operation === 'remove' || operation === 'syncFolder') operations.push(`${operation} ${file}`)
    return undefined
  }
  await storage.compact(logIndex(30))
  t.same(operations.slice(0, 4), [
    'remove log-0000000001',
    'syncFolder ',
    'remove log-0000000002',
    'syncFolder ',
  ])
  await storage.close()
})

void t.test('a reset that is not durable yet holds up what would rely on it', async (t) => {
  const held: (() => void)[] = []
  let holding = false
  const disk = new MemoryDisk({ schedule: (task) => (holding ? held.push(task) : queueMicrotask(task)) })
  const { storage } = await openTiny(disk)
  await append(storage, 1, 30)
  const [at, later] = [position(10, 7), position(20, 7)]
  await saveSnapshot(storage, at)
  const files = await disk.list()
  const next = storage.beginSnapshot(later)
  await next.write('x')
  const syncing = new Promise<void>((resolve) => {
    disk.fault = (operation, file) => {
      holding = operation === 'sync' && file.startsWith('log-')
      if (holding) resolve()
      return undefined
    }
  })
  const reset = storage.persist({
    hardState: hardState(7),
    reset: { index: at.index, term: at.term },
    entries: [],
  })
  await syncing
  holding = false
  const relying = [storage.compact(at.index), next.finish()]
  await new Promise(setImmediate)
  t.same(
    (await disk.list()).filter((name) => !name.endsWith('.new')),
    files,
  )
  disk.fault = () => undefined
  for (const task of held) task()
  await Promise.all([reset, ...relying])
  t.equal(Number(storage.snapshot?.position.index), 20)
  t.ok(segmentsIn(await disk.list()).length < segmentsIn(files).length)
  await storage.close()
})

void t.test('disk use is bounded while snapshots keep up', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  let most = 0
  for (let last = 10; last <= 300; last += 10) {
    await append(storage, last - 9, last)
    await saveSnapshot(storage, position(last), 'state')
    await storage.compact(logIndex(last))
    most = Math.max(most, (await disk.list()).length)
  }
  t.ok(most <= 4, `${most} files`)
  await storage.close()
})

void t.test('compacting leaves no gap behind a first segment that stayed empty', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await storage.persist(commands(command(1, 'x'.repeat(1500))))
  await append(storage, 2, 20)
  await saveSnapshot(storage, position(20))
  await storage.compact(logIndex(20))
  t.notOk((await disk.list()).includes('log-0000000001'))
  await storage.close()
  t.same((await openTiny(disk)).recovered.entries, [])
})

void t.test('a truncation that reaches into a dropped segment is read right', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await append(storage, 1, 30)
  await storage.persist({ truncateFrom: logIndex(5), entries: [command(5, 'five', 2)] })
  await append(storage, 6, 12, 2)
  await saveSnapshot(storage, position(6, 2))
  await storage.compact(logIndex(6))
  await storage.close()
  const { storage: again, recovered } = await openTiny(disk)
  t.same(
    recovered.entries.map((entry) => [Number(entry.index), Number(entry.term)]),
    [7, 8, 9, 10, 11, 12].map((index) => [index, 2]),
  )
  await again.close()
})

void t.test('a reset drops the log, which goes on after the snapshot', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await append(storage, 1, 30)
  const at = position(100, 7)
  await saveSnapshot(storage, at, 'from the leader')
  await storage.persist({
    hardState: hardState(7, 'node2'),
    reset: { index: at.index, term: at.term },
    entries: [command(101, 'next', 7)],
  })
  await storage.compact(at.index)
  await storage.close()
  const { storage: again, recovered } = await openTiny(disk)
  t.strictSame(recovered, {
    hardState: hardState(7, 'node2'),
    entries: [command(101, 'next', 7)],
    snapshot: at,
  })
  await again.persist(commands(command(102, 'and on', 7)))
  await again.close()
})

void t.test(
  'after a reset, segments go by the snapshot and not by the indices they once reached',
  async (t) => {
    const disk = memoryDisk()
    const { storage } = await openTiny(disk)
    await append(storage, 1, 60)
    const at = position(20, 7)
    await saveSnapshot(storage, at)
    await storage.persist({ hardState: hardState(7), reset: { index: at.index, term: at.term }, entries: [] })
    await storage.compact(at.index)
    t.ok(segmentsIn(await disk.list()).length <= 2, 'the one being written, and perhaps the next')
    await storage.close()
  },
)

void t.test('a reset and a truncation exclude each other', async (t) => {
  const { storage } = await openTiny(memoryDisk())
  await append(storage, 1, 3)
  const { index, term } = position(9)
  await t.rejects(storage.persist({ reset: { index, term }, truncateFrom: logIndex(2), entries: [] }), {
    name: 'MalformedRecordError',
  })
  await storage.close()
})

void t.test('a crash between snapshot and reset: a log that contradicts the snapshot goes', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await storage.persist({ hardState: hardState(2, 'node2'), entries: [] })
  await append(storage, 1, 30, 2)
  await saveSnapshot(storage, position(10, 3))
  disk.kill()
  for (const attempt of ['first', 'second']) {
    const { recovered } = await openTiny(disk)
    t.strictSame(recovered, { hardState: hardState(3), entries: [], snapshot: position(10, 3) }, attempt)
    disk.kill()
  }
  const { storage: again } = await openTiny(disk)
  await again.persist(commands(command(11, 'on', 3)))
  await again.close()
  t.same((await openTiny(disk)).recovered.entries, [command(11, 'on', 3)])
})

void t.test('a snapshot beyond the end of the log: the log goes on after it, the vote stays', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await storage.persist({ hardState: hardState(5, 'node2'), entries: [command(1, 'a', 2)] })
  await saveSnapshot(storage, position(10, 3))
  disk.kill()
  const { storage: again, recovered } = await openTiny(disk)
  t.strictSame(recovered, { hardState: hardState(5, 'node2'), entries: [], snapshot: position(10, 3) })
  await again.close()
})

void t.test('a log that ends exactly at the snapshot goes on as it is', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await append(storage, 1, 3)
  await saveSnapshot(storage, position(3))
  await storage.close()
  const { storage: again, recovered } = await openTiny(disk)
  t.same(recovered.entries, [])
  await again.persist(commands(command(4, 'd')))
  await again.close()
  t.same((await openTiny(disk)).recovered.entries, [command(4, 'd')])
})

void t.test('an old snapshot that the disk would not remove goes at the next start', async (t) => {
  const disk = memoryDisk()
  const logger = listeningLogger()
  const { storage } = await openTiny(disk, logger)
  await append(storage, 1, 4)
  await saveSnapshot(storage, position(2), 'old')
  disk.fault = (operation) => (operation === 'remove' ? errorWith('EIO') : undefined)
  await saveSnapshot(storage, position(4), 'new')
  t.match(logger.warnings, [/old snapshot stays/])
  await storage.close()
  disk.fault = () => undefined
  const { storage: again } = await openTiny(disk)
  t.same(await piecesOf(again.snapshot), ['new'])
  t.equal((await disk.list()).filter((name) => name.startsWith('snapshot')).length, 1)
  await again.close()
})
