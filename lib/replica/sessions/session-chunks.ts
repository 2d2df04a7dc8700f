/**
 * The table of sessions in a snapshot: first `{now, term, renewedAt, overUntil}`, then lists of rows, least recently
 * used first:
 *
 *     [id, seen, floor, [seq, fingerprint, text, seq, fingerprint, text, …]]
 *
 * A session whose results are too many for one chunk goes on in the next under the same id.
 */
import { isList, membersOf, type Json, jsonReaders } from '../../json.js'
import type { KeptResult, KeptResults } from './kept-results.js'

/** The last command's time and term, and log times of the table in milliseconds. */
export interface TableTimes {
  readonly now: number
  readonly term: number
  readonly renewedAt: number
  readonly overUntil: number
}

/** A session as it stood when the snapshot began. */
interface CapturedSession {
  readonly id: string
  readonly seen: number
  readonly kept: KeptResults
}

export interface SessionRow {
  readonly id: string
  readonly seen: number
  readonly floor: number
  readonly results: readonly (readonly [seq: number, result: KeptResult])[]
}

/** A chunk is full beyond this, in characters; a single result may be longer. */
const CHUNK_SIZE = 64 * 1024
/** What a row or a result takes beside its texts, about. */
const OVERHEAD = 48

export function* tableChunks(
  times: TableTimes,
  sessions: Iterable<CapturedSession>,
): Generator<Json, void, undefined> {
  yield { ...times }
  let rows: Json[] = []
  let size = 0
  for (const { id, seen, kept } of sessions) {
    let results: Json[] = []
    for (const [seq, { fingerprint, text }] of kept) {
      if (size > CHUNK_SIZE) {
        yield [...rows, [id, seen, kept.floor, results]]
        rows = []
        results = []
        size = 0
      }
      results.push(seq, fingerprint, text)
      size += text.length + OVERHEAD
    }
    rows.push([id, seen, kept.floor, results])
    size += id.length + OVERHEAD
    if (size <= CHUNK_SIZE) continue
    yield rows
    rows = []
    size = 0
  }
  if (rows.length > 0) yield rows
}

/** Reads one chunk. Throws for what {@link tableChunks} never makes. */
export function readTableChunk(
  chunk: Json,
): { readonly times: TableTimes } | { readonly rows: readonly SessionRow[] } {
  if (isList(chunk)) return { rows: chunk.map(readRow) }
  const { now, term, renewedAt, overUntil } = membersOf(chunk)
  const times = {
    now: number(now, 'now'),
    term: number(term, 'term'),
    renewedAt: number(renewedAt, 'renewedAt'),
    overUntil: number(overUntil, 'overUntil'),
  }
  return { times }
}

function readRow(row: unknown): SessionRow {
  const [id, seen, floor, results] = list(row, 'a session')
  return {
    id: text(id, 'an id'),
    seen: number(seen, 'seen'),
    floor: number(floor, 'floor'),
    results: readResults(list(results, 'results')),
  }
}

function readResults(flat: readonly unknown[]): [number, KeptResult][] {
  const results: [number, KeptResult][] = []
  for (let at = 0; at < flat.length; at += 3) {
    const result = {
      fingerprint: number(flat[at + 1], 'a fingerprint'),
      text: text(flat[at + 2], 'a result'),
    }
    results.push([number(flat[at], 'a number of a command'), result])
  }
  return results
}

const { list, number, text } = jsonReaders(
  (what, wanted) => new Error(`the sessions of a snapshot can't be read: ${what} should be ${wanted}`),
)
