/** Takes snapshots when the log has grown enough, without getting in the way of commands, and drops what they cover. */
import type { Clock, Logger } from '../../ports.js'
import { entrySize } from '../../raft/log.js'
import type { Entry, LogIndex, SnapshotPosition } from '../../raft/types.js'
import { logIndex } from '../../raft/types.js'
import { shownThrown } from '../../rpc/thrown.js'
import type { Applied } from '../machine/applied.js'
import type { Capture } from '../machine/capture.js'
import type { SnapshotEvent } from './snapshot-event.js'
import type { SnapshotFile, SnapshotStore } from './snapshot-store.js'

/**
 * When a snapshot is due, of objects that hold little, and what is kept behind it. Entries, and UTF-16 units of their
 * commands.
 */
export interface SnapshotLimits {
  /** Default 50,000. */
  readonly entries: number
  /** Default 16 Mi. */
  readonly size: number
  /** Kept in memory behind a snapshot, for followers that are a little late. Default 10,000. */
  readonly keptEntries: number
  /** Default 4 Mi. */
  readonly keptSize: number
}

export const SNAPSHOT_LIMITS: SnapshotLimits = {
  entries: 50_000,
  size: 16 * 1024 * 1024,
  keptEntries: 10_000,
  keptSize: 4 * 1024 * 1024,
}

/** Of a log since the last snapshot: entries, and UTF-16 units of their commands. */
type Growth = Pick<SnapshotLimits, 'entries' | 'size'>

export interface SnapshotterOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly store: SnapshotStore
  readonly limits: SnapshotLimits
  /** The state machine, and the position in the log, as of the last applied entry. */
  readonly capture: () => Capture
  readonly position: () => SnapshotPosition
  /** Of the log's entry at that index, in UTF-16 units. */
  readonly sizeAt: (index: LogIndex) => number
  /** The least index, not below `from`, that the log must go on behind for another member; undefined: none. */
  readonly needed: (from: LogIndex) => LogIndex | undefined
  /** The core may drop the entries up to `index`. */
  readonly compacted: (index: LogIndex) => void
  readonly applied: Pick<Applied, 'hearers' | 'entryHearers'>
  readonly tell: (event: SnapshotEvent) => void
}

/**
 * The event loop is given free after this long, or, if it is so busy that a snapshot would never end, after half of
 * the time that everything else took.
 */
const SLICE_MS = { least: 2, most: 20 }
/**
 * A log that waits for large snapshots may grow to this many times its limits; until then half of the time is free of
 * them.
 */
const PATIENCE = 4
/**
 * The part of what the objects hold that the log may grow to, where that is more than its limits: what a command costs
 * must not grow with them. No further than {@link PATIENCE} says.
 */
const SHARE_OF_STATE = 1 / 4
/** So many entries are looked at for their size before the event loop is given free. */
const SIZES_AT_ONCE = 512
/** For others the log stays up to so many times as long as it is when a snapshot is due. */
const PATIENCE_WITH_OTHERS = 8

export class Snapshotter {
  /** What the objects hold, in characters of their snapshots, were each command since the last one only added to it. */
  stateSize: number
  readonly #options: SnapshotterOptions
  #entries = 0
  #size = 0
  /** A snapshot is due when the log has grown by so much: so many times its limits. */
  #due: Growth
  #taking: Promise<SnapshotFile> | undefined
  #restUntil = 0
  #isEnded = false

  constructor(options: SnapshotterOptions) {
    this.#options = options
    this.stateSize = options.store.snapshot?.bytes ?? 0
    this.#due = this.#dueNow()
    options.applied.entryHearers.add(this.#count)
  }

  /** The objects have been put to where the snapshot stands. */
  restored({ bytes }: Pick<SnapshotFile, 'bytes'>): void {
    this.stateSize = bytes
    this.#due = this.#dueNow()
  }

  #dueNow(): Growth {
    const { entries, size } = this.#options.limits
    const times = Math.min(Math.max((this.stateSize * SHARE_OF_STATE) / size, 1), PATIENCE)
    return { entries: entries * times, size: size * times }
  }

