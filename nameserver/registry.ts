/**
 * The name server's object: names to URIs, replicated like any other object, so that its records survive a restart.
 *
 * Time is log time alone, and leases end by `expire` and by nothing else: the process that leads sends it when the next
 * one is over, but not while nobody could renew it (`lease-timer.ts`). Time goes on while the name server is away: then
 * its leases may be over before anyone could renew them, and nodes publish themselves again.
 */
import { textsIn, type Json } from '../lib/json.js'
import type {
  AssignOptions,
  Fence,
  ListOptions,
  LookupOptions,
  NameRecord,
  NameServerApi,
  RegisterOptions,
} from '../lib/names.js'
import { commandContext } from '../lib/replica/objects/context.js'
import { command, PARAMETERS, query } from '../lib/replica/objects/marks.js'
import { sliced } from '../lib/replica/objects/sliced.js'
import { completed } from '../lib/replica/objects/stepwise.js'
import {
  NameNotFoundError,
  TooLargeError,
  type OverloadedError,
  type RollcallError,
} from '../lib/rpc/errors.js'
import {
  readAssignOptions,
  readKey,
  readLease,
  readListOptions,
  readLookupOptions,
  readName,
  readRegisterOptions,
  readTags,
  readUri,
} from './arguments.js'
import { Barriers } from './barriers.js'
import { objection } from './fences.js'
import { condition, searched } from './listing.js'
import type { Time } from './search.js'
import type { Search } from './searches.js'
import {
  asJson,
  holderOf,
  living,
  Records,
  shown,
  withPlace,
  withPlaces,
  type Place,
  type Registered,
} from './records.js'
import { CAPACITY_VERSION, capacityAt, LIMITS } from './limits.js'
import { highestOf } from './rendezvous.js'
import { Room, type Newcomer } from './room.js'
import { fenceChunks, readRegistryChunk, recordChunks } from './registry-chunks.js'
import { withoutStack } from '../lib/without-stack.js'

/** The most names that one `expire` changes: each is an event, and a command emits only so many. */
const EXPIRE_MAX = 500
/** From this version on names can be shared, and kept by leases. */
const SHARING_VERSION = 2

/**
 * What `expire` found: how many leases it ended, and when the next one is over, in milliseconds from now (0: already).
 */
export interface Expiry {
  readonly ended: number
  readonly nextMs: number | null
}

/** Why a name would not be registered. Undefined: nothing is in the way. */
export interface Refusal {
  readonly objection: RollcallError | undefined
  readonly shortage: OverloadedError | undefined
}

interface Judged extends Pick<Refusal, 'objection'> {
  readonly newcomer: Newcomer
}

type Wanted = Required<Pick<RegisterOptions, 'safe' | 'shared'>> & { readonly fence: Fence | null }

/**
 * Each change of a name is an event under it: `{name, uri, metadata}` when it is registered or changed, with `uris`
 * when it is shared, `{name, uri: null}` when it is removed or its lease has ended. A lease that is renewed is none.
 */
export class Registry implements NameServerApi {
  static readonly version = CAPACITY_VERSION
  static readonly frees = ['remove', 'unregister', 'expire']
  static readonly [PARAMETERS] = {
    register: ['name', 'uri', 'options'],
    remove: ['name'],
    unregister: ['name', 'uri'],
    setMetadata: ['name', 'metadata', 'uri'],
    lookup: ['name', 'options'],
    assign: ['key', 'options'],
    renew: ['lease'],
    list: ['options'],
    ping: [],
  }

  /** May hold records whose lease has ended, as one `expire` forgets only so many: read it through `live` only. */
  private readonly records = new Records()
  /** Which place of a shared name was given out last. */
  private readonly turns = new WeakMap<Registered, number>()
  private readonly fences = new Barriers()
  private readonly room = new Room(this.records, this.fences)
  /** Log time of the last `expire`: what was over by then has ended. */
  private expiredAt = 0

  /** `clock` bounds how long a query may search; no command looks at it. */
  constructor(private readonly clock: Time) {}

