/** Sends pieces of the newest snapshot to members that are too far behind for entries. The core asks for each piece. */
import type { Logger } from '../ports.js'
import type { Effect, LogIndex, RaftView, Request, ServerId } from '../raft/types.js'
import { logIndex } from '../raft/types.js'
import { crc32 } from '../storage/crc32.js'
import type { SnapshotFile, SnapshotStore } from './snapshot-store.js'

type Wish = Extract<Effect, { type: 'sendSnapshot' }>

export interface SnapshotSenderOptions {
  readonly store: SnapshotStore
  readonly view: () => RaftView
  readonly send: (to: ServerId, message: Request) => void
  readonly unreachable: (peer: ServerId) => void
  readonly logger: Logger
}

/** Several, as each takes its turn of both event loops and of the receiver's disk; few, as heartbeats go the same way. */
const PIECES_UNDER_WAY = 8

interface Transfer {
  readonly file: SnapshotFile
  /** The piece that the receiver has last asked for; -1 before the first. */
  asked: number
  /** The next piece to leave. */
  next: number
  /** Pieces leave in order, in whichever order they are read. */
  queue: Promise<void>
}

export class SnapshotSender {
  readonly #transfers = new Map<ServerId, Transfer>()

  constructor(private readonly options: SnapshotSenderOptions) {}

  send(wish: Wish): void {
    const transfer = this.#transferOf(wish)
    if (transfer === undefined) return this.options.unreachable(wish.to)
    const { file } = transfer
    const resume = wish.resume?.index === file.position.index ? wish.resume.offset : 0
    // A receiver that asks for what is not there begins again.
    const asked = resume < file.chunks ? resume : 0
    // Who does not ask for more than before has lost what was under way.
    transfer.next = asked > transfer.asked ? Math.max(transfer.next, asked) : asked
    transfer.asked = asked
    // The first answer says how much of it the receiver has already.
    const window = wish.resume === undefined ? 1 : PIECES_UNDER_WAY
    while (transfer.next < Math.min(asked + window, file.chunks)) {
      this.#sendPiece(wish, transfer, transfer.next++)
    }
  }

  /**
   * What the log must still hold behind a snapshot: all that the followers lack which it can serve, those included that
   * are being sent a snapshot. Who is not heard does not count: it may be gone for good.
   */
  get needed(): LogIndex | undefined {
    this.#releaseUnwanted()
    const { progress, snapshotIndex } = this.options.view()
    const heard = [...progress].filter(([, { lostContact }]) => !lostContact)
    const served = heard
      .map(([peer, { matchIndex }]) => this.#transfers.get(peer)?.file.position.index ?? matchIndex)
      .filter((index) => index >= snapshotIndex)
    return served.length === 0 ? undefined : logIndex(Math.min(...served))
  }

  end(): void {
    for (const { file } of this.#transfers.values()) file.release()
    this.#transfers.clear()
  }

  /** A transfer goes on with the file that it began with while the log reaches back to it; a new one takes the newest. */
  #transferOf({ to, resume }: Wish): Transfer | undefined {
    const begun = this.#transfers.get(to)
    const { snapshotIndex } = this.options.view()
    const isServed = resume !== undefined && resume.index >= snapshotIndex
    if (isServed && begun?.file.position.index === resume.index) return begun
    begun?.file.release()
    this.#transfers.delete(to)
    const { snapshot } = this.options.store
    if (snapshot === undefined) return undefined
    snapshot.retain()
    const transfer = { file: snapshot, asked: -1, next: 0, queue: Promise.resolve() }
    this.#transfers.set(to, transfer)
    return transfer
  }

  #sendPiece(wish: Wish, transfer: Transfer, offset: number): void {
    const { file, queue } = transfer
    const read = file.chunk(offset)
    transfer.queue = Promise.all([read, queue]).then(
      ([data]) => this.#leave(wish, file, offset, data),
      (error: unknown) => {
        this.options.logger.error(`a snapshot can't be read: ${String(error)}`)
        this.options.unreachable(wish.to)
      },
    )
  }

  #leave({ to, term }: Wish, file: SnapshotFile, offset: number, data: string): void {
    const { id, role, currentTerm } = this.options.view()
    if (role !== 'leader' || currentTerm !== term) return
    this.options.send(to, {
      type: 'installSnapshot',
      term,
      leaderId: id,
      snapshot: file.position,
      offset,
      data,
      checksum: checksumOf(data),
      done: offset === file.chunks - 1,
    })
  }

  #releaseUnwanted(): void {
    const { progress } = this.options.view()
    for (const [peer, { file }] of this.#transfers) {
      const receiver = progress.get(peer)
      if (receiver?.state === 'snapshot' && !receiver.lostContact) continue
      file.release()
      this.#transfers.delete(peer)
    }
  }
}

export function checksumOf(data: string): number {
  return crc32(new TextEncoder().encode(data))
}
