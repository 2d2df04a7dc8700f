import t from 'tap'
import { incarnation, logIndex, serverId, term } from '../../lib/raft/types.js'
import { inspect, verify } from '../../lib/storage/inspect.js'
import { writeMemberFile, type MemberFile } from '../../lib/storage/member-file.js'
import { headerBytes } from '../../lib/storage/segment.js'
import type { MemoryDisk } from '../../testing/simulator/memory-disk.js'
import { command, commands, hardState, memoryDisk, openTiny, position, saveSnapshot } from './setting.js'

const member: MemberFile = {
  id: serverId('node1'),
  cluster: 'rollcall',
  incarnation: incarnation('i-1'),
  bootstrap: position(0).configuration,
}
const snapshotFile = 'snapshot-00000000000000000015.snap'

/** Entries 1 to 20 over several segments, a snapshot at 15, compacted up to there. */
async function folder(): Promise<MemoryDisk> {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await writeMemberFile(disk, member)
  await storage.persist({
    hardState: hardState(1, 'node1'),
    entries: [{ kind: 'empty', index: logIndex(1), term: term(1) }],
  })
  for (let i = 2; i <= 20; i++) await storage.persist(commands(command(i, `${i}`.padEnd(300, '.'))))
  await saveSnapshot(storage, position(15), 'one', 'two')
  await storage.compact(logIndex(15))
  await storage.close()
  return disk
}

async function everything(disk: MemoryDisk): Promise<readonly (readonly [string, Uint8Array])[]> {
  return (await disk.list()).map((name) => [name, disk.contents(name)] as const)
}

void t.test('an inspection tells what is in a folder, and changes nothing', async (t) => {
  const disk = await folder()
  const before = await everything(disk)
  const inspection = await inspect(disk)
  t.same(await everything(disk), before)
  t.same(await verify(disk), inspection)
  const { segments, spares, entries, ...rest } = inspection
  t.strictSame(rest, {
    member,
    hardState: hardState(1, 'node1'),
    configuration: position(15).configuration,
    clusterId: 'c-1',
    snapshot: {
      file: snapshotFile,
      position: position(15),
      chunks: 2,
      bytes: disk.contents(snapshotFile).length,
    },
    tornBytes: 0,
    others: [],
  })
  t.equal(entries.to, 20)
  t.equal(entries.lastTerm, 1)
  t.equal(entries.count, 20 - (entries.from ?? 0) + 1)
  t.same(entries.byKind, { command: entries.count, empty: 0, identity: 0, configuration: 0 })
  t.same(
    [...segments.map(({ file }) => file), ...spares],
    (await disk.list()).filter((name) => name.startsWith('log-')),
  )
  t.equal(segments.findLast((segment) => segment.entries)?.entries?.to, 20)
  t.ok(segments.every(({ usedBytes, bytes }) => usedBytes >= headerBytes && usedBytes <= bytes))
})

void t.test('dropped entries are not counted', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await storage.persist(commands(command(1, 'a'), command(2, 'b'), command(3, 'c')))
  await storage.persist({ truncateFrom: logIndex(2), entries: [command(2, 'B', 4)] })
  await storage.close()
  const { entries, segments } = await inspect(disk)
  t.match(entries, { from: 1, to: 2, count: 2, lastTerm: 4 })
  t.same(segments[0]?.entries, { from: 1, to: 3 })
})

void t.test('an empty folder has nothing in it', async (t) => {
  const nothing = { command: 0, empty: 0, identity: 0, configuration: 0 }
  t.strictSame(await inspect(memoryDisk()), {
    entries: { count: 0, byKind: nothing },
    segments: [],
    spares: [],
    tornBytes: 0,
    others: [],
  })
})

void t.test('a torn end is told, and is sound', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await storage.persist(commands(command(1, 'a')))
  await storage.persist(commands(command(2, 'b')))
  disk.kill()
  const used = disk.contents('log-0000000001').findLastIndex((byte) => byte !== 0)
  disk.corrupt('log-0000000001', (contents) => contents.fill(0, used, used + 1))
  const { tornBytes, entries } = await verify(disk)
  t.ok(tornBytes > 0)
  t.equal(entries.to, 1)
})

void t.test('bug: files of the folder itself were told as what is not ours', async (t) => {
  const disk = await folder()
  for (const name of ['place.json', 'promise.json']) await disk.open(name)
  t.same((await inspect(disk)).others, [])
})

void t.test('what a crash left in the making, and what is not ours, is told by name', async (t) => {
  const disk = await folder()
  for (const name of ['log-0000000099.new', `${snapshotFile}.1.new`, 'notes.txt']) await disk.open(name)
  t.same((await inspect(disk)).others, ['log-0000000099.new', 'notes.txt', `${snapshotFile}.1.new`])
})

void t.test('damage in the log is told, and what was read before it', async (t) => {
  const disk = await folder()
  const [, second = ''] = (await disk.list()).filter((name) => name.startsWith('log-'))
  disk.corrupt(second, (contents) => contents.fill(0xff, headerBytes + 30, headerBytes + 31))
  const { damage, entries, snapshot } = await inspect(disk)
  t.match(damage, { label: 'DAMAGED_STORAGE', file: second, message: /offset 4096/ })
  t.ok(entries.count > 0 && (entries.to ?? 0) < 20)
  t.equal(snapshot?.chunks, 2)
  await t.rejects(verify(disk), { name: 'DamagedStorageError', file: second })
})

void t.test('damage in the snapshot is told, and the log all the same', async (t) => {
  const disk = await folder()
  disk.corrupt(snapshotFile, (contents) => contents.fill(0xff, 20, 21))
  const { damage, entries } = await inspect(disk)
  t.match(damage, { file: snapshotFile })
  t.equal(entries.to, 20)
})

void t.test('only verifying reads the pieces of the snapshot', async (t) => {
  const disk = await folder()
  const at = Buffer.from(disk.contents(snapshotFile)).indexOf('two')
  disk.corrupt(snapshotFile, (contents) => contents.fill(0xff, at, at + 1))
  t.equal((await inspect(disk)).damage, undefined)
  await t.rejects(verify(disk), { name: 'DamagedStorageError', file: snapshotFile, message: /piece 1/ })
})

void t.test('a log that is missing altogether is damage', async (t) => {
  const disk = memoryDisk()
  await writeMemberFile(disk, member)
  await disk.remove('log-0000000001')
  t.match((await inspect(disk)).damage, { file: 'log-0000000001', message: /missing/ })
})

void t.test('a folder of a later version is told by its number', async (t) => {
  const disk = memoryDisk()
  await (await disk.open('member.json')).write(0, new TextEncoder().encode('{"format": 3}'))
  t.match((await inspect(disk)).damage, {
    label: 'UNKNOWN_FORMAT',
    file: 'member.json',
    message: /version 3/,
  })
})
