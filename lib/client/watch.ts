/** Following the events of a replicated object: long polls from a cursor, at whichever member answers. */
import { isList, isObject, isWhole, membersOf, type Json } from '../json.js'
import { ms, type Clock } from '../ports.js'
import { InternalError, RollcallError } from '../rpc/errors.js'
import { FUNCTION, type Rule, type Rules } from '../rpc/options.js'
import { CALL_RULES } from '../rpc/proxies/call-options.js'
import { whenAborted, type Signal } from '../rpc/signal.js'
import { Feed } from './feed.js'

/** One event, as a command emitted it. */
export interface WatchEvent {
  /** The index in the Raft log of the command that emitted it. All events of one command share it. */
  readonly index: number
  readonly topic: string
  readonly data: Json
}

/** Which events to watch, and where to start. */
export interface WatchOptions {
  /**
   * Only events with exactly this topic, or with one of these 1 to 10,000, of at most 1,024 characters each. Default:
   * all.
   */
  readonly topic?: string | readonly string[] | undefined
  /** Only events whose topics begin with this, at most 1,024 characters. Default: all events of the object. */
  readonly prefix?: string | undefined
  /** A cursor: only events after this entry of the log. Default null: from now on. */
  readonly from?: number | null | undefined
  /**
   * The history that `from` belongs to: what `watch.history` said along with the cursor. Default null: histories are
   * not compared, and if the cluster was restored or set up anew since, the cursor silently means something else.
   */
  readonly history?: string | null | undefined
  /** When aborted, the watch ends as if by `return`. Default: none. */
  readonly signal?: Signal | undefined
  /** Called with a sentence that says why no events can be fetched at the moment. Default: none. */
  readonly onWaiting?: ((why: string) => void) | undefined
}

/**
 * The events of one object in the order of the log, none missed and none repeated, whatever happens to the members in
 * the meantime. `next` rejects with COMPACTED if events were dropped before they could be fetched, with HISTORY_CHANGED
 * if the cluster is no longer the one in which the watch began (its `data` names both, `{before, now}`), and with the
 * call's own error if the watch can't begin. The watch ends by `return`, by its signal, by leaving a `for await` loop
 * or a block with `await using`, or when the client is closed.
 */
export interface Watch extends AsyncIterableIterator<WatchEvent, undefined>, AsyncDisposable {
  /**
   * Every event up to this entry has been handed out. Pass it as `from` to continue from here, in another process or on
   * another day. Null until the watch has begun. It does not move between two events of the same command.
   */
  readonly cursor: number | null
  /**
   * The history that the cursor belongs to: the id of the cluster, which a restore changes. Keep it along with the
   * cursor. Null until the watch has begun, or when the members are of a build that does not tell it.
   */
  readonly history: string | null
  /**
   * Begins the watch, unless `next` already has: it will contain the events of all commands sent after this resolves.
   * Resolves to the cursor; for a watch that is over, to where it was to begin, or 0.
   */
  begin(): Promise<number>
  /** Ends the watch. */
  return(): Promise<IteratorResult<WatchEvent, undefined>>
}

const TOPIC: Rule = { holds: (value) => typeof value === 'string', wanted: 'a text' }

export const WATCH_RULES: Rules<WatchOptions> = {
  topic: {
    holds: (value) => TOPIC.holds(value) || (isList(value) && value.length > 0 && value.every(TOPIC.holds)),
    wanted: 'a text or a list of texts',
  },
  prefix: TOPIC,
  from: {
    holds: (value) => value === null || isWhole(value),
    wanted: 'a cursor, a whole number from 0 up, or null for from now on',
  },
  history: { holds: (value) => value === null || typeof value === 'string', wanted: 'a text or null' },
  signal: CALL_RULES.signal,
  onWaiting: FUNCTION,
}

/** One call of `watch.next`. */
export type Poll = (
  from: number | null,
  options: { readonly [name: string]: Json },
  call: { readonly timeoutMs: number; readonly onWaiting?: (why: string) => void },
) => Promise<Json>

export interface WatchPorts {
  readonly poll: Poll
  readonly clock: Clock
  /** How long the first answer may take, in milliseconds. */
  readonly timeoutMs: number
  /** Called once, at the end. */
  readonly ended: () => void
}

