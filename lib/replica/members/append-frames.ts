/**
 * AppendEntries and its answer as what frames say, between members that have told each other in their hellos that they
 * understand it. Entries are the bytes that stand for them in a record of the log (lib/storage/record.ts), which each
 * member then writes as they are. Entries about the cluster itself, and all other messages, stay JSON.
 *
 * AppendEntries; who leads is who the hello has settled:
 * | bytes | what |
 * |------:|------|
 * |     1 | 1 |
 * |    40 | term, prevLogIndex, prevLogTerm, leaderCommit, round (8 each) |
 * |       | entries, if there are some: index of the first (8), how many (4), each as in a record |
 *
 * Its answer, in which what is left out is 0:
 * | bytes | what |
 * |------:|------|
 * |     1 | 2 |
 * |     1 | flags: 1 success, 2 there is a conflict, 4 there is a silence |
 * |    48 | term, round, matchIndex, the conflict's index and term, silence (8 each) |
 */
import type { AppendEntries, AppendEntriesResponse, Entry, Response, ServerId } from '../../raft/types.js'
import { logIndex, term, ticks } from '../../raft/types.js'
import { InternalError, InvalidParamsError } from '../../rpc/errors.js'
import type { EntryRuns } from '../../storage/entry-runs.js'
import { MalformedRecordError } from '../../storage/errors.js'

/** What a hello says of whoever understands these. */
export const FRAMES_VERSION = 1

const requestKind = 1
const requestHeadBytes = 41
const responseKind = 2
const responseBytes = 50
const isSuccess = 1
const hasConflict = 2
const hasSilence = 4
const flagsMax = 7
const highWord = 2 ** 32

/** Whether frames can bring the entries. */
export function areOfCommands(entries: readonly Entry[]): boolean {
  return entries.every(({ kind }) => kind === 'command' || kind === 'empty')
}

export function writeAppendEntries(message: AppendEntries, runs: EntryRuns): readonly Uint8Array[] {
  const head = new Uint8Array(requestHeadBytes)
  const into = new DataView(head.buffer)
  head[0] = requestKind
  setWhole(into, 1, message.term)
  setWhole(into, 9, message.prevLogIndex)
  setWhole(into, 17, message.prevLogTerm)
  setWhole(into, 25, message.leaderCommit)
  setWhole(into, 33, message.round)
  const run = message.entries.length === 0 ? undefined : runs.bytesOf(message.entries)
  return run === undefined ? [head] : [head, run]
}

/** @throws InvalidParamsError */
export function readAppendEntries(content: Uint8Array, leaderId: ServerId, runs: EntryRuns): AppendEntries {
  const from = new DataView(content.buffer, content.byteOffset, content.length)
  if (content[0] !== requestKind || content.length < requestHeadBytes) throw unreadable('appendEntries')
  const prevLogIndex = logIndex(wholeAt(from, 9))
  return {
    type: 'appendEntries',
    term: term(wholeAt(from, 1)),
    leaderId,
    prevLogIndex,
    prevLogTerm: term(wholeAt(from, 17)),
    entries: content.length === requestHeadBytes ? [] : readEntries(content, prevLogIndex, runs),
    leaderCommit: logIndex(wholeAt(from, 25)),
    round: wholeAt(from, 33),
  }
}

function readEntries(content: Uint8Array, prevLogIndex: number, runs: EntryRuns): readonly Entry[] {
  try {
    const entries = runs.read(content.subarray(requestHeadBytes))
    if (entries[0]?.index !== prevLogIndex + 1)
      throw new MalformedRecordError(`entries must follow entry ${prevLogIndex} without a gap`)
    if (!areOfCommands(entries)) throw new MalformedRecordError('entries about the cluster come as JSON')
    return entries
  } catch (error) {
    if (!(error instanceof MalformedRecordError)) throw error
    throw new InvalidParamsError(`appendEntries: ${error.message}`)
  }
}

export function writeAppendEntriesResponse(message: Response): readonly Uint8Array[] {
  if (message.type !== 'appendEntriesResponse')
    throw new InternalError(`appendEntries was answered with ${message.type}`)
  const { success, conflict, silence } = message
  const content = new Uint8Array(responseBytes)
  const into = new DataView(content.buffer)
  content[0] = responseKind
  content[1] =
    (success ? isSuccess : 0) | (conflict ? hasConflict : 0) | (silence === undefined ? 0 : hasSilence)
  setWhole(into, 2, message.term)
  setWhole(into, 10, message.round)
  setWhole(into, 18, message.matchIndex)
  setWhole(into, 26, conflict?.index ?? 0)
  setWhole(into, 34, conflict?.term ?? 0)
  setWhole(into, 42, silence ?? 0)
  return [content]
}

/** @throws InvalidParamsError */
export function readAppendEntriesResponse(content: Uint8Array): AppendEntriesResponse {
  const from = new DataView(content.buffer, content.byteOffset, content.length)
  const flags = content[1] ?? 0
  if (content[0] !== responseKind || content.length !== responseBytes || flags > flagsMax)
    throw unreadable('the response to appendEntries')
  const conflict = { index: logIndex(wholeAt(from, 26)), term: term(wholeAt(from, 34)) }
  const silence = ticks(wholeAt(from, 42))
  return {
    type: 'appendEntriesResponse',
    term: term(wholeAt(from, 2)),
    success: (flags & isSuccess) > 0,
    round: wholeAt(from, 10),
    matchIndex: logIndex(wholeAt(from, 18)),
    ...(flags & hasConflict ? { conflict } : {}),
    ...(flags & hasSilence ? { silence } : {}),
  }
}

function setWhole(into: DataView, at: number, value: number): void {
  into.setUint32(at, value % highWord, true)
  into.setUint32(at + 4, Math.floor(value / highWord), true)
}

/** @throws InvalidParamsError beyond 2^53 - 1 */
function wholeAt(from: DataView, at: number): number {
  const value = from.getUint32(at + 4, true) * highWord + from.getUint32(at, true)
  if (Number.isSafeInteger(value)) return value
  throw new InvalidParamsError('a number in a frame is beyond 2^53 - 1')
}

function unreadable(what: string): InvalidParamsError {
  return new InvalidParamsError(`${what} came as a frame that is none of its kind`)
}
