/** A snapshot of the whole cluster, carried piece by piece into one file. */
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { CommandError, UsageError } from '../lib/command-line/report.js'
import type { Json } from '../lib/json.js'
import type { SnapshotPosition } from '../lib/raft/types.js'
import { readPosition } from '../lib/replica/guards/cluster-json.js'
import { fields, whole } from '../lib/replica/guards/json-readers.js'
import {
  CompactedError,
  InternalError,
  NoQuorumError,
  OutcomeUnknownError,
  UnreachableError,
} from '../lib/rpc/errors.js'
import { READ_AHEAD, readAhead } from '../lib/replica/snapshots/read-ahead.js'
import type { Uri } from '../lib/rpc/uri.js'
import { SnapshotFileWriter } from '../lib/storage/snapshot-writer.js'
import { openDisk } from '../lib/system/disk.js'
import type { Rollcall } from '../lib/client/rollcall.js'
import type { Budget } from './members/budget.js'
import type { Errand } from './members/errand.js'
import { leaderStatus } from './members/leader-status.js'

/** For a leader to be there, for taking a snapshot of a large state, and for carrying one piece of it. Milliseconds. */
const LEADER_MS = 10_000
const TAKE_MS = 120_000
const PIECE_MS = 30_000
/**
 * So long a piece is waited for at first, and twice as long each time that the leader is still the same. Milliseconds.
 */
const FIRST_WAIT_MS = 2_000
/**
 * One more piece is asked for at a time where one has come so soon, and half as many where one has taken so long: who
 * waits for it behind many on a slow line would ask for it again, and the line carry most of them twice. Milliseconds.
 */
const SOON_MS = 250
const LATE_MS = 1_000
/** So often it is begun: of two that are made at the same time, each puts an end to the other. */
const TIMES = 4

type Cluster = Pick<Rollcall, 'call' | 'callLeader' | 'leader'>

/** A snapshot that this leader keeps until it has been carried. */
interface Taken {
  readonly leader: Uri
  readonly position: SnapshotPosition
  readonly chunks: number
}

/** The leader that has taken the snapshot is none any more, or has given it up. The cause says how that was noticed. */
class BackupLost extends Error {}

/** Of a leader that is asked for several pieces at a time. */
interface Silence {
  /** How long nobody need lead any more. Undefined: it has answered, or somebody leads. */
  left?: Budget | undefined
  /** Once for all pieces: leadership that comes and goes would be told of for each. */
  isTold?: boolean
}

export interface Backup {
  readonly file: string
  /** The last entry that is in it. */
  readonly index: number
  readonly term: number
  readonly bytes: number
}

/**
 * Writes all that the cluster holds to a new file, which is complete or not there. Begins anew when the leader is lost
 * meanwhile, as the next one has a snapshot of its own.
 */
export async function backup(rollcall: Cluster, path: string, errand: Errand): Promise<Backup> {
  if (existsSync(path)) throw new UsageError(`${path} exists already: name a file that does not`)
  for (let begun = 1; ; begun++) {
    try {
      return await carry(
        rollcall,
        await Promise.race([take(rollcall, errand), errand.end.told]),
        path,
        errand,
      )
    } catch (error) {
      if (!(error instanceof BackupLost)) throw error
      if (begun === TIMES) throw error.cause
      errand.tell(`${error.message}: the backup begins anew`)
    }
  }
}

async function take(rollcall: Cluster, { budget }: Errand): Promise<Taken> {
  const within = (timeoutMs: number) => ({ timeoutMs: Math.min(timeoutMs, budget.leftMs()) })
  // A cluster without a leader is told of soon, whatever taking a snapshot may take.
  const { id } = await leaderStatus(rollcall, within(LEADER_MS)).catch(notMade)
  let leader: Uri | undefined
  const onLeader = (uri: Uri): void => void (leader = uri)
  const taken = readBackup(await rollcall.callLeader('backup', [], { ...within(TAKE_MS), onLeader }))
  if (leader === undefined) throw new InternalError(`${id} took a snapshot, and nobody was asked`)
  return { ...taken, leader }
}

function notMade(error: unknown): never {
  throw error instanceof NoQuorumError ? new NoQuorumError(`no backup was made: ${error.message}`) : error
}

async function carry(rollcall: Cluster, taken: Taken, path: string, errand: Errand): Promise<Backup> {
  const { end } = errand
  const { position, chunks } = taken
  const silence: Silence = {}
  let most = 1
  const read = async (offset: number): Promise<string> => {
    const leftMs = errand.budget.leftMs()
    const text = await Promise.race([piece(rollcall, taken, offset, errand, silence), end.told])
    const tookMs = leftMs - errand.budget.leftMs()
    if (tookMs < SOON_MS) most = Math.min(most + 1, READ_AHEAD)
    else if (tookMs > LATE_MS) most = Math.max(Math.floor(most / 2), 1)
    return text
  }
  const writer = new SnapshotFileWriter(await openDisk(dirname(path)), basename(path), position)
  try {
    for await (const text of readAhead(chunks, read, () => most)) await writer.write(text)
    if (end.isTold()) await end.told
    const { bytes } = await writer.finish()
    return { file: path, index: position.index, term: position.term, bytes }
  } catch (error) {
    await writer.discard()
    throw error
  }
}

/**
 * @throws BackupLost when another member leads, or this leader does not have it any more
 * @throws NoQuorumError when it does not answer, and nobody leads
 */
async function piece(
  rollcall: Cluster,
  taken: Taken,
  offset: number,
  { budget, tell }: Errand,
  silence: Silence,
): Promise<string> {
  const { leader } = taken
  for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
    const timeoutMs = Math.min(waitMs, PIECE_MS, budget.leftMs(), silence.left?.leftMs() ?? Infinity)
    try {
      const text = await pieceNow(rollcall, taken, offset, timeoutMs)
      silence.left = undefined
      return text
    } catch (error) {
      const leading = await leaderAfter(error, rollcall, leader)
      if (budget.isOver() || (leading !== null && waitMs > PIECE_MS)) throw error
      if (leading !== null) {
        silence.left = undefined
        continue
      }
      if (silence.isTold !== true) tell(`waiting: ${leader} does not answer, and nobody else leads`)
      silence.isTold = true
      silence.left ??= budget.part(LEADER_MS)
      if (silence.left.isOver())
        throw new NoQuorumError(`no backup was made: ${leader} does not answer, and nobody else leads`)
    }
  }
}

/**
 * Who leads, if the error says no more than that there was no answer; null: nobody. @throws BackupLost, or the error
 */
async function leaderAfter(error: unknown, rollcall: Cluster, asked: Uri): Promise<Uri | null> {
  if (error instanceof CompactedError) throw new BackupLost(error.message, { cause: error })
  if (!(error instanceof UnreachableError || error instanceof OutcomeUnknownError)) throw error
  const leader = await rollcall.leader()
  if (leader === null || leader === asked) return leader
  throw new BackupLost(`${leader} leads, and ${asked} does not answer`, { cause: error })
}

async function pieceNow(
  rollcall: Cluster,
  { leader, position }: Taken,
  offset: number,
  timeoutMs: number,
): Promise<string> {
  const text = await rollcall.call(leader, 'backupChunk', [position.index, offset], { timeoutMs })
  if (typeof text === 'string') return text
  throw new CommandError('INTERNAL_ERROR', `${leader} sent no text`)
}

function readBackup(answer: Json): Omit<Taken, 'leader'> {
  const from = fields(answer, 'a backup')
  return { position: readPosition(from['snapshot']), chunks: whole(from['chunks'], 'chunks') }
}