/**
 * How long one call waits at the member, and how long it may take to find another member if need be, in milliseconds.
 */
const WAIT_MS = 10_000
const FIND_MS = 10_000

/** Between two calls that failed, in milliseconds. */
const PAUSE_MS = 100

export class EventWatch extends Feed<WatchEvent> implements Watch {
  readonly #ports: WatchPorts
  readonly #options: WatchOptions
  /** Fetched and not yet handed out. */
  readonly #events: WatchEvent[] = []
  #cursor: number | null
  /** The cursor behind all that has been fetched. */
  #fetched: number | null
  #history: string | null
  #begun: Promise<number> | undefined
  #unhear: (() => void) | undefined

  constructor(ports: WatchPorts, options: WatchOptions) {
    super(ports.ended)
    this.#ports = ports
    this.#options = options
    this.#cursor = options.from ?? null
    this.#fetched = this.#cursor
    this.#history = options.history ?? null
  }

  get cursor(): number | null {
    return this.#cursor
  }

  get history(): string | null {
    return this.#history
  }

  begin(): Promise<number> {
    return (this.#begun ??= this.#begin())
  }

  override return(): Promise<IteratorReturnResult<undefined>> {
    this.#unhear?.()
    return super.return()
  }

  protected async pull(): Promise<WatchEvent> {
    await this.begin()
    for (;;) {
      const event = this.#events.shift()
      if (event !== undefined) return this.#handedOut(event)
      if (this.isOver) return Promise.reject(new InternalError('this watch is over'))
      await this.#fetch()
    }
  }

  #handedOut(event: WatchEvent): WatchEvent {
    const [following] = this.#events
    if (following === undefined) this.#cursor = this.#fetched
    else if (following.index !== event.index) this.#cursor = event.index
    return event
  }

  async #begin(): Promise<number> {
    const { signal } = this.#options
    if (signal?.aborted === true) void this.return()
    if (this.isOver) return this.#cursor ?? 0
    this.#unhear = signal && whenAborted(signal, () => void this.return())
    const { timeoutMs } = this.#ports
    this.#take(await this.#poll(0, timeoutMs))
    return this.#cursor ?? 0
  }

  /** Comes back with events or with none. Rejects with an error that will not pass. */
  async #fetch(): Promise<void> {
    try {
      this.#take(await this.#poll(WAIT_MS, WAIT_MS + FIND_MS))
    } catch (error) {
      if (!(error instanceof RollcallError) || error.retry === 'never') throw error
      if (this.isOver) return
      this.#options.onWaiting?.(error.message)
      await this.pause(this.#ports.clock, ms(PAUSE_MS))
    }
  }

  #poll(waitMs: number, timeoutMs: number): Promise<Json> {
    const { topic, prefix, onWaiting } = this.#options
    const history = this.#history
    const filter = {
      ...(topic !== undefined && { topic }),
      ...(prefix !== undefined && { prefix }),
      ...(history !== null && { history }),
    }
    return this.#ports.poll(
      this.#fetched,
      { ...filter, waitMs },
      { timeoutMs, ...(onWaiting === undefined ? {} : { onWaiting }) },
    )
  }

  #take(answer: Json): void {
    const { events, next, history } = batchOf(answer)
    this.#history ??= history
    this.#events.push(...events)
    this.#fetched = next
    if (this.#events.length === 0) this.#cursor = next
    else this.#cursor ??= (this.#events[0]?.index ?? next) - 1
  }
}

export interface Batch {
  readonly events: readonly WatchEvent[]
  readonly next: number
  /** Null: the member does not say, or does not know it yet. */
  readonly history: string | null
}

/** Reads an answer of `watch.next`. @throws InternalError for one that is none */
export function batchOf(answer: Json): Batch {
  const { events, next, history = null }: Readonly<Record<string, unknown>> = membersOf(answer)
  const isHistory = history === null || typeof history === 'string'
  if (!isHistory || !isList(events) || !events.every(isEvent) || typeof next !== 'number')
    throw new InternalError('watch.next answered, but not as a member does')
  return { events, next, history }
}

function isEvent(value: unknown): value is WatchEvent {
  return isObject(value) && typeof value['index'] === 'number' && 'topic' in value && 'data' in value
}
