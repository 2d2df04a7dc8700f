/** The records of the names: for each name the places that it stands for, one or, where they share it, several. */
import type { Fence, NameRecord } from '../lib/names.js'
import type { Json } from '../lib/json.js'
import { SnapshotMap } from '../lib/replica/objects/snapshot-map.js'
import type { Holder } from './fences.js'

/**
 * What a process keeps its names by: it lasts for `ttlMs` after the process was last heard of, as far as the leader
 * knows.
 */
export interface Lease {
  readonly id: string
  readonly ttlMs: number
}

export interface Place {
  readonly uri: string
  readonly metadata: readonly string[]
  /** Log time at which the place's time is over, in milliseconds; null: never, or with its lease. */
  readonly endsAt: number | null
  readonly lease: Lease | null
}

/** Never changed in place. Has a place at least. */
export interface Registered {
  readonly isShared: boolean
  /** A shared name has none. */
  readonly fence: Fence | null
  readonly places: readonly Place[]
}

/** A lease by which places are kept. */
export interface KeptLease extends Omit<Lease, 'id'> {
  /** How many. */
  readonly places: number
}

export class Records implements Iterable<[string, Registered]> {
  readonly #records = new SnapshotMap<string, Registered>()
  readonly #leases = new Map<string, KeptLease>()
  #places = 0

  /** Of all names together. */
  get places(): number {
    return this.#places
  }

  get(name: string): Registered | undefined {
    return this.#records.get(name)
  }

  set(name: string, record: Registered): void {
    this.delete(name)
    for (const place of record.places) this.#count(place, 1)
    this.#records.set(name, record)
  }

  /** Whether it was there. */
  delete(name: string): boolean {
    for (const place of this.#records.get(name)?.places ?? []) this.#count(place, -1)
    return this.#records.delete(name)
  }

  /** By their ids. */
  get leases(): ReadonlyMap<string, KeptLease> {
    return this.#leases
  }

  [Symbol.iterator](): IterableIterator<[string, Registered]> {
    return this.#records.entries()
  }

  /** As they are now, whatever changes later. */
  capture(): Iterable<readonly [string, Registered]> {
    return this.#records.capture()
  }

  #count({ lease }: Place, by: 1 | -1): void {
    this.#places += by
    if (lease === null) return
    const places = (this.#leases.get(lease.id)?.places ?? 0) + by
    if (places === 0) this.#leases.delete(lease.id)
    else this.#leases.set(lease.id, { ttlMs: lease.ttlMs, places })
  }
}

/** The record with that place beside, or instead of, those that it has; `before`: as far as it lives. */
export function withPlace(before: Registered | undefined, place: Place): Registered {
  const places = before?.places ?? []
  const isThere = places.some(({ uri }) => uri === place.uri)
  const all = isThere ? places.map((each) => (each.uri === place.uri ? place : each)) : [...places, place]
  return { isShared: true, fence: null, places: all }
}

/** The record with those of its places alone that are wanted; undefined: with none. */
export function withPlaces(record: Registered, isWanted: (place: Place) => boolean): Registered | undefined {
  if (record.places.every(isWanted)) return record
  const places = record.places.filter(isWanted)
  return places.length === 0 ? undefined : { ...record, places }
}

/** The record with those of its places alone whose time was not over at `time`; undefined: with none. */
export function living(record: Registered, time: number): Registered | undefined {
  return withPlaces(record, ({ endsAt }) => endsAt === null || endsAt > time)
}

/** As callers see it. The tags of a shared name are those of all its places. */
export function shown(name: string, { isShared, places }: Registered): NameRecord {
  const [first] = places
  const metadata = places.length === 1 ? first?.metadata : tagsOf(places)
  const record = { name, uri: first?.uri ?? '', metadata: metadata ?? [] }
  return isShared ? { ...record, uris: places.map(({ uri }) => uri) } : record
}

function tagsOf(places: readonly Place[]): readonly string[] {
  return [...new Set(places.flatMap(({ metadata }) => metadata))].sort()
}

/** For the event that tells of it. */
export function asJson({ name, uri, metadata, uris }: NameRecord): Json {
  return { name, uri, metadata, ...(uris && { uris }) }
}

export function holderOf({ isShared, fence, places }: Registered): Holder {
  return { isShared, fence, uris: places.map(({ uri }) => uri) }
}
