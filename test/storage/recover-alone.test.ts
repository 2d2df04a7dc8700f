import t from 'tap'
import {
  clusterId,
  incarnation,
  logIndex,
  serverId,
  term,
  ticks,
  type Effect,
  type Entry,
  type IdentityEntry,
} from '../../lib/raft/types.js'
import { createRaftServer } from '../../lib/raft/index.js'
import { readMemberFile, writeMemberFile, type MemberFile } from '../../lib/storage/member-file.js'
import { recoverAlone } from '../../lib/storage/recover-alone.js'
import { RaftStorage } from '../../lib/storage/raft-storage.js'
import { isMarkedRemoved, markRemoved } from '../../lib/storage/removal-mark.js'
import type { MemoryDisk } from '../../testing/simulator/memory-disk.js'
import { command, hardState, listeningLogger, memoryDisk, position, saveSnapshot } from './setting.js'

const ids = ['node1', 'node2', 'node3'].map(serverId)
const uris = { node1: 'node1@localhost:9101', node2: 'node2@localhost:9102', node3: 'node3@localhost:9103' }
const member: MemberFile = {
  id: serverId('node3'),
  cluster: 'rollcall',
  incarnation: incarnation('i-3'),
  bootstrap: { voters: ids, learners: [], uris },
}
const fresh = clusterId('new')

function pinning(index: number, ...pinned: readonly string[]): IdentityEntry {
  const incarnations = pinned.map((id) => [serverId(id), incarnation(id.replace('node', 'i-'))] as const)
  return {
    kind: 'identity',
    index: logIndex(index),
    term: term(1),
    clusterId: clusterId('old'),
    incarnations,
  }
}

async function folder(entries: readonly Entry[]): Promise<MemoryDisk> {
  const disk = memoryDisk()
  await writeMemberFile(disk, member)
  const { storage } = await RaftStorage.open(disk, listeningLogger())
  await storage.persist({ hardState: hardState(4, 'node1'), entries })
  await storage.close()
  return disk
}

/** Starts the member as a process would, with a disk that is quick, until nothing more is due. */
async function start(disk: MemoryDisk) {
  const { storage, recovered } = await RaftStorage.open(disk, listeningLogger())
  const file = (await readMemberFile(disk)) ?? member
  const server = createRaftServer(
    {
      ...file,
      newClusterId: clusterId('unused'),
      electionTimeoutMin: ticks(150),
      electionTimeoutMax: ticks(300),
      heartbeatInterval: ticks(50),
      seed: 1,
      inflightMessagesMax: 8,
      messageSizeMax: 1024,
      uncommittedSizeMax: 1024,
      readLease: false,
      promisedSilence: ticks(0),
    },
    recovered,
  )
  const take = async (effects: readonly Effect[], now: number): Promise<void> => {
    for (const effect of effects) {
      if (effect.type !== 'persist') continue
      await storage.persist(effect)
      await take(server.step({ type: 'persisted', token: effect.token }, ticks(now)), now)
    }
  }
  for (const now of [0, 400, 800]) await take(server.step({ type: 'tick' }, ticks(now)), now)
  await storage.close()
  return { view: server.view }
}

void t.test('the member leads alone, has everything, and is a cluster of its own', async (t) => {
  const disk = await folder([pinning(1, 'node1', 'node3'), command(2, 'kept'), command(3, 'kept too', 3)])
  t.strictSame(await recoverAlone(disk, listeningLogger(), fresh), {
    id: serverId('node3'),
    cluster: 'rollcall',
    lastIndex: 3,
    lastTerm: 3,
    term: 5,
    left: [serverId('node1'), serverId('node2')],
  })
  const { view } = await start(disk)
  t.match(view, {
    role: 'leader',
    currentTerm: 6,
    commitIndex: 6,
    clusterId: 'new',
    configuration: { voters: ['node3'], learners: [], uris: { node3: 'node3@localhost:9103' } },
  })
  t.same([...view.pins], [['node3', 'i-3']], 'the others may come back with new folders')
})

const histories: readonly (readonly [string, readonly Entry[]])[] = [
  ['whose pin is of the first entry', [pinning(1, 'node1', 'node3')]],
  ['whose pin came later', [pinning(1, 'node1', 'node2'), pinning(2, 'node3')]],
  ['that was never pinned', [pinning(1, 'node1', 'node2')]],
  ['that never heard from its cluster', []],
]
for (const [which, entries] of histories) {
  void t.test(`a member ${which} can go on alone`, async (t) => {
    const disk = await folder(entries)
    await recoverAlone(disk, listeningLogger(), fresh)
    const { view } = await start(disk)
    t.match(view, { role: 'leader', clusterId: 'new', commitIndex: entries.length + 3 })
  })
}

void t.test('one that was removed can go on alone: its folder does not say so any more', async (t) => {
  const disk = await folder([pinning(1, 'node1', 'node3')])
  await markRemoved(disk)
  await recoverAlone(disk, listeningLogger(), fresh)
  t.notOk(await isMarkedRemoved(disk))
})

void t.test('a learner, and a member in the middle of a change, can go on alone', async (t) => {
  for (const configuration of [
    { voters: ids.slice(0, 2), learners: [serverId('node3')], uris },
    { voters: ids, outgoing: ids.slice(0, 2), learners: [], uris },
  ]) {
    const change: Entry = { kind: 'configuration', index: logIndex(2), term: term(1), configuration }
    const disk = await folder([pinning(1, 'node1', 'node2'), change])
    await recoverAlone(disk, listeningLogger(), fresh)
    t.match((await start(disk)).view, { role: 'leader', configuration: { voters: ['node3'], learners: [] } })
  }
})

void t.test('a member that stands at a snapshot goes on from there', async (t) => {
  const disk = await folder([])
  const { storage } = await RaftStorage.open(disk, listeningLogger())
  const at = { ...position(50, 3), configuration: member.bootstrap }
  await saveSnapshot(storage, at, 'state')
  await storage.close()
  const { lastIndex, lastTerm, left } = await recoverAlone(disk, listeningLogger(), fresh)
  t.same([lastIndex, lastTerm, left], [50, 3, ['node1', 'node2']])
  t.match((await start(disk)).view, { role: 'leader', clusterId: 'new', commitIndex: 53 })
})

void t.test(
  'a folder without a member, and a member without an address, are refused unchanged',
  async (t) => {
    const empty = memoryDisk()
    await t.rejects(recoverAlone(empty, listeningLogger(), fresh), { name: 'NotRecoverableError' })
    t.same(await empty.list(), [])
    const lost = memoryDisk()
    await writeMemberFile(lost, { ...member, bootstrap: { voters: [], learners: [], uris: {} } })
    await t.rejects(recoverAlone(lost, listeningLogger(), fresh), { name: 'NotRecoverableError' })
    t.same((await RaftStorage.open(lost, listeningLogger())).recovered.entries, [])
  },
)
