/**
 * The name server's object: names to URIs, replicated like any other object, so that its records survive a restart.
 *
 * Time is log time alone, and leases end by `expire` and by nothing else: the process that leads sends it when the next
 * one is over, but not while nobody could renew it (`lease-hold.ts`). Time goes on while the name server is away: then
 * its leases may be over before anyone could renew them, and nodes publish themselves again.
 */
import { textsIn, type Json } from '../lib/json.js'
import type {
  AssignOptions,
  ListOptions,
  LookupOptions,
  NameRecord,
  NameServerApi,
  RegisterOptions,
} from '../lib/names.js'
import { commandContext } from '../lib/replica/objects/context.js'
import { command, PARAMETERS, query } from '../lib/replica/objects/marks.js'
import { completed } from '../lib/replica/objects/stepwise.js'
import { NameNotFoundError, TooLargeError } from '../lib/rpc/errors.js'
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
import { CAPACITY_VERSION, LIMITS } from './limits.js'
import { condition } from './listing.js'
import { LiveNames, type Refusal } from './live-names.js'
import {
  asJson,
  shown,
  withPlace,
  withPlaces,
  type KeptLease,
  type Place,
  type Registered,
} from './records.js'
import { highestOf } from './rendezvous.js'
import type { Time } from './search.js'
import type { Search } from './searches.js'
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

  private readonly names = new LiveNames()
  /** Which place of a shared name was given out last. */
  private readonly turns = new WeakMap<Registered, number>()

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
    const before = this.names.get(key)
    const wanted = { name: key, uri: target, safe, shared, fence }
    const objection = this.names.objection(wanted)
    if (objection !== undefined) throw objection
    this.names.makeRoom(wanted, now, version)
    if (fence !== null) this.names.raiseFence(key, fence, target, now)
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
    const there = this.names.get(key) !== undefined
    if (this.names.delete(key)) tellOfEnd(key)
    return there
  }

  /** For whoever ends: by then the name may be its successor's. */
  @command
  unregister(name: string, uri: string): boolean {
    const key = readName(name)
    const target = readUri(uri)
    const before = this.names.get(key)
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
    const before = this.names.get(key)
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
    this.names.expireAt(now)
    let ended = 0
    for (const { name, before, left } of this.names.ending(new Set(textsIn(silent)), version)) {
      this.change(name, before, left)
      ended++
      if (ended === EXPIRE_MAX) break
    }
    const { nextEnd } = this.names
    return { ended, nextMs: nextEnd === undefined ? null : Math.max(nextEnd - now, 0) }
  }

  /** @throws NameNotFoundError */
  lookup(name: string, options: { readonly record: true }): NameRecord
  lookup(name: string): string
  @query
  lookup(name: string, options?: LookupOptions): string | NameRecord {
    const key = readName(name)
    const { record = false } = readLookupOptions(options)
    const found = this.names.get(key)
    if (found === undefined) throw withoutStack(() => new NameNotFoundError(`nobody is registered as ${key}`))
    return record ? shown(key, found) : this.nextPlace(found)
  }

  /** @throws NameNotFoundError, TooLargeError, InvalidParamsError */
  @query
  assign(key: string, options: AssignOptions): NameRecord {
    const wanted = readKey(key)
    const { tag } = readAssignOptions(options)
    const names = this.names.withTag(tag)
    if (names.size > LIMITS.assigned) throw new TooLargeError(tooManyFor(tag, names.size))
    const found = highestOf(wanted, this.names.carrying(tag, names))
    if (found === undefined)
      throw withoutStack(() => new NameNotFoundError(`no name carries the tag ${JSON.stringify(tag)}`))
    return found
  }

  /** How many places are kept by that lease. That its process was heard of is for the leader to know. */
  @query
  renew(lease: string): number {
    return this.names.leases.get(readLease(lease))?.places ?? 0
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
    return this.names.search(condition(readListOptions(options), time))
  }

  @query
  ping(): 'pong' {
    return 'pong'
  }

  /** Those by which names are kept, by their ids. */
  get leases(): ReadonlyMap<string, KeptLease> {
    return this.names.leases
  }

  private nextPlace(record: Registered): string {
    const turn = (this.turns.get(record) ?? -1) + 1
    this.turns.set(record, turn)
    return record.places[turn % record.places.length]?.uri ?? ''
  }

  /** Tells of it, if callers can see a difference. */
  private change(name: string, before: Registered | undefined, after: Registered | undefined): void {
    if (after === undefined) {
      this.names.delete(name)
      tellOfEnd(name)
      return
    }
    const told = JSON.stringify(before && shown(name, before))
    const record = shown(name, after)
    if (JSON.stringify(record) !== told) commandContext().emit(name, asJson(record))
    this.names.set(name, after)
  }

  /**
   * Why what is registered with these would be refused as things stand: somebody else has the name, or there is no
   * room. Throws where they are none.
   */
  refusal(name: unknown, uri: unknown, options: unknown): Refusal {
    const { safe = false, shared = false, fence = null } = readRegisterOptions(options)
    return this.names.refusal({ name: readName(name), uri: readUri(uri), safe, shared, fence })
  }

  snapshot(): Iterable<Json> {
    return this.names.snapshot()
  }

  /** What an earlier version wrote this one writes too. */
  upgrade(chunks: AsyncIterable<Json>): Promise<void> {
    return this.restore(chunks)
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const chunk of chunks) this.names.restore(chunk)
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
