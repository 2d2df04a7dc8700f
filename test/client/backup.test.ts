/** Whose backup it is, and what becomes of one while the leader changes. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { backup } from '../../client/backup.js'
import type { Json } from '../../lib/json.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import { CompactedError, InvalidParamsError, NoQuorumError, UnreachableError } from '../../lib/rpc/errors.js'
import { uri, type Uri } from '../../lib/rpc/uri.js'
import { openSnapshotFile } from '../../lib/storage/snapshot-file.js'
import { openDisk } from '../../lib/system/disk.js'
import { temporaryFolder } from '../harness/processes.js'
import { endingErrand, errandOf } from './members/errands.js'

type Cluster = Pick<Rollcall, 'call' | 'callLeader' | 'leader'>

const NODE1 = uri('node1@localhost:9101')
const NODE2 = uri('node2@localhost:9102')

/** Members whose snapshots hold so many pieces; `piece` is asked at the member that took it. */
function clusterOf(
  leads: { now: Uri },
  piece: (at: Uri, offset: Json | undefined) => Promise<Json>,
  chunks = 3,
) {
  const taken: Uri[] = []
  const position = {
    index: 7,
    term: 1,
    clusterId: 'c',
    incarnations: [],
    configuration: { voters: ['node1'], learners: [], uris: { node1: NODE1 } },
  }
  const cluster: Cluster = {
    leader: () => Promise.resolve(leads.now),
    callLeader: async (method, _, options = {}) => {
      options.onLeader?.(leads.now)
      if (method === 'status') return statusAt(leads.now)
      taken.push(leads.now)
      return { snapshot: position, chunks, bytes: 30 }
    },
    call: (at, _, [, offset]) => piece(uri(at), offset),
  }
  return { cluster, taken }
}

function statusAt(leader: Uri): Json {
  const about = { uri: leader, cluster: 'rollcall', clusterId: 'c', role: 'leader', term: 1, leader: null }
  const indexes = { commitIndex: 7, lastApplied: 7, lastIndex: 7, snapshotIndex: 0 }
  return { id: leader.slice(0, 5), ...about, ...indexes, members: [] }
}

t.test('bug: members of another cluster were given, and the backup was one of this cluster', async (t) => {
  const file = join(temporaryFolder(t), 'monday.backup')
  const refusal = new InvalidParamsError('nameserver1@localhost:9090 belongs to another cluster')
  const rollcall: Cluster = {
    leader: () => Promise.reject(refusal),
    callLeader: () => Promise.reject(refusal),
    call: () => Promise.reject(new Error('nobody is asked for a backup')),
  }
  await t.rejects(backup(rollcall, file, errandOf(1000)), refusal)
  t.notOk(existsSync(file))
})

t.test('bug: a backup asked a dead leader for each piece until its time was over', async (t) => {
  const file = join(temporaryFolder(t), 'monday.backup')
  const leads = { now: NODE1 }
  const told: string[] = []
  const { cluster, taken } = clusterOf(leads, async (at, offset) => {
    if (at === NODE2) return 'piece'
    if (offset === 0) return 'piece'
    leads.now = NODE2
    throw new UnreachableError('nobody is there')
  })
  t.match(await backup(cluster, file, errandOf(1000, told)), { file, index: 7 })
  t.same(taken, [NODE1, NODE2])
  t.match(told, [
    /node2@localhost:9102 leads, and node1@localhost:9101 does not answer: the backup begins anew/,
  ])
  t.ok(existsSync(file))
})

t.test('a leader that is only slow is waited for', async (t) => {
  const file = join(temporaryFolder(t), 'monday.backup')
  let asked = 0
  const { cluster, taken } = clusterOf({ now: NODE1 }, async () => {
    if (asked++ === 1) throw new UnreachableError('time is over')
    return 'piece'
  })
  await backup(cluster, file, errandOf(1000))
  t.same([taken, asked], [[NODE1], 4])
})

