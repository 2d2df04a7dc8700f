/**
 * The names that are registered, and what clusters have registered before: the state behind the name server's object.
 *
 * It is the only way to the records, as there may be some whose time is over: one `expire` ends only so many.
 */
import type { Json } from '../lib/json.js'
import type { Fence, NameRecord, RegisterOptions } from '../lib/names.js'
import { sliced } from '../lib/replica/objects/sliced.js'
import type { OverloadedError, RollcallError } from '../lib/rpc/errors.js'
import { Barriers } from './barriers.js'
import { objection } from './fences.js'
import { CAPACITY_VERSION, capacityAt } from './limits.js'
import { searched, type Condition } from './listing.js'
import {
  holderOf,
  living,
  Records,
  shown,
  withPlace,
  withPlaces,
  type Place,
  type Registered,
} from './records.js'
import { fenceChunks, readRegistryChunk, recordChunks } from './registry-chunks.js'
import { Room, type Newcomer } from './room.js'
import type { Search } from './searches.js'

/** What is to be registered. */
export interface Wanted extends Required<Pick<RegisterOptions, 'safe' | 'shared'>> {
  readonly name: string
  readonly uri: string
  readonly fence: Fence | null
}

/** Why a name would not be registered. Undefined: nothing is in the way. */
export interface Refusal {
  /** Somebody else has the name. */
  readonly objection: RollcallError | undefined
  readonly shortage: OverloadedError | undefined
}

/** A name some of whose places end: as it was, and what is left of it. Undefined: nothing is. */
export interface Ending {
  readonly name: string
  readonly before: Registered
  readonly left: Registered | undefined
}

export class LiveNames {
  readonly #records = new Records()
  readonly #fences = new Barriers()
  readonly #room = new Room(this.#records, this.#fences)
  /** Log time of the last `expire`: what was over by then has ended. */
  #expiredAt = 0

  get(name: string): Registered | undefined {
    const record = this.#records.get(name)
    return record && living(record, this.#expiredAt)
  }

  set(name: string, record: Registered): void {
    this.#records.set(name, record)
  }

  /** Whether there was a record, live or not. */
  delete(name: string): boolean {
    return this.#records.delete(name)
  }

  /** Those by which names are kept, by their ids. */
  get leases(): Records['leases'] {
    return this.#records.leases
  }

  /** All that have, or had, a place with that tag. */
  withTag(tag: string): ReadonlySet<string> {
    return this.#records.withTag(tag)
  }

  /** Those of the names that carry the tag still. */
  *carrying(tag: string, names: ReadonlySet<string>): Generator<NameRecord> {
    for (const name of names) {
      const registered = this.get(name)
      const record = registered && shown(name, registered)
      if (record?.metadata.includes(tag) === true) yield record
    }
  }

  /** The records that fulfil the condition, as of now, a name at a time. */
  search(wanted: Condition): Search<readonly NameRecord[]> {
    return searched(this.#records.capture(), this.#expiredAt, wanted)
  }

  /** Why somebody else's registration is in the way. */
  objection({ name, uri, safe, shared: isShared, fence }: Wanted): RollcallError | undefined {
    const registered = this.get(name)
    const holder = registered && holderOf(registered)
    const barrier = fence === null ? undefined : this.#fences.get(name, fence.clusterId)
    return objection({ name, uri, safe, isShared, fence, holder, barrier })
  }

  refusal(wanted: Wanted): Refusal {
    return { objection: this.objection(wanted), shortage: this.#room.lacking(this.#newcomer(wanted)) }
  }

  /** By the limits of that version of the registry. @throws OverloadedError */
  makeRoom(wanted: Wanted, now: number, version: number): void {
    this.#room.make(this.#newcomer(wanted), now, this.#isHeld, capacityAt(version))
  }

  /** From now on no leader of that cluster registers the name with a lower term. */
  raiseFence(name: string, { clusterId, term }: Fence, uri: string, now: number): void {
    this.#fences.set(name, clusterId, { term, uri, at: now })
  }

  /** What is over by then has ended from now on; `ending` says what that is. */
  expireAt(time: number): void {
    this.#expiredAt = time
  }

  /**
   * What ends at the time of `expireAt`, and with these leases. Each is to be changed before the next is asked for:
   * whether there is one depends on it.
   */
  *ending(leases: ReadonlySet<string>, version: number): Generator<Ending> {
    const now = this.#expiredAt
    const goesOn = ({ endsAt, lease }: Place): boolean =>
      (endsAt === null || endsAt > now) && (lease === null || !leases.has(lease.id))
    const over = version < CAPACITY_VERSION ? this.#all() : this.#over(now, leases)
    for (const name of over) {
      const before = this.#records.get(name)
      if (before === undefined) continue
      const left = withPlaces(before, goesOn)
      if (left !== before) yield { name, before, left }
    }
  }

  /** When the next time of a place is over, in log time. Undefined: none ever is. */
  get nextEnd(): number | undefined {
    return this.#records.soonest?.at
  }

  /**
   * In the order in which they are kept: builds of earlier versions looked at all of them, and told of those that
   * ended.
   */
  #all(): readonly string[] {
    return [...this.#records].map(([name]) => name)
  }

  /** The names that end at that time, and those of which a place is kept by one of the leases. */
  *#over(now: number, leases: ReadonlySet<string>): Iterable<string> {
    for (let { soonest } = this.#records; soonest !== undefined; soonest = this.#records.soonest) {
      if (soonest.at > now) break
      yield soonest.name
    }
    for (const lease of leases) yield* [...(this.#records.leases.get(lease)?.names ?? [])].sort()
  }

  #newcomer({ name, uri, shared, fence }: Wanted): Newcomer {
    const isNewFence = fence !== null && this.#fences.get(name, fence.clusterId) === undefined
    return { name, shared: shared ? uri : undefined, isNewFence }
  }

  readonly #isHeld = (name: string, clusterId: string): boolean =>
    this.get(name)?.fence?.clusterId === clusterId

  snapshot(): Iterable<Json> {
    return sliced(
      [['now', this.#expiredAt]],
      recordChunks(this.#records.capture()),
      fenceChunks(this.#fences.capture()),
    )
  }

  /** One chunk of a snapshot, in its order. */
  restore(json: Json): void {
    const chunk = readRegistryChunk(json)
    switch (chunk.kind) {
      case 'now':
        this.#expiredAt = chunk.now
        break
      case 'record': {
        const { fence, ...place } = chunk.record
        this.#records.set(chunk.name, { isShared: false, fence, places: [{ ...place, lease: null }] })
        break
      }
      case 'place': {
        const { name, place, isShared } = chunk
        const before = isShared ? this.#records.get(name) : undefined
        this.#records.set(name, { ...withPlace(before, place), isShared })
        break
      }
      case 'fence':
        this.#fences.put(chunk.key, { ...chunk.barrier, at: chunk.at ?? this.#expiredAt })
        break
    }
  }
}
