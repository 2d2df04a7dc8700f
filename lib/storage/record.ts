import {
  logIndex,
  serverId,
  term,
  type CommandEntry,
  type Entry,
  type HardState,
  type LogIndex,
  type Term,
} from '../raft/types.js'
import type { ByteReader, ByteWriter } from './bytes.js'
import { decodeConfiguration, decodeIdentity, encodeConfiguration, encodeIdentity } from './entry-payload.js'
import { MalformedRecordError } from './errors.js'

/**
 * A record: one step of what must outlive a crash. The body of a block is a row of them, without gaps. Numbers are
 * little-endian; text is its length in bytes (4), then UTF-8.
 *
 * Change, one call of `persist`:
 * | bytes | what |
 * |------:|------|
 * |     1 | 1 |
 * |     1 | flags: 1 a hard state follows, 2 truncateFrom follows, 4 entries follow, 8 a reset follows |
 * |       | hard state: currentTerm (8); 1 and votedFor (text), or 0 |
 * |    16 | reset: index, then term. The whole log is dropped; it goes on after this position, which a snapshot holds |
 * |     8 | truncateFrom: the log is dropped from this index on, before the entries are appended |
 * |       | entries: index of the first (8), how many (4), then each: kind (1), term (8), payload (text) |
 *
 * Kinds: 1 command, its data; 2 empty, ""; 3 identity, JSON; 4 configuration, JSON.
 *
 * Checkpoint, the first record of each segment, so that segments before it can be dropped once a snapshot covers them:
 * | bytes | what |
 * |------:|------|
 * |     1 | 2 |
 * |       | hard state as above |
 * |     8 | index of the last entry before this segment |
 */
export interface Change {
  readonly hardState?: HardState
  /** Not together with `truncateFrom`. */
  readonly reset?: Reset
  readonly truncateFrom?: LogIndex
  /** Dense: each index is one more than the one before. */
  readonly entries: readonly Entry[]
}

export interface Reset {
  readonly index: LogIndex
  readonly term: Term
}

export interface Checkpoint {
  readonly hardState: HardState
  readonly lastIndex: LogIndex
}

export type LogRecord =
  ({ readonly type: 'change' } & Change) | ({ readonly type: 'checkpoint' } & Checkpoint)

const changeType = 1
const checkpointType = 2
const hasHardState = 1
const hasTruncateFrom = 2
const hasEntries = 4
const hasReset = 8
const flagsMax = 15
const kinds = ['command', 'empty', 'identity', 'configuration'] as const satisfies readonly Entry['kind'][]
const kindNumbers = { command: 1, empty: 2, identity: 3, configuration: 4 } as const satisfies Record<
  Entry['kind'],
  number
>

/** `run`: its entries, as {@link writeEntries} has written them. */
export function writeChange(into: ByteWriter, change: Change, run: Uint8Array | undefined): void {
  const { hardState, reset, truncateFrom } = change
  into.u8(changeType)
  into.u8(
    (hardState ? hasHardState : 0) |
      (truncateFrom !== undefined ? hasTruncateFrom : 0) |
      (run ? hasEntries : 0) |
      (reset ? hasReset : 0),
  )
  if (hardState) writeHardState(into, hardState)
  if (reset) {
    into.u64(reset.index)
    into.u64(reset.term)
  }
  if (truncateFrom !== undefined) into.u64(truncateFrom)
  if (run) into.bytes(run)
}

/** Entries without a gap, the first of which is `first`. */
export function writeEntries(into: ByteWriter, first: Entry, entries: readonly Entry[]): void {
  into.u64(first.index)
  into.u32(entries.length)
  for (const entry of entries) {
    into.u8(kindNumbers[entry.kind])
    into.u64(entry.term)
    into.text(entry.kind === 'command' ? entry.data : payloadOf(entry))
  }
}

export function writeCheckpoint(into: ByteWriter, { hardState, lastIndex }: Checkpoint): void {
  into.u8(checkpointType)
  writeHardState(into, hardState)
  into.u64(lastIndex)
}

/** Throws a MalformedRecordError. Allocates by what it has read, never by a length or count that it was told. */
export function readRecord(from: ByteReader): LogRecord {
  const type = from.u8('type of record')
  if (type === changeType) return { type: 'change', ...readChange(from) }
  if (type === checkpointType) {
    return { type: 'checkpoint', hardState: readHardState(from), lastIndex: logIndex(from.u64('last index')) }
  }
  throw new MalformedRecordError(`there is no record of type ${type}`)
}

function readChange(from: ByteReader): Change {
  const flags = from.u8('flags')
  if (flags > flagsMax) throw new MalformedRecordError(`unknown flags ${flags}`)
  return {
    ...(flags & hasHardState ? { hardState: readHardState(from) } : {}),
    ...(flags & hasReset ? { reset: readReset(from) } : {}),
    ...(flags & hasTruncateFrom ? { truncateFrom: logIndex(from.u64('truncateFrom')) } : {}),
    entries: flags & hasEntries ? readEntries(from) : [],
  }
}

function writeHardState(into: ByteWriter, { currentTerm, votedFor }: HardState): void {
  into.u64(currentTerm)
  into.u8(votedFor === undefined ? 0 : 1)
  if (votedFor !== undefined) into.text(votedFor)
}

function readHardState(from: ByteReader): HardState {
  const currentTerm = term(from.u64('currentTerm'))
  const voted = from.u8('vote')
  if (voted > 1) throw new MalformedRecordError(`a vote is 0 or 1, not ${voted}`)
  if (voted === 0) return { currentTerm, votedFor: undefined }
  const votedFor = from.text('votedFor')
  if (votedFor === '') throw new MalformedRecordError('votedFor is empty')
  return { currentTerm, votedFor: serverId(votedFor) }
}

function readReset(from: ByteReader): Reset {
  const index = logIndex(from.u64('index of the reset'))
  return { index, term: term(from.u64('term of the reset')) }
}

function payloadOf(entry: Exclude<Entry, CommandEntry>): string {
  switch (entry.kind) {
    case 'empty':
      return ''
    case 'identity':
      return encodeIdentity(entry)
    case 'configuration':
      return encodeConfiguration(entry.configuration)
  }
}

/** Throws a MalformedRecordError, and allocates, as {@link readRecord}. */
export function readEntries(from: ByteReader): Entry[] {
  const first = from.u64('index of the first entry')
  const count = from.u32('number of entries')
  if (!Number.isSafeInteger(first + count)) throw new MalformedRecordError('an index is beyond 2^53 - 1')
  const entries: Entry[] = []
  for (let i = 0; i < count; i++) entries.push(readEntry(from, logIndex(first + i)))
  return entries
}

function readEntry(from: ByteReader, index: LogIndex): Entry {
  const kindNumber = from.u8('kind of entry')
  const entered = term(from.u64('term of entry'))
  const payload = from.text('payload of entry')
  const kind = kinds[kindNumber - 1]
  if (kind === undefined) throw new MalformedRecordError(`there is no entry of kind ${kindNumber}`)
  switch (kind) {
    case 'command':
      return { kind, index, term: entered, data: payload }
    case 'empty':
      return { kind, index, term: entered }
    case 'identity':
      return { kind, index, term: entered, ...decodeIdentity(payload) }
    case 'configuration':
      return { kind, index, term: entered, configuration: decodeConfiguration(payload) }
  }
}
