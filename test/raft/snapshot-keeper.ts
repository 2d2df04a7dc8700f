/** A driver's part in snapshots: cuts them into pieces for followers, and puts together what a leader sends. */
import type { InstallSnapshot, LogIndex, SnapshotPosition, Term } from '../../lib/raft/index.js'
import type { Disk, StoredSnapshot } from './disk.js'
import type { EffectOf } from './driver.js'

/** Pieces of one leader's snapshot. Another leader may cut the same snapshot in another way, so they do not mix. */
interface Incoming {
  readonly index: LogIndex
  readonly term: Term
  readonly pieces: string[]
}

export type Stored =
  { readonly offset: number } | { readonly offset?: undefined; readonly snapshot: SnapshotPosition }

export class SnapshotKeeper {
  readonly #sending = new Map<string, StoredSnapshot>()
  #incoming: Incoming | undefined

  constructor(
    readonly disk: Disk,
    /** How many pieces make a snapshot here. */
    readonly count: number,
  ) {}

  /** The piece that the effect asks for, of the newest snapshot or of the one that is on its way already. */
  piece({ to, term, resume }: EffectOf<'sendSnapshot'>): Omit<InstallSnapshot, 'leaderId'> {
    const underWay = this.#sending.get(to)
    const snapshot = resume !== undefined && underWay?.index === resume.index ? underWay : this.disk.snapshot
    if (snapshot === undefined) throw new RangeError(`no snapshot to send to ${to}`)
    this.#sending.set(to, snapshot)
    const { state, ...position } = snapshot
    const offset = snapshot.index === resume?.index ? resume.offset : 0
    const size = Math.ceil(state.length / this.count)
    return {
      type: 'installSnapshot',
      term,
      snapshot: position,
      offset,
      data: state.slice(offset * size, (offset + 1) * size),
      checksum: 0,
      done: offset === this.count - 1,
    }
  }

  /** Takes the piece if it is the next one. A whole snapshot is on disk at once, unless a newer one is there. */
  store({ term, snapshot, offset, data, done }: InstallSnapshot): Stored {
    const isSame = this.#incoming?.index === snapshot.index && this.#incoming.term === term
    if (!isSame) this.#incoming = { index: snapshot.index, term, pieces: [] }
    const pieces = this.#incoming?.pieces ?? []
    if (offset !== pieces.length) return { offset: pieces.length }
    pieces.push(data)
    if (!done) return { offset: pieces.length }
    this.#incoming = undefined
    if (snapshot.index > (this.disk.snapshot?.index ?? 0)) {
      this.disk.snapshot = { ...snapshot, state: pieces.join('') }
    }
    return { snapshot }
  }
}
