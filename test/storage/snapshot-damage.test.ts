import fc from 'fast-check'
import t from 'tap'
import { logIndex } from '../../lib/raft/types.js'
import { crc32 } from '../../lib/storage/crc32.js'
import { DamagedStorageError, UnknownFormatError } from '../../lib/storage/errors.js'
import { headerBytes } from '../../lib/storage/segment.js'
import { openSnapshotFile } from '../../lib/storage/snapshot-file.js'
import { SnapshotFileWriter } from '../../lib/storage/snapshot-writer.js'
import { command, commands, memoryDisk, openTiny, piecesOf, position, saveSnapshot } from './setting.js'
import type { MemoryDisk } from '../../testing/simulator/memory-disk.js'

const pieces = ['first', 'second: ünï', '', 'x'.repeat(50)]
const name = 'snapshot-00000000000000000015.snap'

/** A folder with the entries 1 to 20 and a snapshot at 15; compacted, so that the log alone does not do. */
async function folder(): Promise<MemoryDisk> {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  for (let i = 1; i <= 20; i++) await storage.persist(commands(command(i, `${i}`.padEnd(300, '.'))))
  await saveSnapshot(storage, position(15), ...pieces)
  await storage.compact(logIndex(15))
  await storage.close()
  return disk
}

/** Opens the folder and reads all of the snapshot. */
async function readAll(disk: MemoryDisk): Promise<readonly string[]> {
  const { storage } = await openTiny(disk)
  try {
    return await piecesOf(storage.snapshot)
  } finally {
    await storage.close()
  }
}

async function diskWith(file: string, contents: Uint8Array): Promise<MemoryDisk> {
  const disk = memoryDisk()
  await disk.open(file)
  disk.corrupt(file, () => contents.slice())
  return disk
}

async function piecesIn(disk: MemoryDisk, file: string): Promise<readonly string[]> {
  const snapshot = await openSnapshotFile(disk, file)
  try {
    return await piecesOf(snapshot)
  } finally {
    await snapshot.close()
  }
}

void t.test('any single byte that changes in a snapshot is noticed, in the file where it is', async (t) => {
  const contents = (await folder()).contents(name)
  for (let offset = 0; offset < contents.length; offset++) {
    for (const bit of [1, 128]) {
      const disk = await diskWith(name, contents)
      disk.corrupt(name, (bytes) => bytes.fill((bytes[offset] ?? 0) ^ bit, offset, offset + 1))
      const noticed = await piecesIn(disk, name).then(
        () => false,
        (error: unknown) =>
          (error instanceof DamagedStorageError || error instanceof UnknownFormatError) &&
          error.file === name,
      )
      if (!noticed) t.fail(`${offset} went unnoticed`)
    }
  }
})

void t.test('a snapshot that ends early anywhere is refused', async (t) => {
  const contents = (await folder()).contents(name)
  for (let length = 0; length < contents.length; length++) {
    const disk = await diskWith(name, contents.subarray(0, length))
    await piecesIn(disk, name).then(
      () => t.fail(`${length} bytes were enough`),
      (error: unknown) => {
        if (!(error instanceof DamagedStorageError)) throw error
      },
    )
  }
})

void t.test('a damaged header or table is refused at the start, and nothing is changed', async (t) => {
  const pristine = (await folder()).contents(name)
  for (const offset of [3, 14, 40, pristine.length - 2, pristine.length - 20]) {
    const disk = await folder()
    disk.corrupt(name, (bytes) => bytes.fill(0xff, offset, offset + 1))
    const before = await disk.list()
    await t.rejects(openTiny(disk), { name: 'DamagedStorageError', file: name })
    t.same(await disk.list(), before)
  }
})

void t.test(
  'a damaged piece is refused with its offset when it is read, and the others are not',
  async (t) => {
    const disk = await folder()
    const at = Buffer.from(disk.contents(name)).indexOf('second')
    disk.corrupt(name, (bytes) => bytes.fill(0xff, at, at + 1))
    const { storage } = await openTiny(disk)
    t.equal(await storage.snapshot?.chunk(0), 'first')
    await t.rejects(Promise.resolve(storage.snapshot?.chunk(1)), {
      name: 'DamagedStorageError',
      file: name,
      offset: at - 12,
      message: /checksum of piece 1/,
    })
    t.equal(await storage.snapshot?.chunk(3), pieces[3])
    await storage.close()
  },
)

void t.test('pieces that changed places are noticed', async (t) => {
  const disk = memoryDisk()
  const writer = new SnapshotFileWriter(disk, 'backup', position(1))
  for (const piece of ['same length', 'SAME LENGTH']) await writer.write(piece)
  await (await writer.finish()).close()
  const bytes = Buffer.from(disk.contents('backup'))
  const [one, two] = [bytes.indexOf('same') - 12, bytes.indexOf('SAME') - 12]
  disk.corrupt('backup', (contents) => {
    const first = contents.slice(one, two)
    contents.copyWithin(one, two, two + first.length)
    contents.set(first, two)
    return contents
  })
  await t.rejects(piecesIn(disk, 'backup'), { name: 'DamagedStorageError' })
})

