import t from 'tap'
import { incarnation, serverId } from '../../lib/raft/types.js'
import { readMemberFile, writeMemberFile, type MemberFile } from '../../lib/storage/member-file.js'
import { RaftStorage } from '../../lib/storage/raft-storage.js'
import { chance, command, commands, listeningLogger, memoryDisk, openTiny } from './setting.js'

const file: MemberFile = {
  id: serverId('node1'),
  cluster: 'rollcall',
  incarnation: incarnation('11111111-2222-4333-8444-555555555555'),
  bootstrap: {
    voters: [serverId('node1'), serverId('node2')],
    learners: [],
    uris: { node1: 'node1@localhost:9101', node2: 'node2@localhost:9102' },
  },
}

void t.test('a folder without a member file is new', async (t) => {
  t.equal(await readMemberFile(memoryDisk()), undefined)
})

void t.test('the member file comes back as it was written, also after a crash', async (t) => {
  const disk = memoryDisk()
  await writeMemberFile(disk, file)
  disk.crash(chance(1))
  t.strictSame(await readMemberFile(disk), file)
})

void t.test('it is written once', async (t) => {
  const disk = memoryDisk()
  await writeMemberFile(disk, file)
  await t.rejects(writeMemberFile(disk, file), /member\.json already/)
})

void t.test('it may be written before or after the log is opened', async (t) => {
  const before = memoryDisk()
  await writeMemberFile(before, file)
  await (await RaftStorage.open(before, listeningLogger())).storage.close()
  const after = memoryDisk()
  const { storage } = await openTiny(after)
  await writeMemberFile(after, file)
  await storage.persist(commands(command(1, 'a')))
  await storage.close()
  t.equal((await openTiny(after)).recovered.entries.length, 1)
})

void t.test(
  'bug: a power failure while the folder was made left a segment of which nobody was the owner',
  async (t) => {
    const disk = memoryDisk()
    await writeMemberFile(disk, { ...file, incarnation: incarnation('of the first try') })
    await disk.remove('member.json')
    await writeMemberFile(disk, file)
    await (await RaftStorage.open(disk, listeningLogger())).storage.close()
    t.strictSame(await readMemberFile(disk), file)
  },
)

void t.test('a member without its log has lost its memory, and is refused', async (t) => {
  const disk = memoryDisk()
  await writeMemberFile(disk, file)
  await disk.remove('log-0000000001')
  await t.rejects(openTiny(disk), { name: 'DamagedStorageError', file: 'log-0000000001', message: /missing/ })
})

void t.test('a log that has records does not get a new member file', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await storage.persist(commands(command(1, 'a')))
  await storage.close()
  await t.rejects(writeMemberFile(disk, file), { name: 'DamagedStorageError', file: 'member.json' })
})

const bad: readonly (readonly [string, string])[] = [
  ['no JSON', '{"format": 1,'],
  ['no object', '[]'],
  ['no format', JSON.stringify({ ...file })],
  ['an empty id', JSON.stringify({ format: 1, ...file, id: '' })],
  ['a number for an incarnation', JSON.stringify({ format: 1, ...file, incarnation: 7 })],
  ['no bootstrap', JSON.stringify({ format: 1, ...file, bootstrap: undefined })],
  [
    'voters that are no list',
    JSON.stringify({ format: 1, ...file, bootstrap: { ...file.bootstrap, voters: 'node1' } }),
  ],
]
for (const [what, text] of bad) {
  void t.test(`${what} is refused as damage`, async (t) => {
    const disk = memoryDisk()
    await (await disk.open('member.json')).write(0, new TextEncoder().encode(text))
    await t.rejects(readMemberFile(disk), { name: 'DamagedStorageError', file: 'member.json' })
  })
}

void t.test('bytes that are not UTF-8 are refused as damage', async (t) => {
  const disk = memoryDisk()
  await (await disk.open('member.json')).write(0, Uint8Array.of(0xff, 0xfe))
  await t.rejects(readMemberFile(disk), { name: 'DamagedStorageError', message: /UTF-8/ })
})

void t.test('another format is refused by its number', async (t) => {
  const disk = memoryDisk()
  await (await disk.open('member.json')).write(0, new TextEncoder().encode('{"format": 3}'))
  await t.rejects(readMemberFile(disk), { name: 'UnknownFormatError', found: 3, known: 2 })
})

void t.test('a file of format 1, which has no checksum, is read', async (t) => {
  const disk = memoryDisk()
  await (
    await disk.open('member.json')
  ).write(0, new TextEncoder().encode(JSON.stringify({ format: 1, ...file })))
  t.strictSame(await readMemberFile(disk), file)
})

void t.test('no bit of it can change unnoticed', async (t) => {
  const disk = memoryDisk()
  await writeMemberFile(disk, file)
  const { length } = disk.contents('member.json')
  for (let bit = 0; bit < 8 * length; bit++) {
    const flip = (bytes: Uint8Array) =>
      bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    disk.corrupt('member.json', flip)
    // White space may become other white space.
    const read = await readMemberFile(disk).catch((error: unknown) => error)
    if (!(read instanceof Error)) t.strictSame(read, file, `bit ${bit}`)
    disk.corrupt('member.json', flip)
  }
})
