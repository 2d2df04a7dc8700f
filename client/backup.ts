/** A snapshot of the whole cluster, carried piece by piece into one file. */
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { CommandError, UsageError } from '../lib/command-line/report.js'
import type { Json } from '../lib/json.js'
import type { SnapshotPosition } from '../lib/raft/types.js'
import { readPosition } from '../lib/replica/guards/cluster-json.js'
import { fields, whole } from '../lib/replica/guards/json-readers.js'
import { NoQuorumError } from '../lib/rpc/errors.js'
import { SnapshotFileWriter } from '../lib/storage/snapshot-writer.js'
import { openDisk } from '../lib/system/disk.js'
import type { Rollcall } from '../lib/client/connect.js'
import { leaderOf, nobodyLeads, otherCluster } from '../lib/client/views.js'

/** Taking a snapshot of a large state, and carrying one piece of it. Milliseconds. */
const TAKE_MS = 120_000
const PIECE_MS = 30_000

export interface Backup {
  readonly file: string
  /** The last entry that is in it. */
  readonly index: number
  readonly term: number
  readonly bytes: number
}

/** Writes all that the cluster holds to a new file, which is complete or not there. */
export async function backup(rollcall: Pick<Rollcall, 'status' | 'call'>, path: string): Promise<Backup> {
  if (existsSync(path)) throw new UsageError(`${path} exists already: name a file that does not`)
  const views = await rollcall.status()
  const leader = leaderOf(views)?.uri
  if (leader === undefined)
    throw otherCluster(views) ?? new NoQuorumError(`no backup was made: ${nobodyLeads(views)}`)
  const ask = (method: string, params: readonly Json[], timeoutMs: number) =>
    rollcall.call(leader, method, params, { timeoutMs })
  const { position, chunks } = readBackup(await ask('backup', [], TAKE_MS))
  const disk = await openDisk(dirname(path))
  const writer = new SnapshotFileWriter(disk, basename(path), position)
  try {
    for (let offset = 0; offset < chunks; offset++) {
      const piece = await ask('backupChunk', [position.index, offset], PIECE_MS)
      if (typeof piece !== 'string') throw new CommandError('INTERNAL_ERROR', `${leader} sent no text`)
      await writer.write(piece)
    }
    const { bytes } = await writer.finish()
    return { file: path, index: position.index, term: position.term, bytes }
  } catch (error) {
    await writer.discard()
    throw error
  }
}

function readBackup(answer: Json): { readonly position: SnapshotPosition; readonly chunks: number } {
  const from = fields(answer, 'a backup')
  return { position: readPosition(from['snapshot']), chunks: whole(from['chunks'], 'chunks') }
}