t.test('some pieces are asked for at a time, and written in their order', async (t) => {
  const folder = temporaryFolder(t)
  const asked: (() => void)[] = []
  let most = 0
  const answer = (): void => {
    most = Math.max(most, asked.length)
    for (const each of asked.splice(0).reverse()) each()
  }
  const { cluster } = clusterOf(
    { now: NODE1 },
    (_, offset) => {
      if (asked.length === 0) setImmediate(answer)
      return new Promise((resolve) => asked.push(() => resolve(`piece ${JSON.stringify(offset)}`)))
    },
    30,
  )
  await backup(
    cluster,
    join(folder, 'monday.backup'),
    errandOf(1000, [], () => 0),
  )
  const written = await openSnapshotFile(await openDisk(folder), 'monday.backup')
  const pieces = await Promise.all(Array.from({ length: written.chunks }, (_, at) => written.chunk(at)))
  await written.close()
  t.strictSame(
    pieces,
    Array.from({ length: 30 }, (_, at) => `piece ${at}`),
  )
  t.ok(most > 1 && most < 20, `${most} at a time`)
})

t.test('bug: over a slow line a backup asked for each piece two or three times', async (t) => {
  let now = 0
  let asked = 0
  const PIECE_TAKES_MS = 500
  const line: (() => void)[] = []
  const carryOne = (): void => {
    now += PIECE_TAKES_MS
    line.shift()?.()
    if (line.length > 0) setImmediate(carryOne)
  }
  const { cluster } = clusterOf({ now: NODE1 }, () => Promise.resolve('piece'), 30)
  const slow: Cluster = {
    ...cluster,
    call: (_at, _method, _params, { timeoutMs = 0 } = {}) =>
      new Promise((resolve, reject) => {
        asked += 1
        const end = now + timeoutMs
        line.push(() => (now > end ? reject(new UnreachableError('time is over')) : resolve('piece')))
        if (line.length === 1) setImmediate(carryOne)
      }),
  }
  const file = join(temporaryFolder(t), 'monday.backup')
  await backup(
    slow,
    file,
    errandOf(600_000, [], () => now),
  )
  t.equal(asked, 30)
})

t.test('who does not answer for several pieces, with nobody to follow, is told of once', async (t) => {
  const told: string[] = []
  let now = 0
  const piece = (_: Uri, offset: Json | undefined): Promise<Json> => {
    if (offset === 0 || offset === 1) return Promise.resolve('piece')
    now += 1_000
    return Promise.reject(new UnreachableError('time is over'))
  }
  const { cluster } = clusterOf({ now: NODE1 }, piece, 9)
  const leaderless: Cluster = { ...cluster, leader: () => Promise.resolve(null) }
  const file = join(temporaryFolder(t), 'monday.backup')
  const errand = errandOf(60_000, told, () => now)
  await t.rejects(backup(leaderless, file, errand), NoQuorumError)
  t.equal(told.length, 1)
})

t.test('bug: a leader that was silent, with nobody to follow it, was waited for over a minute', async (t) => {
  const folder = temporaryFolder(t)
  const told: string[] = []
  const timeouts: (number | undefined)[] = []
  const refuse = (): Promise<Json> => Promise.reject(new UnreachableError('time is over'))
  const { cluster } = clusterOf({ now: NODE1 }, refuse, 1)
  const silent: Cluster = {
    ...cluster,
    leader: () => Promise.resolve(null),
    call: (_at, _method, _params, options) => {
      timeouts.push(options?.timeoutMs)
      now += options?.timeoutMs ?? 0
      return Promise.reject(new UnreachableError('time is over'))
    },
  }
  let now = 0
  await t.rejects(
    backup(
      silent,
      join(folder, 'monday.backup'),
      errandOf(60_000, told, () => now),
    ),
    NoQuorumError,
  )
  t.same(timeouts, [2_000, 4_000, 6_000])
  t.match(told, [/waiting: node1@localhost:9101 does not answer, and nobody else leads/])
  t.same(readdirSync(folder), [])
})

