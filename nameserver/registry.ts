/**
 * The name server's object: names to URIs, replicated like any other object, so that its records survive a restart.
 *
 * Time is log time alone, and leases end by `expire` and by nothing else: the process that leads sends it when the next
 * one is over, but not while nobody could renew it (`lease-timer.ts`). Time goes on while the name server is away: then
 * its leases may be over before anyone could renew them, and nodes publish themselves again.
 */
import { parseJson, textsIn, type Json } from '../lib/json.js'
import type { ListOptions, NameRecord, NameServerApi, RegisterOptions } from '../lib/names.js'
import { commandContext } from '../lib/replica/objects/context.js'
import { command, PARAMETERS, query } from '../lib/replica/objects/marks.js'
import { sliced } from '../lib/replica/objects/sliced.js'
import { SnapshotMap } from '../lib/replica/objects/snapshot-map.js'
import { NameNotFoundError, OverloadedError, TooLargeError } from '../lib/rpc/errors.js'
import { readListOptions, readName, readRegisterOptions, readUri } from './arguments.js'
import { objection } from './fences.js'
import { LIMITS } from './limits.js'
import { searchFor, type Time } from './search.js'
import type { Search } from './searches.js'
import {
  fenceChunks,
  readRegistryChunk,
  recordChunks,
  type KeptBarrier,
  type Registered,
} from './registry-chunks.js'

/** The most leases that one `expire` ends: each is an event, and a command emits only so many. */
const EXPIRE_MAX = 500

/** What `expire` found: how many leases it ended, and when the next one is over, in milliseconds from now (0: already). */
export interface Expiry {
  readonly ended: number
  readonly nextMs: number | null
}

/**
 * Each change of a name is an event under it: `{name, uri, metadata}` when it is registered or changed, `{name, uri: null}`
 * when it is removed or its lease has ended. A lease that is renewed is none.
 */
export class Registry implements NameServerApi {
  static readonly frees = ['remove', 'expire']
  static readonly [PARAMETERS] = {
    register: ['name', 'uri', 'options'],
    remove: ['name'],
    lookup: ['name'],
    list: ['options'],
    ping: [],
  }

  /** May hold records whose lease has ended, as one `expire` forgets only so many: read it through `live` only. */
  private readonly records = new SnapshotMap<string, Registered>()
  /** By name and cluster id. Forgotten for want of room alone, when they are long gone. */
  private readonly fences = new SnapshotMap<string, KeptBarrier>()
  /** Log time of the last `expire`: what was over by then has ended. */
  private expiredAt = 0

  /** `clock` bounds how long a query may search; no command looks at it. */
  constructor(private readonly clock: Time) {}

  /**
   * Registers the name anew or again, which renews its lease.
   * @throws InvalidParamsError, TooLargeError
   * @throws StaleTermError by a fence that this cluster itself has set: a lower term, or its term with another URI.
   * @throws NameTakenError by a live record: `safe` and another URI; fenced by another cluster; fenced, and this is not.
   * @throws OverloadedError when the name server is full.
   */
  @command
  register(name: string, uri: string, options?: RegisterOptions): NameRecord {
    const key = readName(name)
    const target = readUri(uri)
    const { safe = false, metadata = [], ttlMs, fence = null } = readRegisterOptions(options)
    const barrier = fence === null ? undefined : this.fences.get(fenceKey(key, fence.clusterId))
    const refused = objection({ name: key, uri: target, safe, fence, holder: this.live(key), barrier })
    if (refused !== undefined) throw refused
    this.makeRoom(key, fence !== null && barrier === undefined)
    const { now } = commandContext()
    if (fence !== null)
      this.fences.set(fenceKey(key, fence.clusterId), { term: fence.term, uri: target, at: now })
    const endsAt = ttlMs === undefined ? null : now + ttlMs
    this.tellOfChange(key, target, metadata)
    this.records.set(key, { uri: target, metadata, endsAt, fence })
    return { name: key, uri: target, metadata }
  }

  /** Whether the name was there. Its fences stay: a deposed leader stays deposed. */
  @command
  remove(name: string): boolean {
    const key = readName(name)
    const there = this.live(key) !== undefined
    if (this.records.delete(key)) tellOfEnd(key)
    return there
  }

  /** Ends the leases that are over, and forgets their records. Not for callers. */
  @command
  expire(): Expiry {
    const { now } = commandContext()
    this.expiredAt = now
    let ended = 0
    let next = Infinity
    for (const [name, { endsAt }] of this.records) {
      if (endsAt === null) continue
      if (endsAt > now || ended === EXPIRE_MAX) {
        next = Math.min(next, Math.max(endsAt - now, 0))
        continue
      }
      this.records.delete(name)
      tellOfEnd(name)
      ended++
    }
    return { ended, nextMs: next === Infinity ? null : next }
  }

  /** @throws NameNotFoundError */
  @query
  lookup(name: string): string {
    const key = readName(name)
    const found = this.live(key)
    if (found === undefined) throw new NameNotFoundError(`nobody is registered as ${key}`)
    return found.uri
  }

