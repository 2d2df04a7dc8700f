/**
 * A backup of a running cluster: the leader takes a snapshot that holds all that was acknowledged before, and gives it
 * out in pieces.
 */
import type { Json } from '../../json.js'
import type { Clock, Ms, Timer } from '../../ports.js'
import { ms } from '../../ports.js'
import type { RaftView } from '../../raft/types.js'
import type { MemberMethod } from '../../roles.js'
import { CompactedError, InvalidParamsError, type NotLeaderError } from '../../rpc/errors.js'
import type { CallContext, ExposedMethod } from '../../rpc/exposed.js'
import { positionToJson } from '../guards/cluster-json.js'
import { StorageFailedError } from '../../storage/errors.js'
import { shortageOf } from '../../storage/room.js'
import type { SnapshotFile } from '../../storage/snapshot-file.js'
import { LACKS } from './state-quota.js'

export interface BackupDoorOptions {
  readonly clock: Clock
  /** Resolves when everything acknowledged before the call has been applied here. */
  readonly barrier: (deadline: Ms) => Promise<Json>
  readonly isLeader: () => boolean
  readonly notLeader: () => NotLeaderError
  readonly view: () => Pick<RaftView, 'id'>
  /** A snapshot that holds everything applied by now. */
  readonly take: () => Promise<SnapshotFile>
}

/** A backup that nobody has asked a piece of for this long is given up. */
const IDLE_MS = 60_000
/** What taking the snapshot may take when the caller gives no budget. */
const BUDGET_MS = 60_000

export class BackupDoor {
  /** One backup at a time; a new one takes the place of the one before. */
  #file: SnapshotFile | undefined
  #idle: Timer | undefined

  constructor(private readonly options: BackupDoorOptions) {}

  get methods(): [MemberMethod, ExposedMethod][] {
    return [
      ['backup', { kind: 'plain', handler: (_, context) => this.#begin(context) }],
      ['backupChunk', { kind: 'plain', handler: ([index, offset]) => this.#chunk(index, offset) }],
    ]
  }

  end(): void {
    this.#idle?.cancel()
    this.#file?.release()
    this.#file = undefined
  }

  async #begin({ deadline }: CallContext): Promise<Json> {
    const { clock, barrier, isLeader, notLeader, take, view } = this.options
    if (!isLeader()) throw notLeader()
    await barrier(deadline ?? ms(clock.now() + BUDGET_MS))
    const file = await take().catch((error: unknown) => {
      throw withoutRoom(error, view().id)
    })
    this.end()
    file.retain()
    this.#file = file
    this.#touch()
    return { snapshot: positionToJson(file.position), chunks: file.chunks, bytes: file.bytes }
  }

  async #chunk(index: Json | undefined, offset: Json | undefined): Promise<Json> {
    const file = this.#file
    if (file === undefined || file.position.index !== index) {
      throw new CompactedError(
        `the backup at entry ${JSON.stringify(index)} is no longer here: begin another one`,
      )
    }
    if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0 || offset >= file.chunks) {
      throw new InvalidParamsError(
        `backupChunk(index, offset): offset is a whole number below ${file.chunks}`,
      )
    }
    this.#touch()
    return file.chunk(offset)
  }

  #touch(): void {
    this.#idle?.cancel()
    this.#idle = this.options.clock.after(ms(IDLE_MS), () => this.end())
  }
}

/** A disk without room ends no member, so nothing has to be started again. */
function withoutRoom(error: unknown, id: string): unknown {
  const shortage = error instanceof StorageFailedError ? shortageOf(error.cause) : undefined
  if (shortage === undefined) return error
  const [lack, remedy] = LACKS[shortage.of]
  return new Error(
    `no backup was made: ${lack(`${id}, which leads,`)} for a snapshot (${shortage.reason}): ${remedy}, and ask again`,
    { cause: error },
  )
}
