/** Sends pieces of the newest snapshot to members that are too far behind for entries. The core asks for each piece. */
import type { Logger } from '../ports.js'
import type { Effect, LogIndex, RaftView, Request, ServerId } from '../raft/types.js'
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

export class SnapshotSender {
  readonly #files = new Map<ServerId, SnapshotFile>()

  constructor(private readonly options: SnapshotSenderOptions) {}

  send(wish: Wish): void {
    const file = this.#fileFor(wish)
    if (file === undefined) return this.options.unreachable(wish.to)
    const resume = wish.resume?.index === file.position.index ? wish.resume.offset : 0
    // A receiver that asks for what is not there begins again.
    const offset = resume < file.chunks ? resume : 0
    file.chunk(offset).then(
      (data) => this.#sendPiece(wish, file, offset, data),
      (error: unknown) => {
        this.options.logger.error(`a snapshot can't be read: ${String(error)}`)
        this.options.unreachable(wish.to)
      },
    )
  }

  /** The oldest snapshot that is on its way to someone. What follows it must stay in the log. */
  get needed(): LogIndex | undefined {
    this.#releaseFinished()
    const indices = [...this.#files.values()].map((file) => file.position.index)
    return indices.reduce<LogIndex | undefined>(
      (least, index) => (least === undefined || index < least ? index : least),
      undefined,
    )
  }

  end(): void {
    for (const file of this.#files.values()) file.release()
    this.#files.clear()
  }

  /** A transfer goes on with the file that it began with; a new one takes the newest. */
  #fileFor({ to, resume }: Wish): SnapshotFile | undefined {
    const begun = this.#files.get(to)
    if (begun !== undefined && resume?.index === begun.position.index) return begun
    begun?.release()
    this.#files.delete(to)
    const { snapshot } = this.options.store
    if (snapshot === undefined) return undefined
    snapshot.retain()
    this.#files.set(to, snapshot)
    return snapshot
  }

  #sendPiece({ to, term }: Wish, file: SnapshotFile, offset: number, data: string): void {
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

  #releaseFinished(): void {
    const { progress } = this.options.view()
    for (const [peer, file] of this.#files) {
      if (progress.get(peer)?.state === 'snapshot') continue
      file.release()
      this.#files.delete(peer)
    }
  }
}

export function checksumOf(data: string): number {
  return crc32(new TextEncoder().encode(data))
}
