/**
 * The table of sessions in a snapshot: first `{now, term, renewedAt, overUntil}`, then lists of rows, least recently used first:
 *
 *     [id, seen, floor, [seq, fingerprint, text, seq, fingerprint, text, …]]
 *
 * A session whose results are too many for one chunk goes on in the next under the same id.
 */
import type { Json } from '../../json.js'
import type { KeptResult, KeptResults } from './kept-results.js'

/** The last command's time and term, and log times of the table in milliseconds. */
export interface TableTimes {
  readonly now: number
  readonly term: number
  readonly renewedAt: number
  readonly overUntil: number
}

/** A session as it stood when the snapshot began. */
export interface CapturedSession {
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
  sessions: readonly CapturedSession[],
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
  if (Array.isArray(chunk)) return { rows: chunk.map(readRow) }
  const { now, term, renewedAt, overUntil } = Object(chunk) as { readonly [name: string]: unknown }
  const times = {
    now: numeric(now),
    term: numeric(term),
    renewedAt: numeric(renewedAt),
    overUntil: numeric(overUntil),
  }
  return { times }
}

function readRow(row: unknown): SessionRow {
  const [id, seen, floor, results] = listed(row)
  return {
    id: textual(id),
    seen: numeric(seen),
    floor: numeric(floor),
    results: readResults(listed(results)),
  }
}

function readResults(flat: readonly unknown[]): [number, KeptResult][] {
  const results: [number, KeptResult][] = []
  for (let at = 0; at < flat.length; at += 3) {
    const result = { fingerprint: numeric(flat[at + 1]), text: textual(flat[at + 2]) }
    results.push([numeric(flat[at]), result])
  }
  return results
}

function listed(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw unreadable('a list', value)
}

function numeric(value: unknown): number {
  if (typeof value === 'number') return value
  throw unreadable('a number', value)
}

function textual(value: unknown): string {
  if (typeof value === 'string') return value
  throw unreadable('a text', value)
}

function unreadable(wanted: string, found: unknown): Error {
  return new Error(`the sessions of a snapshot can't be read: ${wanted} was expected, not ${typeof found}`)
}