void t.test('a piece of another snapshot does not hold here', async (t) => {
  const disk = memoryDisk()
  for (const [file, at] of [
    ['one', position(1)],
    ['two', position(2)],
  ] as const) {
    const writer = new SnapshotFileWriter(disk, file, at)
    await writer.write(`state ${file}`)
    await (await writer.finish()).close()
  }
  const from = Buffer.from(disk.contents('one')).indexOf('state') - 12
  const piece = disk.contents('one').slice(from, from + 12 + 'state one'.length)
  disk.corrupt('two', (contents) => {
    contents.set(piece, from)
    return contents
  })
  await t.rejects(piecesIn(disk, 'two'), { name: 'DamagedStorageError', message: /checksum of piece 0/ })
})

void t.test('a snapshot under the name of another index is refused', async (t) => {
  const disk = await folder()
  const other = 'snapshot-00000000000000000016.snap'
  await disk.rename(name, other)
  await t.rejects(openTiny(disk), { name: 'DamagedStorageError', file: other, message: /at 15/ })
})

void t.test('an unknown format version of a snapshot is refused by its number', async (t) => {
  const disk = await folder()
  disk.corrupt(name, (contents) => {
    const view = new DataView(contents.buffer)
    view.setUint32(8, 2, true)
    const length = view.getUint32(12, true)
    view.setUint32(16 + length, crc32(contents, 0, 16 + length), true)
    return contents
  })
  await t.rejects(openTiny(disk), { name: 'UnknownFormatError', file: name, found: 2, known: 1 })
})

void t.test('a compacted log without its snapshot is refused', async (t) => {
  const disk = await folder()
  await disk.remove(name)
  const before = await disk.list()
  await t.rejects(openTiny(disk), { name: 'DamagedStorageError', message: /missing.*no snapshot/ })
  t.same(await disk.list(), before)
})

void t.test('a log that was reset, without its snapshot, is refused', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  const at = position(7)
  const snapshot = await saveSnapshot(storage, at)
  await storage.persist({ reset: { index: at.index, term: at.term }, entries: [] })
  await storage.close()
  t.equal(snapshot.chunks, 0)
  await disk.remove('snapshot-00000000000000000007.snap')
  await t.rejects(openTiny(disk), {
    name: 'DamagedStorageError',
    file: 'snapshot-00000000000000000007.snap',
    message: /missing/,
  })
})

void t.test('a segment that is missing between snapshot and log is refused', async (t) => {
  const disk = await folder()
  const [first = ''] = (await disk.list()).filter((file) => file.startsWith('log-'))
  await disk.remove(first)
  await t.rejects(openTiny(disk), { name: 'DamagedStorageError', file: first, message: /ends at 15/ })
})

void t.test('a compacted log whose first segment was emptied is refused', async (t) => {
  const disk = await folder()
  const [first = ''] = (await disk.list()).filter((file) => file.startsWith('log-'))
  for (const file of (await disk.list())
    .filter((file) => file.startsWith('log-') && file !== first)
    .reverse())
    await disk.remove(file)
  disk.corrupt(first, (contents) => contents.fill(0, headerBytes))
  await t.rejects(openTiny(disk), {
    name: 'DamagedStorageError',
    file: first,
    offset: headerBytes,
    message: /checkpoint/,
  })
})

void t.test('a first segment too many is no harm: a crash came before it was removed', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  for (let i = 1; i <= 20; i++) await storage.persist(commands(command(i, `${i}`.padEnd(300, '.'))))
  await saveSnapshot(storage, position(15), ...pieces)
  await storage.close()
  t.same(await readAll(disk), pieces)
})

void t.test('any bytes may stand in a snapshot file: refused, never believed', async () => {
  const pristine = (await folder()).contents(name)
  const spliced = fc
    .tuple(fc.nat(pristine.length), fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.boolean())
    .map(([at, bytes, insert]) =>
      Uint8Array.from([
        ...pristine.slice(0, at),
        ...bytes,
        ...pristine.slice(insert ? at : at + bytes.length),
      ]),
    )
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 400 }), spliced), async (contents) => {
      if (Buffer.from(contents).equals(pristine)) return
      const disk = await diskWith(name, contents)
      const found = await piecesIn(disk, name).catch((error: unknown) => error)
      if (!(found instanceof DamagedStorageError || found instanceof UnknownFormatError)) throw found
    }),
    { numRuns: 2000 },
  )
})
