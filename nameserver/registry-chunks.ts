/**
 * The registry in a snapshot, in chunks of any order:
 *
 *     ["now", time of the last `expire`]   ["record", name, uri, [tag, …], endsAt, {clusterId, term} or null]
 *     ["fence", key, term, uri, at]        ["place", name, uri, [tag, …], endsAt, {id, ttlMs} or null, isShared]
 *
 * What is shared, or kept by a lease, is told by its places, each of a name as they come.
 */
import { type Json, jsonReaders } from '../lib/json.js'
import type { Fence } from '../lib/names.js'
import type { KeptBarrier } from './barriers.js'
import type { Barrier } from './fences.js'
import type { Lease, Place, Registered } from './records.js'

/** Of a name that one URI has alone, for itself. */
export interface PlainRecord extends Omit<Place, 'lease'> {
  readonly fence: Fence | null
}

export type RegistryChunk =
  | { readonly kind: 'now'; readonly now: number }
  | { readonly kind: 'record'; readonly name: string; readonly record: PlainRecord }
  | { readonly kind: 'place'; readonly name: string; readonly place: Place; readonly isShared: boolean }
  /** `at` is left out where a build wrote it that did not know it. */
  | { readonly kind: 'fence'; readonly key: string; readonly barrier: Barrier; readonly at?: number }

export function* recordChunks(records: Iterable<readonly [string, Registered]>): Generator<Json> {
  for (const [name, { isShared, fence, places }] of records) {
    for (const { uri, metadata, endsAt, lease } of places) {
      if (isShared || lease !== null)
        yield ['place', name, uri, metadata, endsAt, lease && { ...lease }, isShared]
      else yield ['record', name, uri, metadata, endsAt, fence && { ...fence }]
    }
  }
}

export function* fenceChunks(fences: Iterable<readonly [string, KeptBarrier]>): Generator<Json> {
  for (const [key, { term, uri, at }] of fences) yield ['fence', key, term, uri, at]
}

/** Throws for what the registry never writes. */
export function readRegistryChunk(chunk: Json): RegistryChunk {
  const [kind, ...rest] = list(chunk, 'a chunk')
  switch (kind) {
    case 'now':
      return { kind, now: number(rest[0], 'now') }
    case 'record':
      return { kind, name: text(rest[0], 'a name'), record: plain(rest) }
    case 'place':
      return {
        kind,
        name: text(rest[0], 'a name'),
        place: { ...placeIn(rest), lease: rest[4] === null ? null : readLease(rest[4]) },
        isShared: flag(rest[5], 'whether a name is shared'),
      }
    case 'fence':
      return {
        kind,
        key: text(rest[0], 'a fence'),
        barrier: { term: number(rest[1], 'a term'), uri: text(rest[2], 'a URI') },
        ...(rest[3] !== undefined && { at: number(rest[3], 'the time of a fence') }),
      }
    default:
      throw refused('a kind of chunk', 'now, record, place or fence')
  }
}

function plain(rest: readonly unknown[]): PlainRecord {
  const fence = rest[4]
  return { ...placeIn(rest), fence: fence === null ? null : readFence(fence) }
}

function placeIn([, uri, metadata, endsAt]: readonly unknown[]): Omit<Place, 'lease'> {
  return {
    uri: text(uri, 'a URI'),
    metadata: list(metadata, 'tags').map(tag),
    endsAt: endsAt === null ? null : number(endsAt, 'the end of a lease'),
  }
}

function readLease(value: unknown): Lease {
  const { id, ttlMs } = fields(value, 'a lease')
  return { id: text(id, 'the id of a lease'), ttlMs: number(ttlMs, 'the length of a lease') }
}

/** A tag may be empty. */
function tag(value: unknown): string {
  if (typeof value === 'string') return value
  throw refused('a tag', 'a text')
}

function readFence(value: unknown): Fence {
  const { clusterId, term } = fields(value, 'a fence')
  return { clusterId: text(clusterId, 'a cluster id'), term: number(term, 'a term') }
}

function refused(what: string, wanted: string): Error {
  return new Error(`the names of a snapshot can't be read: ${what} should be ${wanted}`)
}

const { fields, flag, list, number, text } = jsonReaders(refused)
