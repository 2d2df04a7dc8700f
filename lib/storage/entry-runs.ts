/**
 * Entries that follow one another as the bytes that stand for them in a record of the log, and between members. The
 * bytes of a run are made once: those that were made or read last are kept, as the disk and each other member soon have
 * a use for the same ones.
 */
import type { Entry } from '../raft/types.js'
import { ByteReader, ByteWriter } from './bytes.js'
import { MalformedRecordError } from './errors.js'
import { readEntries, writeEntries } from './record.js'

interface Run {
  readonly first: Entry
  readonly last: Entry
  readonly bytes: Uint8Array
}

const KEPT_RUNS_MAX = 8
/** A longer run is not kept. Bytes. */
const KEPT_BYTES_MAX = 256 * 1024
const FIRST_BYTES = 64 * 1024

export class EntryRuns {
  #kept: Run[] = []
  #memory = new ByteWriter(FIRST_BYTES)

  /** Undefined: there are none. They follow one another without a gap. What is returned stays as it is. */
  bytesOf(entries: readonly Entry[]): Uint8Array | undefined {
    const [first, last] = [entries[0], entries.at(-1)]
    if (first === undefined || last === undefined) return undefined
    // Between two entries of a log there are no others than there were.
    const known = this.#kept.find((run) => run.first === first && run.last === last)
    if (known !== undefined) return known.bytes
    const memory = this.#memory
    memory.length = 0
    writeEntries(memory, first, entries)
    const bytes = memory.written.slice()
    if (bytes.length > KEPT_BYTES_MAX) this.#memory = new ByteWriter(FIRST_BYTES)
    return this.#keep({ first, last, bytes })
  }

  /** The entries whose bytes these are; they must not change any more. Throws a MalformedRecordError. */
  read(bytes: Uint8Array): readonly Entry[] {
    const from = new ByteReader(bytes, 0, bytes.length)
    const entries = readEntries(from)
    if (!from.atEnd) throw new MalformedRecordError('there are bytes behind the last entry')
    const [first, last] = [entries[0], entries.at(-1)]
    if (first !== undefined && last !== undefined) this.#keep({ first, last, bytes })
    return entries
  }

  #keep(run: Run): Uint8Array {
    if (run.bytes.length > KEPT_BYTES_MAX) return run.bytes
    this.#kept.unshift(run)
    if (this.#kept.length > KEPT_RUNS_MAX) this.#kept.pop()
    return run.bytes
  }
}
