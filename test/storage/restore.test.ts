import t from 'tap'
import { incarnation, serverId } from '../../lib/raft/types.js'
import { inspect } from '../../lib/storage/inspect.js'
import { readMemberFile, type MemberFile } from '../../lib/storage/member-file.js'
import { RaftStorage } from '../../lib/storage/raft-storage.js'
import { restoreBackup } from '../../lib/storage/restore.js'
import { openSnapshotFile } from '../../lib/storage/snapshot-file.js'
import { SnapshotFileWriter } from '../../lib/storage/snapshot-writer.js'
import type { MemoryDisk } from '../../testing/simulator/memory-disk.js'
import { chance, hardState, listeningLogger, memoryDisk, mortalDisk, piecesOf, position } from './setting.js'

const voters = ['a', 'b'].map(serverId)
const member: MemberFile = {
  id: serverId('a'),
  cluster: 'second',
  incarnation: incarnation('i-a'),
  bootstrap: { voters, learners: [], uris: { a: 'a@localhost:7001', b: 'b@localhost:7002' } },
}
const pieces = ['["head"]', '["kv", "ünï"]', '']

async function backup(disk = memoryDisk()) {
  const writer = new SnapshotFileWriter(disk, 'monday.backup', position(70, 9))
  for (const piece of pieces) await writer.write(piece)
  await (await writer.finish()).close()
  return { disk, file: await openSnapshotFile(disk, 'monday.backup') }
}

void t.test('the folder holds the state of the backup and the members of the new cluster', async (t) => {
  const disk = memoryDisk()
  const { file } = await backup()
  t.strictSame(await restoreBackup(file, disk, member, listeningLogger()), position(70, 9))
  t.strictSame(await readMemberFile(disk), member)
  const { storage, recovered } = await RaftStorage.open(disk, listeningLogger())
  t.strictSame(recovered, {
    hardState: hardState(9),
    entries: [],
    snapshot: {
      index: position(70).index,
      term: position(70, 9).term,
      configuration: member.bootstrap,
      clusterId: undefined,
      incarnations: [],
      backup: 'entry 70 of term 9, 73db5464',
    },
  })
  t.same(await piecesOf(storage.snapshot), pieces)
  await storage.close()
})

void t.test('what the log began with has one name for all members that are to be made from it', async (t) => {
  const nameFor = async (change: Partial<MemberFile>) => {
    const disk = memoryDisk()
    await restoreBackup((await backup()).file, disk, { ...member, ...change }, listeningLogger())
    const { storage, recovered } = await RaftStorage.open(disk, listeningLogger())
    await storage.close()
    return recovered.snapshot?.backup
  }
  const own = await nameFor({})
  t.equal(await nameFor({ id: serverId('b'), incarnation: incarnation('i-b') }), own)
  t.not(
    await nameFor({ bootstrap: { ...member.bootstrap, voters: [serverId('a')] } }),
    own,
    'of other members',
  )
  t.not(await nameFor({ cluster: 'third' }), own, 'of another cluster')
})

void t.test('a folder that a member has is refused, and stays as it is', async (t) => {
  const disk = memoryDisk()
  await restoreBackup((await backup()).file, disk, member, listeningLogger())
  const before = await inspect(disk)
  await t.rejects(restoreBackup((await backup()).file, disk, member, listeningLogger()), {
    name: 'FolderNotEmptyError',
  })
  t.same(await inspect(disk), before)
})

void t.test('a backup with a damaged piece leaves the folder empty', async (t) => {
  const { disk: shelf, file } = await backup()
  const at = Buffer.from(shelf.contents('monday.backup')).indexOf('kv')
  shelf.corrupt('monday.backup', (contents) => contents.fill(0, at, at + 1))
  const disk = memoryDisk()
  await t.rejects(restoreBackup(file, disk, member, listeningLogger()), {
    name: 'DamagedStorageError',
    file: 'monday.backup',
  })
  t.same(await disk.list(), [])
})

void t.test('a backup replaces an older one of its name only when it is whole', async (t) => {
  const { disk, file } = await backup()
  await file.close()
  const writer = new SnapshotFileWriter(disk, 'monday.backup', position(80))
  await writer.write('x'.repeat(100_000))
  t.same(await disk.list(), ['monday.backup', 'monday.backup.new'])
  disk.kill()
  const next = new SnapshotFileWriter(disk, 'monday.backup', position(90))
  await next.write('short')
  t.same(await piecesOf(await openSnapshotFile(disk, 'monday.backup')), pieces)
  await (await next.finish()).close()
  t.same(await piecesOf(await openSnapshotFile(disk, 'monday.backup')), ['short'])
  t.same(await disk.list(), ['monday.backup'])
})

void t.test('a crash anywhere on the way leaves no member that begins without the state', async (t) => {
  const isWholeOrNoMember = async (disk: MemoryDisk): Promise<boolean> => {
    if (!(await readMemberFile(disk))) return false
    const { storage, recovered } = await RaftStorage.open(disk, listeningLogger())
    t.equal(Number(recovered.snapshot?.index), 70)
    t.same(await piecesOf(storage.snapshot), pieces)
    await storage.close()
    return true
  }
  for (let operations = 0; ; operations++) {
    const { disk, live } = mortalDisk()
    const { file } = await backup()
    const death = live(operations).then(() => 'died')
    const ending = await Promise.race([death, restoreBackup(file, disk, member, listeningLogger())])
    await new Promise(setImmediate)
    disk.crash(chance(operations))
    void live(Infinity)
    const isMember = await isWholeOrNoMember(disk)
    if (ending === 'died') continue
    t.ok(isMember)
    t.ok(operations > 20)
    return
  }
})