t.test('bug: a slow leader had no more time once nobody had led for a moment', async (t) => {
  const PIECE_TAKES_MS = 12_000
  let isLed = false
  let now = 0
  const { cluster } = clusterOf({ now: NODE1 }, () => Promise.resolve('piece'), 1)
  const slow: Cluster = {
    ...cluster,
    leader: async () => (isLed ? NODE1 : null),
    call: async (_at, _method, _params, { timeoutMs = 0 } = {}) => {
      isLed = now > 0
      now += Math.min(timeoutMs, PIECE_TAKES_MS)
      if (timeoutMs < PIECE_TAKES_MS) throw new UnreachableError('time is over')
      return 'piece'
    },
  }
  const file = join(temporaryFolder(t), 'monday.backup')
  const errand = errandOf(120_000, [], () => now)
  t.match(await backup(slow, file, errand), { file })
})

t.test('bug: while leadership came and went a piece was waited for over half a minute', async (t) => {
  const told: string[] = []
  const timeouts: number[] = []
  let now = 0
  let timesAsked = 0
  const { cluster } = clusterOf({ now: NODE1 }, () => Promise.resolve('piece'), 1)
  const flapping: Cluster = {
    ...cluster,
    leader: async () => (timesAsked++ % 2 === 0 ? null : NODE1),
    call: async (_at, _method, _params, { timeoutMs = 0 } = {}) => {
      timeouts.push(timeoutMs)
      now += timeoutMs
      throw new UnreachableError('time is over')
    },
  }
  const file = join(temporaryFolder(t), 'monday.backup')
  const within = (budgetMs: number) =>
    backup(
      flapping,
      file,
      errandOf(budgetMs, told, () => now),
    )
  await t.rejects(within(120_000), UnreachableError)
  t.strictSame(timeouts.splice(0), [2_000, 4_000, 8_000, 10_000, 30_000, 10_000])
  t.equal(told.length, 1, 'it is told of once')
  await t.rejects(within(20_000), UnreachableError)
  t.strictSame(timeouts, [2_000, 4_000, 8_000, 6_000], 'the command has no more time')
})

t.test('no piece is waited for longer than the command may take', async (t) => {
  const timeouts: (number | undefined)[] = []
  let now = 0
  const { cluster } = clusterOf({ now: NODE1 }, () => Promise.resolve('piece'), 1)
  const slow: Cluster = {
    ...cluster,
    call: (_at, _method, _params, options) => {
      timeouts.push(options?.timeoutMs)
      now += options?.timeoutMs ?? 0
      return Promise.reject(new UnreachableError('time is over'))
    },
  }
  const file = join(temporaryFolder(t), 'monday.backup')
  await t.rejects(
    backup(
      slow,
      file,
      errandOf(5_000, [], () => now),
    ),
    UnreachableError,
  )
  t.same(timeouts, [2_000, 3_000])
})

t.test('two backups that put an end to each other do not go on for ever', async (t) => {
  const folder = temporaryFolder(t)
  const gone = new CompactedError('the backup is no longer here: begin another one')
  const { cluster, taken } = clusterOf({ now: NODE1 }, () => Promise.reject(gone))
  await t.rejects(backup(cluster, join(folder, 'monday.backup'), errandOf(1000)), gone)
  t.equal(taken.length, 4)
  t.same(readdirSync(folder), [])
})

t.test('a backup that is broken off leaves nothing behind', async (t) => {
  const folder = temporaryFolder(t)
  const { errand, end } = endingErrand(1000)
  const { cluster } = clusterOf({ now: NODE1 }, async (_, offset) => {
    if (offset === 1) end()
    return 'piece'
  })
  await t.rejects(backup(cluster, join(folder, 'monday.backup'), errand), { message: /told to end/ })
  t.same(readdirSync(folder), [])
})
