/** The records of the names: for each name the places that it stands for, one or, where they share it, several. */
import type { Fence, NameRecord } from '../lib/names.js'
import type { Json } from '../lib/json.js'
import { SnapshotMap } from '../lib/replica/objects/snapshot-map.js'
import type { Holder } from './fences.js'
import { SoonestFirst, type Timed } from './soonest-first.js'

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
  /** Those that have one of them. */
  readonly names: ReadonlySet<string>
}

interface CountedLease extends KeptLease {
  places: number
  readonly names: Set<string>
}

export class Records implements Iterable<[string, Registered]> {
  readonly #records = new SnapshotMap<string, Registered>()
  readonly #leases = new Map<string, CountedLease>()
  readonly #ends = new SoonestFirst()
  /** The names that have a place with that tag. */
  readonly #tagged = new Map<string, Set<string>>()
  #places = 0

  /** Of all names together. */
  get places(): number {
    return this.#places
  }

  get(name: string): Registered | undefined {
    return this.#records.get(name)
  }

  set(name: string, record: Registered): void {
    this.#forget(name)
    for (const place of record.places) this.#count(name, place)
    const endsAt = endOf(record)
    if (endsAt < Infinity) this.#ends.set(name, endsAt)
    else this.#ends.delete(name)
    this.#records.set(name, record)
  }

  /** Whether it was there. */
  delete(name: string): boolean {
    this.#forget(name)
    this.#ends.delete(name)
    return this.#records.delete(name)
  }

  /** The name of which a place's time is over first, and when. Undefined: of none it ever is. */
  get soonest(): Timed | undefined {
    return this.#ends.first
  }

  /** By their ids. */
  get leases(): ReadonlyMap<string, KeptLease> {
    return this.#leases
  }

  /** The names of which a place carries the tag. */
  withTag(tag: string): ReadonlySet<string> {
    return this.#tagged.get(tag) ?? NONE
  }

  [Symbol.iterator](): IterableIterator<[string, Registered]> {
    return this.#records.entries()
  }

  /** As they are now, whatever changes later. */
  capture(): Iterable<readonly [string, Registered]> {
    return this.#records.capture()
  }

  #count(name: string, { lease, metadata }: Place): void {
    this.#places += 1
    for (const tag of metadata) this.#tagged.set(tag, (this.#tagged.get(tag) ?? new Set()).add(name))
    if (lease === null) return
    const { id, ttlMs } = lease
    const { places = 0, names = new Set<string>() } = this.#leases.get(id) ?? {}
    this.#leases.set(id, { ttlMs, places: places + 1, names: names.add(name) })
  }

  /** What the name has is not counted any more. */
  #forget(name: string): void {
    for (const { lease, metadata } of this.#records.get(name)?.places ?? []) {
      this.#places -= 1
      for (const tag of metadata) this.#untag(name, tag)
      const kept = lease === null ? undefined : this.#leases.get(lease.id)
      if (lease === null || kept === undefined) continue
      kept.places -= 1
      kept.names.delete(name)
      if (kept.places === 0) this.#leases.delete(lease.id)
    }
  }

  #untag(name: string, tag: string): void {
    const names = this.#tagged.get(tag)
    names?.delete(name)
    if (names?.size === 0) this.#tagged.delete(tag)
  }
}

const NONE: ReadonlySet<string> = new Set()

/** When a place of it ends for the first time, in log time. Infinity: none ever does. */
function endOf({ places }: Registered): number {
  return Math.min(...places.map(({ endsAt }) => endsAt ?? Infinity))
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
