/** Sends the newest snapshot to members that are too far behind for entries. The core says from which piece on. */
import type { Clock, Logger } from '../../ports.js'
import type { EffectOf, LogIndex, RaftView, ServerId } from '../../raft/types.js'
import { logIndex } from '../../raft/types.js'
import { checksumOf } from './piece-checksum.js'
import type { SnapshotFile, SnapshotStore } from './snapshot-store.js'

type Wish = EffectOf<'sendSnapshot'>

export interface SnapshotSenderOptions {
  readonly store: SnapshotStore
  readonly view: () => RaftView
  readonly clock: Clock
  readonly send: (wish: Pick<EffectOf<'send'>, 'to' | 'message'>) => void
  readonly unreachable: (peer: ServerId) => void
  readonly logger: Logger
}

/** Several, as each takes its turn of both event loops and of the receiver's disk; few, as entries go the same way. */
const PIECES_UNDER_WAY = 8
/** Who has been silent for longer may be gone for good. Milliseconds. */
const AWAY_MS = 10_000

interface Transfer {
  readonly file: SnapshotFile
  /** The next piece to leave. */
  next: number
  /** Pieces leave in order, in whichever order they are read. */
  queue: Promise<void>
}

export class SnapshotSender {
  readonly #transfers = new Map<ServerId, Transfer>()

  constructor(private readonly options: SnapshotSenderOptions) {}

  send(wish: Wish): void {
    const { to, resume, isAgain } = wish
    const begun = this.#transfers.get(to)
    if (isOldNews(wish, begun)) return
    const transfer = begun !== undefined && this.#goesOn(begun, resume?.index) ? begun : this.#begin(to)
    if (transfer === undefined) return this.options.unreachable(to)
    const { file } = transfer
    const offset = resume?.index === file.position.index ? resume.offset : 0
    // A receiver that asks for what is not there begins again.
    const asked = offset < file.chunks ? offset : 0
    const movesOn = transfer === begun && !isAgain && asked > 0
    transfer.next = movesOn ? Math.max(transfer.next, asked) : asked
    // Until the receiver has taken one it may refuse them all, or have some of them already.
    const window = movesOn ? PIECES_UNDER_WAY : 1
    while (transfer.next < Math.min(asked + window, file.chunks)) {
      this.#sendPiece(wish, transfer, transfer.next++)
    }
  }

  /**
   * The least index, not below `from`, behind which the log must not end: what follows it a follower lacks that the log
   * can serve, or that is being sent a snapshot. Undefined: nobody lacks anything.
   */
  needed(from: LogIndex): LogIndex | undefined {
    const { progress, snapshotIndex } = this.options.view()
    const least = Math.max(from, snapshotIndex)
    const lacking = [...progress].flatMap(([peer, { state, matchIndex, heardAt }]) => {
      const index = state === 'snapshot' ? this.#transfers.get(peer)?.file.position.index : matchIndex
      return index === undefined || index < least || this.#isAway(heardAt) ? [] : [index]
    })
    return lacking.length === 0 ? undefined : logIndex(Math.min(...lacking))
  }

  /** Lets go of the files that nobody is being sent any more. */
  releaseUnwanted(): void {
    const { progress } = this.options.view()
    for (const [peer, { file }] of this.#transfers) {
      const receiver = progress.get(peer)
      if (receiver?.state === 'snapshot' && !this.#isAway(receiver.heardAt)) continue
      file.release()
      this.#transfers.delete(peer)
    }
  }

  end(): void {
    for (const { file } of this.#transfers.values()) file.release()
    this.#transfers.clear()
  }

  #isAway(heardAt: number): boolean {
    return this.options.clock.now() - heardAt > AWAY_MS
  }

  /** A transfer ends with the file that it began with, unless what follows that has left the log. */
  #goesOn({ file }: Transfer, wanted: LogIndex | undefined): boolean {
    const { index } = file.position
    return wanted === index && index >= this.options.view().snapshotIndex
  }

  #begin(to: ServerId): Transfer | undefined {
    const { store, logger } = this.options
    const before = this.#transfers.get(to)?.file
    before?.release()
    this.#transfers.delete(to)
    const { snapshot } = store
    if (snapshot === undefined) return undefined
    const { index } = snapshot.position
    if (before !== undefined && before.position.index < index) {
      logger.info(`sends ${to} the snapshot at entry ${index} instead of the one at ${before.position.index}`)
    }
    snapshot.retain()
    const transfer = { file: snapshot, next: 0, queue: Promise.resolve() }
    this.#transfers.set(to, transfer)
    return transfer
  }

  #sendPiece(wish: Wish, transfer: Transfer, offset: number): void {
    const read = transfer.file.chunk(offset)
    // Its failure is told in its turn.
    read.catch(() => undefined)
    const turn = transfer.queue.then(() => read)
    transfer.queue = turn.then(
      (data) => this.#leave(wish, transfer, offset, data),
      (error: unknown) => {
        this.options.logger.error(`a snapshot can't be read: ${String(error)}`)
        this.options.unreachable(wish.to)
      },
    )
  }

  #leave({ to, term }: Wish, transfer: Transfer, offset: number, data: string): void {
    const { id, role, currentTerm } = this.options.view()
    if (role !== 'leader' || currentTerm !== term || this.#transfers.get(to) !== transfer) return
    const { file } = transfer
    this.options.send({
      to,
      message: {
        type: 'installSnapshot',
        term,
        leaderId: id,
        snapshot: file.position,
        offset,
        data,
        checksum: checksumOf(data),
        done: offset === file.chunks - 1,
      },
    })
  }
}

/** The follower has answered to pieces of a snapshot that is not being sent any more. */
function isOldNews({ resume, isAgain }: Wish, begun: Transfer | undefined): boolean {
  if (isAgain || resume === undefined || begun === undefined) return false
  return resume.index < begun.file.position.index
}