  readonly #count = (entry: Entry): void => {
    this.#entries++
    const size = entrySize(entry)
    this.#size += size
    this.stateSize += size
    const { entries: entriesDue, size: sizeDue } = this.#due
    if (this.#entries >= entriesDue || this.#size >= sizeDue) this.#options.applied.hearers.add(this.#applied)
  }

  /** The entries are applied, and they are many. */
  readonly #applied = (): void => {
    if (this.#isDue()) this.take().catch(() => undefined)
  }

  /** A snapshot of everything applied by now, or the one that is being taken. Rejects when it can't be written. */
  take(): Promise<SnapshotFile> {
    const { store, position } = this.#options
    const { snapshot } = store
    if (snapshot !== undefined && snapshot.position.index === position().index)
      return Promise.resolve(snapshot)
    return (this.#taking ??= this.#take().finally(() => (this.#taking = undefined)))
  }

  end(): void {
    this.#isEnded = true
  }

  #isDue(): boolean {
    if (this.#taking !== undefined || this.#isEnded) return false
    const { limits, clock } = this.#options
    const isLong = this.#entries >= limits.entries * PATIENCE || this.#size >= limits.size * PATIENCE
    return isLong || clock.now() >= this.#restUntil
  }

  async #take(): Promise<SnapshotFile> {
    const { clock, logger, tell } = this.#options
    const started = clock.now()
    this.#entries = 0
    this.#size = 0
    this.#options.applied.hearers.delete(this.#applied)
    const position = this.#options.position()
    logger.debug(`taking a snapshot at entry ${position.index}`)
    try {
      const file = await this.#write(position)
      const took = clock.now() - started
      this.#restUntil = clock.now() + took
      tell({ type: 'snapshotTaken', index: position.index, bytes: file.bytes, took })
      await this.#compact(position.index)
      return file
    } catch (error) {
      logger.error(`no snapshot could be taken at entry ${position.index}: ${shownThrown(error)}`)
      throw error
    }
  }

  async #write(position: SnapshotPosition): Promise<SnapshotFile> {
    const { store, clock } = this.#options
    const capture = this.#options.capture()
    const before = this.stateSize
    const writer = store.beginSnapshot(position)
    try {
      let free = clock.now() + SLICE_MS.least
      for (let chunk = capture.next(); chunk !== undefined; chunk = capture.next()) {
        await writer.write(chunk)
        if (this.#isEnded) throw new Error('this member is stopping')
        const now = clock.now()
        if (now < free) continue
        await new Promise<void>((resolve) => clock.soon(resolve))
        const rested = clock.now() - now
        free = clock.now() + Math.min(Math.max(rested / 2, SLICE_MS.least), SLICE_MS.most)
      }
      const file = await writer.finish()
      this.stateSize = capture.objectsLength + Math.max(this.stateSize - before, 0)
      this.#due = this.#dueNow()
      return file
    } catch (error) {
      await writer.discard()
      throw error
    } finally {
      capture.release()
    }
  }

  async #compact(index: LogIndex): Promise<void> {
    const dropped = await this.#droppedUpTo(index)
    if (this.#isEnded) return
    this.#options.compacted(dropped)
    await this.#options.store.compact(index)
  }

  async #droppedUpTo(index: LogIndex): Promise<LogIndex> {
    const { limits, needed } = this.#options
    const usual = await this.#keeping(index, limits.keptEntries, limits.keptSize)
    if ((needed(logIndex(0)) ?? usual) >= usual) return usual
    const most = [limits.entries * PATIENCE_WITH_OTHERS, limits.size * PATIENCE_WITH_OTHERS] as const
    return logIndex(Math.min(usual, needed(await this.#keeping(index, ...most)) ?? usual))
  }

  /** The last entry to drop so that at most that much stays, up to `index`. */
  async #keeping(index: LogIndex, entriesMax: number, sizeMax: number): Promise<LogIndex> {
    const { clock, sizeAt } = this.#options
    const before = logIndex(Math.max(index - entriesMax, 0))
    let size = 0
    for (let at = index; at > before; at = logIndex(at - 1)) {
      size += sizeAt(at)
      if (size > sizeMax) return at
      if ((index - at) % SIZES_AT_ONCE === SIZES_AT_ONCE - 1)
        await new Promise<void>((resolve) => clock.soon(resolve))
    }
    return before
  }
}
