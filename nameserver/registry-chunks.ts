/**
 * The registry in a snapshot, in chunks of any order:
 *
 *     ["now", time of the last `expire`]   ["record", name, uri, [tag, …], endsAt, {clusterId, term} or null]
 *     ["fence", key, term, uri, at]
 */
import { type Json, jsonReaders } from '../lib/json.js'
import type { Fence } from '../lib/names.js'
import type { SnapshotMap } from '../lib/replica/objects/snapshot-map.js'
import type { Barrier, Holder } from './fences.js'

export interface Registered extends Holder {
  readonly metadata: readonly string[]
  /** Log time at which the lease is over, in milliseconds; null: never. */
  readonly endsAt: number | null
}

export interface KeptBarrier extends Barrier {
  /** Log time at which it was last registered, in milliseconds. */
  readonly at: number
}

export type RegistryChunk =
  | { readonly kind: 'now'; readonly now: number }
  | { readonly kind: 'record'; readonly name: string; readonly record: Registered }
  /** `at` is left out where a build wrote it that did not know it. */
  | { readonly kind: 'fence'; readonly key: string; readonly barrier: Barrier; readonly at?: number }

export function* recordChunks(records: SnapshotMap<string, Registered>): Generator<Json> {
  for (const [name, { uri, metadata, endsAt, fence }] of records.capture()) {
    yield ['record', name, uri, metadata, endsAt, fence && { ...fence }]
  }
}

export function* fenceChunks(fences: SnapshotMap<string, KeptBarrier>): Generator<Json> {
  for (const [key, { term, uri, at }] of fences.capture()) yield ['fence', key, term, uri, at]
}

/** Throws for what the registry never writes. */
export function readRegistryChunk(chunk: Json): RegistryChunk {
  const [kind, ...rest] = list(chunk, 'a chunk')
  switch (kind) {
    case 'now':
      return { kind, now: number(rest[0], 'now') }
    case 'record':
      return { kind, name: text(rest[0], 'a name'), record: registered(rest) }
    case 'fence':
      return {
        kind,
        key: text(rest[0], 'a fence'),
        barrier: { term: number(rest[1], 'a term'), uri: text(rest[2], 'a URI') },
        ...(rest[3] !== undefined && { at: number(rest[3], 'the time of a fence') }),
      }
    default:
      throw refused('a kind of chunk', 'now, record or fence')
  }
}

function registered([, uri, metadata, endsAt, fence]: readonly unknown[]): Registered {
  return {
    uri: text(uri, 'a URI'),
    metadata: list(metadata, 'tags').map(tag),
    endsAt: endsAt === null ? null : number(endsAt, 'the end of a lease'),
    fence: fence === null ? null : readFence(fence),
  }
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

const { fields, list, number, text } = jsonReaders(refused)
