import fc from 'fast-check'
import t from 'tap'
import { ByteWriter } from '../../lib/storage/bytes.js'
import { sealBlock } from '../../lib/storage/block.js'
import { crc32 } from '../../lib/storage/crc32.js'
import { EntryRuns } from '../../lib/storage/entry-runs.js'
import { DamagedStorageError } from '../../lib/storage/errors.js'
import { writeChange } from '../../lib/storage/record.js'
import { headerBytes } from '../../lib/storage/segment.js'
import { command, commands, hardState, listeningLogger, memoryDisk, openTiny, tinySizes } from './setting.js'
import type { MemoryDisk } from '../../testing/simulator/memory-disk.js'

const first = 'log-0000000001'
const second = 'log-0000000002'

/** A log of entries 1 to `count`, each durable before the next, over several segments if they are long. */
async function logOf(count: number, { length = 10, closed = true } = {}): Promise<MemoryDisk> {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await storage.persist({ hardState: hardState(1, 'node1'), entries: [] })
  for (let i = 1; i <= count; i++) await storage.persist(commands(command(i, String(i).repeat(length))))
  if (closed) await storage.close()
  else disk.kill()
  return disk
}

async function recover(disk: MemoryDisk) {
  const logger = listeningLogger()
  const { storage, recovered } = await openTiny(disk, logger)
  await storage.close()
  return { recovered, warnings: logger.warnings }
}

function change(disk: MemoryDisk, name: string, offset: number, bytes: readonly number[]): void {
  disk.corrupt(name, (contents) => {
    contents.set(bytes, offset)
    return contents
  })
}

/** Where blocks begin in a file: all places with a block's marker. */
function blocksOf(contents: Uint8Array): number[] {
  const view = new DataView(contents.buffer)
  const offsets = Array.from({ length: (contents.length - headerBytes) / 8 }, (_, i) => headerBytes + i * 8)
  return offsets.filter((offset) => view.getUint32(offset, true) === 0xfe4c42ff)
}

function blockAt(contents: Uint8Array, index: number): number {
  const offset = blocksOf(contents).at(index)
  if (offset === undefined) throw new Error(`there is no block ${index}`)
  return offset
}

void t.test('any single byte that changes in a closed log is noticed or does not matter', async (t) => {
  const pristine = await logOf(6, { length: 100 })
  const { recovered: expected } = await recover(await logOf(6, { length: 100 }))
  const files = (await pristine.list()).map((name) => ({ name, contents: pristine.contents(name) }))
  t.ok(files.length > 1, 'over more than one segment')
  let noticed = 0
  for (const { name, contents } of files) {
    const used = contents.findLastIndex((byte) => byte !== 0) + 40
    for (let offset = 0; offset < Math.min(used, contents.length); offset++) {
      if (offset > 64 && offset < headerBytes - 8) continue
      const disk = memoryDisk()
      for (const file of files) {
        await disk.open(file.name)
        disk.corrupt(file.name, () => file.contents.slice())
      }
      await disk.syncFolder()
      change(disk, name, offset, [(contents[offset] ?? 0) ^ (1 << (offset % 8))])
      try {
        const { recovered } = await recover(disk)
        if (JSON.stringify(recovered) !== JSON.stringify(expected)) t.fail(`${name} ${offset} went unnoticed`)
      } catch (error) {
        if (!(error instanceof DamagedStorageError)) throw error
        if (error.file !== name) t.fail(`${name} ${offset} was reported as ${error.file}`)
        noticed++
      }
    }
  }
  t.ok(noticed > 800, `${noticed} were noticed`)
})

void t.test(
  'damage below the watermark is refused with file and offset, and nothing is changed',
  async (t) => {
    const disk = await logOf(5)
    const offset = blockAt(disk.contents(first), 2)
    change(disk, first, offset + 30, [0xff])
    const before = disk.contents(first)
    await t.rejects(recover(disk), { name: 'DamagedStorageError', file: first, offset })
    t.same(disk.contents(first), before)
  },
)

void t.test('zeros where a block was durable are damage', async (t) => {
  const disk = await logOf(5)
  const offset = blockAt(disk.contents(first), 3)
  disk.corrupt(first, (contents) => contents.fill(0, offset, blockAt(contents, 4)))
  await t.rejects(recover(disk), { name: 'DamagedStorageError', file: first, offset })
})

void t.test(
  'a bad block that no watermark covers is a torn end: cut, with one line to the log',
  async (t) => {
    const disk = await logOf(5, { closed: false })
    const offset = blockAt(disk.contents(first), -1)
    change(disk, first, offset + 30, [0xff])
    const { recovered, warnings } = await recover(disk)
    t.same(
      recovered.entries.map((entry) => Number(entry.index)),
      [1, 2, 3, 4],
    )
    t.match(warnings, [/torn end/])
    t.same((await recover(disk)).warnings, [], 'only once')
  },
)

void t.test('once a start has read it, the last block is covered too', async (t) => {
  const disk = await logOf(5, { closed: false })
  const offset = blockAt(disk.contents(first), -1)
  await openTiny(disk)
  disk.kill()
  change(disk, first, offset + 30, [0xff])
  await t.rejects(recover(disk), { name: 'DamagedStorageError', file: first, offset })
})