  /**
   * Registers the name anew or again, which renews its lease.
   * @throws InvalidParamsError, TooLargeError
   * @throws StaleTermError by a fence that this cluster itself has set: a lower term, or its term with another URI.
   * @throws NameTakenError by a live record: `safe` and another URI; fenced by another cluster; fenced, and this is
   * not.
   * @throws OverloadedError when the name server is full.
   */
  @command
  register(name: string, uri: string, options?: RegisterOptions): NameRecord {
    const key = readName(name)
    const target = readUri(uri)
    const { now, version } = commandContext()
    const {
      safe = false,
      shared = false,
      lease,
      metadata = [],
      ttlMs,
      fence = null,
    } = readRegisterOptions(options, version >= SHARING_VERSION)
    const before = this.live(key)
    const { objection, newcomer } = this.judged(key, target, { safe, shared, fence })
    if (objection !== undefined) throw objection
    this.room.make(newcomer, now, this.isHeld.bind(this), capacityAt(version))
    if (fence !== null) this.fences.set(key, fence.clusterId, { term: fence.term, uri: target, at: now })
    const endsAt = ttlMs === undefined || lease !== undefined ? null : now + ttlMs
    const kept = lease === undefined || ttlMs === undefined ? null : { id: lease, ttlMs }
    const place: Place = { uri: target, metadata, endsAt, lease: kept }
    const record = shared ? withPlace(before, place) : { isShared: false, fence, places: [place] }
    this.change(key, before, record)
    return shown(key, record)
  }

  /** Whether the name was there. Its fences stay: a deposed leader stays deposed. */
  @command
  remove(name: string): boolean {
    const key = readName(name)
    const there = this.live(key) !== undefined
    if (this.records.delete(key)) tellOfEnd(key)
    return there
  }

  /** For whoever ends: by then the name may be its successor's. */
  @command
  unregister(name: string, uri: string): boolean {
    const key = readName(name)
    const target = readUri(uri)
    const before = this.live(key)
    if (before?.places.some((place) => place.uri === target) !== true) return false
    this.change(
      key,
      before,
      withPlaces(before, (place) => place.uri !== target),
    )
    return true
  }

  /** Its lease and its fence go on as they are. @throws NameNotFoundError, TooLargeError */
  @command
  setMetadata(name: string, metadata: readonly string[], uri?: string): NameRecord {
    const key = readName(name)
    const tags = readTags('metadata', metadata)
    const target = uri === undefined ? undefined : readUri(uri)
    const before = this.live(key)
    const isMeant = (place: Place): boolean => target === undefined || place.uri === target
    if (before?.places.some(isMeant) !== true)
      throw withoutStack(
        () =>
          new NameNotFoundError(
            `nobody is registered as ${key}${target === undefined ? '' : ` at ${target}`}`,
          ),
      )
    const places = before.places.map((place) => (isMeant(place) ? { ...place, metadata: tags } : place))
    const record = { ...before, places }
    this.change(key, before, record)
    return shown(key, record)
  }

  /** Ends what is over, and those leases whose processes have not been heard of. Not for callers. */
  @command
  expire(silent?: readonly string[]): Expiry {
    const { now, version } = commandContext()
    this.expiredAt = now
    const leases = new Set(textsIn(silent))
    const goesOn = ({ endsAt, lease }: Place): boolean =>
      (endsAt === null || endsAt > now) && (lease === null || !leases.has(lease.id))
    let ended = 0
    const over = version < CAPACITY_VERSION ? this.all() : this.over(now, leases)
    for (const name of over) {
      if (ended === EXPIRE_MAX) break
      const record = this.records.get(name)
      if (record === undefined) continue
      const left = withPlaces(record, goesOn)
      if (left === record) continue
      this.change(name, record, left)
      ended++
    }
    const next = this.records.soonest
    return { ended, nextMs: next === undefined ? null : Math.max(next.at - now, 0) }
  }

  /** In the order in which they are kept: builds of earlier versions looked at all of them, and told of those that ended. */
  private all(): readonly string[] {
    return [...this.records].map(([name]) => name)
  }

  /** The names that end at that time, and those of which a place is kept by one of the leases. */
  private *over(now: number, leases: ReadonlySet<string>): Iterable<string> {
    for (let { soonest } = this.records; soonest !== undefined; soonest = this.records.soonest) {
      if (soonest.at > now) break
      yield soonest.name
    }
    for (const lease of leases) yield* [...(this.records.leases.get(lease)?.names ?? [])].sort()
  }

  /** @throws NameNotFoundError */
  lookup(name: string, options: { readonly record: true }): NameRecord
  lookup(name: string): string
  @query
  lookup(name: string, options?: LookupOptions): string | NameRecord {
    const key = readName(name)
    const { record = false } = readLookupOptions(options)
    const found = this.live(key)
    if (found === undefined) throw withoutStack(() => new NameNotFoundError(`nobody is registered as ${key}`))
    return record ? shown(key, found) : this.nextPlace(found)
  }

  /** @throws NameNotFoundError, TooLargeError, InvalidParamsError */
  @query
  assign(key: string, options: AssignOptions): NameRecord {
    const wanted = readKey(key)
    const { tag } = readAssignOptions(options)
    const names = this.records.withTag(tag)
    if (names.size > LIMITS.assigned) throw new TooLargeError(tooManyFor(tag, names.size))
    const found = highestOf(wanted, this.carrying(tag, names))
    if (found === undefined)
      throw withoutStack(() => new NameNotFoundError(`no name carries the tag ${JSON.stringify(tag)}`))
    return found
  }