  /**
   * Every condition given holds for each record returned; `regex` of the whole name, as {@link searchFor} takes it.
   * @throws TooLargeError when the records are too many for one answer.
   * @throws OverloadedError when the search takes too long; a prefix or a simpler expression helps.
   */
  @query
  list(options?: ListOptions): readonly NameRecord[] {
    const search = this.search(options, this.clock)
    for (;;) {
      const next = search.next()
      if (next.done === true) return next.value
    }
  }

  /** What `list` does, as of now, a name at a time: whoever asks for the next one decides when. `time` is what it takes. */
  search(options: unknown, time: Time): Search<readonly NameRecord[]> {
    const wanted = condition(readListOptions(options), time)
    const live = [...this.records].filter(([, record]) => this.lives(record))
    return searched(live, wanted)
  }

  @query
  ping(): 'pong' {
    return 'pong'
  }

  private live(name: string): Registered | undefined {
    const record = this.records.get(name)
    return record !== undefined && this.lives(record) ? record : undefined
  }

  private lives({ endsAt }: Registered): boolean {
    return endsAt === null || endsAt > this.expiredAt
  }

  private tellOfChange(name: string, uri: string, metadata: readonly string[]): void {
    const before = this.live(name)
    const isSame = before?.uri === uri && JSON.stringify(before.metadata) === JSON.stringify(metadata)
    if (!isSame) commandContext().emit(name, { name, uri, metadata })
  }

  /** Why there is no room for what is registered with these; undefined: there is. Throws where they are none. */
  shortage(name: unknown, options: unknown): OverloadedError | undefined {
    const key = readName(name)
    const { fence = null } = readRegisterOptions(options)
    return this.lacking(key, fence !== null && !this.fences.has(fenceKey(key, fence.clusterId)))
  }

  private lacking(name: string, newFence: boolean): OverloadedError | undefined {
    if (newFence && this.fences.size >= LIMITS.fences)
      return new OverloadedError(
        `the name server holds ${LIMITS.fences} fences and takes no more of them: those of clusters that have not had the name ` +
          `for a day make room`,
      )
    if (this.records.has(name) || this.records.size < LIMITS.records) return undefined
    return new OverloadedError(
      `the name server holds ${LIMITS.records} names and takes no more of them: \`rollcall remove\` what nobody needs`,
    )
  }

  private makeRoom(name: string, newFence: boolean): void {
    if (this.lacking(name, newFence) === undefined) return
    this.forgetFences()
    const lacking = this.lacking(name, newFence)
    if (lacking !== undefined) throw lacking
  }

  private forgetFences(): void {
    if (this.fences.size < LIMITS.fences) return
    const { now } = commandContext()
    for (const [key, { at }] of this.fences) {
      if (at <= now - LIMITS.fenceAbsenceMs && !this.isHeld(key)) this.fences.delete(key)
    }
  }

  /** Whether the cluster of that fence has the name now. */
  private isHeld(fence: string): boolean {
    const [name, clusterId] = textsIn(parseJson(fence))
    return name !== undefined && this.live(name)?.fence?.clusterId === clusterId
  }

  snapshot(): Iterable<Json> {
    return sliced([['now', this.expiredAt]], recordChunks(this.records), fenceChunks(this.fences))
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const each of chunks) {
      const chunk = readRegistryChunk(each)
      switch (chunk.kind) {
        case 'now':
          this.expiredAt = chunk.now
          break
        case 'record':
          this.records.set(chunk.name, chunk.record)
          break
        case 'fence':
          this.fences.set(chunk.key, { ...chunk.barrier, at: chunk.at ?? this.expiredAt })
          break
      }
    }
  }
}

/** Neither part bounds the other: both may hold any character. */
function fenceKey(name: string, clusterId: string): string {
  return JSON.stringify([name, clusterId])
}

function tellOfEnd(name: string): void {
  commandContext().emit(name, { name, uri: null })
}

function* searched(
  records: readonly (readonly [string, Registered])[],
  wanted: Condition,
): Search<readonly NameRecord[]> {
  const found: NameRecord[] = []
  let length = 0
  for (const [name, { uri, metadata }] of records) {
    yield
    if (!wanted(name, metadata)) continue
    found.push({ name, uri, metadata })
    length += name.length + uri.length + metadata.join().length
    if (length > LIMITS.listLength) throw new TooLargeError('the list is too long: ask by prefix or by tags')
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

type Condition = (name: string, metadata: readonly string[]) => boolean

function condition({ prefix = '', regex, all = [], any }: ListOptions, clock: Time): Condition {
  const isFound = regex === undefined ? undefined : searchFor(regex, clock)
  return (name, metadata) =>
    name.startsWith(prefix) &&
    all.every((tag) => metadata.includes(tag)) &&
    (any === undefined || any.some((tag) => metadata.includes(tag))) &&
    (isFound === undefined || isFound(name))
}