void t.test('a whole block behind a torn one can not come back: all behind the cut is zero', async (t) => {
  const disk = await logOf(3, { closed: false })
  const contents = disk.contents(first)
  const torn = blockAt(contents, -1)
  const behind = torn + (torn - blockAt(contents, -2))
  const ghost = new ByteWriter(64)
  ghost.zeros(24)
  const ghostly = commands(command(4, 'ghost'))
  writeChange(ghost, ghostly, new EntryRuns().bytesOf(ghostly.entries))
  change(disk, first, behind, [
    ...sealBlock(ghost, { sequence: 1, offset: behind }, { sequence: 1, offset: torn }),
  ])
  change(disk, first, torn, [0])
  const { recovered } = await openTiny(disk)
  t.equal(recovered.entries.length, 2)
  const coveringBlockBytes = 24
  t.ok(
    disk
      .contents(first)
      .subarray(torn + coveringBlockBytes)
      .every((byte) => byte === 0),
  )
})

void t.test("a recycled file's old blocks are not part of the log", async (t) => {
  const disk = await logOf(4)
  const old = disk.contents(first).slice(headerBytes)
  const fresh = memoryDisk()
  const { storage } = await openTiny(fresh)
  for (let i = 1; !(await fresh.list()).includes(second); i++)
    await storage.persist(commands(command(i, 'n'.repeat(90))))
  await storage.close()
  const { recovered: expected } = await recover(fresh)
  change(fresh, second, headerBytes, [...old])
  const { recovered } = await recover(fresh)
  t.same(recovered, expected)
})

void t.test('a block that was written to the wrong place does not count there', async (t) => {
  const disk = await logOf(5)
  const contents = disk.contents(first)
  const [from, to] = [blockAt(contents, 2), blockAt(contents, 3)]
  change(disk, first, to, [...contents.slice(from, to)])
  await t.rejects(recover(disk), { name: 'DamagedStorageError', file: first, offset: to })
})

void t.test('a missing segment is refused', async (t) => {
  for (const missing of [first, second]) {
    const disk = await logOf(30, { length: 100 })
    t.ok((await disk.list()).length > 3)
    await disk.remove(missing)
    await t.rejects(recover(disk), { name: 'DamagedStorageError', file: missing, message: /missing/ })
  }
})

void t.test('an emptied segment in the middle is refused', async (t) => {
  const disk = await logOf(30, { length: 100 })
  disk.corrupt(second, (contents) => contents.fill(0, headerBytes))
  await t.rejects(recover(disk), { name: 'DamagedStorageError' })
})

void t.test('a short file and an empty one are refused', async (t) => {
  for (const length of [0, 100, headerBytes, headerBytes + 512]) {
    const disk = await logOf(3)
    disk.corrupt(first, (contents) => contents.slice(0, length))
    await t.rejects(recover(disk), { name: 'DamagedStorageError', file: first })
  }
})

void t.test('a segment that was still being made is thrown away', async (t) => {
  const disk = await logOf(2)
  await disk.open('log-0000000002.new')
  t.equal((await recover(disk)).recovered.entries.length, 2)
  t.notOk((await disk.list()).includes('log-0000000002.new'))
})

void t.test('an unknown format version is refused by its number, and nothing is changed', async (t) => {
  const disk = await logOf(2)
  disk.corrupt(first, (contents) => {
    const view = new DataView(contents.buffer)
    view.setUint32(8, 2, true)
    view.setUint32(20, crc32(contents, 0, 20), true)
    return contents
  })
  const before = disk.contents(first)
  await t.rejects(recover(disk), { name: 'UnknownFormatError', file: first, found: 2, known: 1 })
  t.same(disk.contents(first), before)
})

void t.test(
  'bug: the part of a first block that a failed write had left in a segment kept its member from starting',
  async (t) => {
    const recoveredWith = async (bytesLeft: number) => {
      const disk = await logOf(6, { length: 100, closed: false })
      disk.corrupt(second, (contents) => contents.fill(0, blockAt(contents, 0) + bytesLeft))
      return (await recover(disk)).recovered
    }
    const before = await recoveredWith(0)
    t.ok(before.entries.length > 0)
    for (const bytesLeft of [1, 23, 24, 28]) t.same(await recoveredWith(bytesLeft), before, `${bytesLeft}`)
  },
)

void t.test('the body of a block may be any bytes: refused as damage, or read', async () => {
  const recordLike = fc.tuple(fc.constantFrom(1, 2), fc.nat(8), fc.uint8Array({ maxLength: 200 }))
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    recordLike.map(([type, flags, rest]) => Uint8Array.of(type, flags, ...rest)),
  )
  await fc.assert(
    fc.asyncProperty(bytes, async (body) => {
      const disk = memoryDisk()
      await (await openTiny(disk)).storage.close()
      const block = new ByteWriter(body.length + 32)
      block.zeros(24)
      for (const byte of body) block.u8(byte)
      const sealed = sealBlock(
        block,
        { sequence: 1, offset: headerBytes },
        { sequence: 1, offset: headerBytes },
      )
      change(disk, first, headerBytes, [...sealed])
      await recover(disk).catch((error: unknown) => {
        if (!(error instanceof DamagedStorageError && error.offset === headerBytes)) throw error
      })
    }),
    { numRuns: 1500 },
  )
})

void t.test('garbage behind the header is cut, or refused, and never believed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 1024 }), async (garbage) => {
      const disk = memoryDisk()
      await (await openTiny(disk)).storage.close()
      change(disk, first, headerBytes, [...garbage].slice(0, tinySizes.firstSegment - headerBytes))
      const { recovered } = await recover(disk)
      if (recovered.entries.length > 0) throw new Error('it was believed')
    }),
    { numRuns: 300 },
  )
})