  /** How many places are kept by that lease. That its process was heard of is for the leader to know. */
  @query
  renew(lease: string): number {
    return this.records.leases.get(readLease(lease))?.places ?? 0
  }

  /**
   * Every condition given holds for each record returned; `regex` of the whole name, as {@link searchFor} takes it.
   * @throws TooLargeError when the records are too many for one answer.
   * @throws OverloadedError when the search takes too long; a prefix or a simpler expression helps.
   */
  @query
  list(options?: ListOptions): readonly NameRecord[] {
    const found = completed(this.search(options, this.clock))
    return [...found].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /**
   * What `list` finds, as of now, a name at a time, in any order: whoever asks for the next one decides when. `time` is
   * what it takes.
   */
  search(options: unknown, time: Time): Search<readonly NameRecord[]> {
    const wanted = condition(readListOptions(options), time)
    return searched(this.records.capture(), this.expiredAt, wanted)
  }

  @query
  ping(): 'pong' {
    return 'pong'
  }

  /** Those by which names are kept, by their ids. */
  get leases(): Records['leases'] {
    return this.records.leases
  }

  /** Those of the names that carry it still: the time of a place may be over. */
  private *carrying(tag: string, names: ReadonlySet<string>): Generator<NameRecord> {
    for (const name of names) {
      const registered = this.live(name)
      const record = registered && shown(name, registered)
      if (record?.metadata.includes(tag) === true) yield record
    }
  }

  private live(name: string): Registered | undefined {
    const record = this.records.get(name)
    return record && living(record, this.expiredAt)
  }

  private isHeld(name: string, clusterId: string): boolean {
    return this.live(name)?.fence?.clusterId === clusterId
  }

  private nextPlace(record: Registered): string {
    const turn = (this.turns.get(record) ?? -1) + 1
    this.turns.set(record, turn)
    return record.places[turn % record.places.length]?.uri ?? ''
  }

  /** Tells of it, if callers can see a difference. */
  private change(name: string, before: Registered | undefined, after: Registered | undefined): void {
    if (after === undefined) {
      this.records.delete(name)
      tellOfEnd(name)
      return
    }
    const told = JSON.stringify(before && shown(name, before))
    const record = shown(name, after)
    if (JSON.stringify(record) !== told) commandContext().emit(name, asJson(record))
    this.records.set(name, after)
  }

  /**
   * Why what is registered with these would be refused as things stand: somebody else has the name, or there is no
   * room. Throws where they are none.
   */
  refusal(name: unknown, uri: unknown, options: unknown): Refusal {
    const { safe = false, shared = false, fence = null } = readRegisterOptions(options)
    const { objection, newcomer } = this.judged(readName(name), readUri(uri), { safe, shared, fence })
    return { objection, shortage: this.room.lacking(newcomer) }
  }

  private judged(name: string, uri: string, { safe, shared, fence }: Wanted): Judged {
    const before = this.live(name)
    const holder = before && holderOf(before)
    const barrier = fence === null ? undefined : this.fences.get(name, fence.clusterId)
    const isNewFence = fence !== null && barrier === undefined
    return {
      objection: objection({ name, uri, safe, isShared: shared, fence, holder, barrier }),
      newcomer: { name, shared: shared ? uri : undefined, isNewFence },
    }
  }

  snapshot(): Iterable<Json> {
    return sliced(
      [['now', this.expiredAt]],
      recordChunks(this.records.capture()),
      fenceChunks(this.fences.capture()),
    )
  }

  /** What an earlier version wrote this one writes too. */
  upgrade(chunks: AsyncIterable<Json>): Promise<void> {
    return this.restore(chunks)
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const each of chunks) {
      const chunk = readRegistryChunk(each)
      switch (chunk.kind) {
        case 'now':
          this.expiredAt = chunk.now
          break
        case 'record': {
          const { fence, ...place } = chunk.record
          this.records.set(chunk.name, { isShared: false, fence, places: [{ ...place, lease: null }] })
          break
        }
        case 'place': {
          const { name, place, isShared } = chunk
          const before = isShared ? this.records.get(name) : undefined
          this.records.set(name, { ...withPlace(before, place), isShared })
          break
        }
        case 'fence':
          this.fences.put(chunk.key, { ...chunk.barrier, at: chunk.at ?? this.expiredAt })
          break
      }
    }
  }
}

function tooManyFor(tag: string, size: number): string {
  return (
    `${size} names carry the tag ${JSON.stringify(tag)}; a key is assigned among ${LIMITS.assigned} at most: ` +
    'give those that are meant a tag of their own'
  )
}

function tellOfEnd(name: string): void {
  commandContext().emit(name, { name, uri: null })
}
