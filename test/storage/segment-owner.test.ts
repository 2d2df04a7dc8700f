/** A segment of another member in a folder: its log, its term and its vote are not this one's. */
import t from 'tap'
import { incarnation, serverId } from '../../lib/raft/types.js'
import { inspect, verify } from '../../lib/storage/inspect.js'
import { writeMemberFile, type MemberFile } from '../../lib/storage/member-file.js'
import { RaftStorage } from '../../lib/storage/raft-storage.js'
import { decodeOwner, encodeOwner } from '../../lib/storage/segment-owner.js'
import type { MemoryDisk } from '../../testing/simulator/memory-disk.js'
import { command, commands, hardState, listeningLogger, memoryDisk } from './setting.js'

const FIRST = 'log-0000000001'

function member(id: string, drawn = `${id}-first`): MemberFile {
  const bootstrap = { voters: ['n1', 'n2'].map((each) => serverId(each)), learners: [], uris: {} }
  return { id: serverId(id), cluster: 'test', incarnation: incarnation(drawn), bootstrap }
}

async function folderOf(file: MemberFile): Promise<MemoryDisk> {
  const disk = memoryDisk()
  await writeMemberFile(disk, file)
  const { storage } = await RaftStorage.open(disk, listeningLogger())
  await storage.persist({ ...commands(command(1, 'x')), hardState: hardState(1, file.id) })
  await storage.close()
  return disk
}

async function contentOf(disk: MemoryDisk, name: string): Promise<Uint8Array> {
  const file = await disk.open(name)
  const bytes = await file.read(0, await file.size())
  await file.close()
  return bytes
}

async function put(disk: MemoryDisk, from: MemoryDisk): Promise<void> {
  const bytes = await contentOf(from, FIRST)
  disk.corrupt(FIRST, () => bytes)
}

async function refusal(task: Promise<unknown>): Promise<unknown> {
  return task.then(
    () => 'it was taken',
    (error: unknown) => error,
  )
}

t.test(
  "another member's segment is refused by start, inspect and verify, which say whose it is",
  async (t) => {
    const disk = await folderOf(member('n1'))
    await put(disk, await folderOf(member('n2')))
    const said = {
      name: 'DamagedStorageError',
      message: /the segment is of n2, and this is the data folder of n1/,
    }
    t.match(await refusal(RaftStorage.open(disk, listeningLogger())), said)
    t.match(await refusal(verify(disk)), said)
    t.match(await inspect(disk), { damage: { file: FIRST, message: said.message } })
  },
)

t.test('so is one of a former folder of the same member', async (t) => {
  const disk = await folderOf(member('n1', 'second'))
  await put(disk, await folderOf(member('n1', 'first')))
  t.match(await refusal(verify(disk)), { message: /the segment is of another data folder of n1/ })
})

t.test('a segment of an older build, which does not say whose it is, is read', async (t) => {
  const disk = await folderOf(member('n1'))
  disk.corrupt(FIRST, (bytes) => bytes.map((byte, at) => (at >= 24 && at < 4096 ? 0 : byte)))
  const { storage, recovered } = await RaftStorage.open(disk, listeningLogger())
  t.equal(recovered.entries.length, 1)
  await storage.close()
})

t.test('no bit of the owner can change unnoticed', (t) => {
  const owner = { id: serverId('n1'), incarnation: incarnation('first') }
  const bytes = encodeOwner(owner, 100)
  t.same(decodeOwner(bytes, FIRST, 24), owner)
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const rotten = bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    t.throws(() => decodeOwner(rotten, FIRST, 24), { name: 'DamagedStorageError' }, `bit ${bit}`)
  }
  t.equal(encodeOwner(owner, 10).length, 0, 'what does not fit is left out')
  t.end()
})
