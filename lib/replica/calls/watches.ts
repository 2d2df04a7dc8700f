/**
 * The object `watch` that every member has: events of the replicated objects, to whoever asks, as this member has
 * applied them. A call that finds none waits for the next ones:
 *
 *     watch.next(object, from, {history?, topic?, prefix?, waitMs?, max?})
 *       → {events: [{index, topic, data}], next, history?}
 *
 * `from` is a cursor: the events returned are of entries after it, and `next` is the cursor to ask from next, at this
 * member or any other. In this way none is missed and none comes twice. A call waits no longer than its connection can
 * have more to ask.
 *
 * A cursor is a place in one history, that of the cluster with the id `history`: a cluster that was restored, recovered
 * or set up anew begins another one, where the same number means something else.
 */
import type { Json } from '../../json.js'
import type { Clock, Ms } from '../../ports.js'
import { ms } from '../../ports.js'
import { HistoryChangedError, InvalidParamsError, NameNotFoundError } from '../../rpc/errors.js'
import type { CallContext, ExposedObject } from '../../rpc/exposed.js'
import { CALLS_WAITING_MAX, checkShare, WaitingCalls } from '../guards/budget.js'
import type { Budget, Load } from '../guards/budget.js'
import { Pace } from '../guards/pace.js'
import type { Applied } from '../machine/applied.js'
import type { EventHistory, WatchEvent } from '../machine/events.js'
import { OWN_OBJECTS } from '../../roles.js'
import { interestBytes, Interests } from './interests.js'
import { readWatchRequest } from './watch-arguments.js'
import type { WatchRequest } from './watch-arguments.js'
import { withoutStack } from '../../without-stack.js'

export interface WatchesOptions {
  readonly clock: Clock
  readonly events: EventHistory
  /** The id of the cluster, which is that of its history. Undefined: not known here yet. */
  readonly history: () => string | undefined
  /** Whether there is a replicated object of that name. */
  readonly hosts: (object: string) => boolean
  readonly applied: Pick<Applied, 'index' | 'hearers'>
  /** Resolves once all that was committed before the call is applied here. */
  readonly caughtUp: (deadline: Ms, context: CallContext) => Promise<unknown>
  /** Whether this member leads or hears from a leader: if not, events may be going past it. */
  readonly isInContact: () => boolean
  readonly notLeader: () => Error
}

interface Watcher extends WatchRequest {
  readonly deadline: Ms
  readonly bytes: number
  readonly budget: Budget
  /** Up to this entry there is nothing for it; at a member that lags, that may be an entry to come. */
  readonly seen: number
  resolve(value: Json): void
  reject(error: unknown): void
}

/** How long a call waits at a member that knows no leader. */
const LEADERLESS_WAIT_MS = 1000

export class Watches {
  readonly object: ExposedObject = {
    methods: new Map([
      [
        'next',
        {
          kind: 'query',
          needs: OWN_OBJECTS.watch,
          parameters: ['object', 'from', 'options'],
          handler: (params, context) => this.#next(params, context),
        },
      ],
    ]),
  }
  readonly #options: WatchesOptions
  readonly #interests = new Interests<Watcher>()
  readonly #waiting: WaitingCalls<Watcher>
  readonly #pace: Pace
  /**
   * Those who have something to hear. Nobody else knows them any more; they count as waiting until they are answered.
   */
  #woken: Watcher[] = []
  /** Events up to this entry have been told to those who wait, or nobody waited then. */
  #told = 0
  #isStopped = false

  constructor(options: WatchesOptions) {
    this.#options = options
    this.#pace = new Pace(options.clock)
    this.#waiting = new WaitingCalls(options.clock, (watcher) => this.#expired(watcher), 'finished')
  }

  #next(params: readonly Json[], context: CallContext): Json | Promise<Json> {
    const { clock, hosts, notLeader } = this.#options
    const request = readWatchRequest(params)
    if (this.#isStopped) throw notLeader()
    if (!hosts(request.object))
      throw withoutStack(
        () =>
          new NameNotFoundError(
            `watch.next: there is no replicated object ${JSON.stringify(request.object)} here`,
          ),
      )
    this.#demandHistory(request)
    const found = this.#found(request, request.from ?? this.#options.applied.index)
    if (found !== undefined) return found
    const isDoubtful = request.history === undefined && this.#isAhead(request)
    if (request.waitMs === 0)
      return isDoubtful ? this.#nothingOnceJudged(request, context) : this.#nothing(request)
    const { connection } = context
    const bytes = (context.bytes ?? 0) + interestBytes(request.filter)
    const budget = this.#waiting.of(connection)
    checkShare('watch.next', 'watches', this.#waiting.holders, budget, bytes, CALLS_WAITING_MAX)
    const deadline = this.#deadline(request, context, clock.now())
    const seen = Math.max(request.from ?? 0, this.#applied)
    return new Promise((resolve, reject) => {
      const watcher = { ...request, deadline, bytes, budget, seen, resolve, reject }
      this.#wait(watcher)
      if (isDoubtful) this.#doubt(watcher, context)
    })
  }

  /** Whoever does not wait is told, too; where nobody can tell, that there is nothing. */
  async #nothingOnceJudged(request: WatchRequest, context: CallContext): Promise<Json> {
    const { clock, caughtUp } = this.#options
    const deadline = ms(Math.min(clock.now() + LEADERLESS_WAIT_MS, context.deadline ?? Infinity))
    const isConfirmed = await caughtUp(deadline, context).then(
      () => true,
      () => false,
    )
    if (isConfirmed && this.#isAhead(request)) throw beyondTheEnd(request, this.#applied)
    // This member may have gone past the cursor meanwhile.
    return this.#found(request, request.from ?? this.#applied) ?? this.#nothing(request)
  }

  /**
   * A cursor whose history nobody says is the index of an entry that was committed before the call, or it is of another
   * one.
   */
  #doubt(watcher: Watcher, context: CallContext): void {
    const judge = (): void => {
      if (!this.#isAhead(watcher) || !this.#waiting.remove(watcher)) return
      this.#interests.remove(watcher.object, watcher.filter, watcher)
      this.#hearIfAnyoneWaits()
      watcher.reject(beyondTheEnd(watcher, this.#applied))
    }
    this.#options.caughtUp(watcher.deadline, context).then(judge, () => undefined)
  }

  #isAhead({ from }: WatchRequest): boolean {
    return (from ?? 0) > this.#applied
  }

  get load(): Load {
    return this.#waiting.budget.load
  }

  /** All entries up to `index` have been applied: wakes those whom their events concern. */
  readonly applied = (index: number): void => {
    const { events } = this.#options
    const told = this.#told
    this.#told = index
    // So much came at once that some of it is forgotten before anyone was told: it may have concerned anybody.
    if (events.forgotten > told) return this.#wakeAll(told)
    for (const event of events.after(told)) {
      for (const watcher of this.#interests.in(event.object, event.topic))
        if (event.index > watcher.seen) this.#wake(watcher, told)
    }
    this.#hearIfAnyoneWaits()
  }

  /** The history is another one now, from a snapshot: everyone has to look again. */
  restored(): void {
    this.#wakeAll(this.#told)
    this.#told = this.#applied
  }

  /** Answers everyone who waits. They go on elsewhere. */
  stop(): void {
    this.#isStopped = true
    for (const { budget, bytes } of this.#woken) budget.leave(bytes)
    const waiting = [...this.#woken, ...this.#waiting.drain()]
    this.#woken = []
    this.#hearIfAnyoneWaits()
    if (waiting.length === 0) return
    const elsewhere = this.#options.notLeader()
    for (const watcher of waiting) watcher.reject(elsewhere)
  }

  #wait(watcher: Watcher): void {
    if (this.#waiting.budget.calls === 0) this.#told = this.#applied
    this.#interests.add(watcher.object, watcher.filter, watcher)
    this.#waiting.add(watcher)
    this.#hearIfAnyoneWaits()
  }

  #hearIfAnyoneWaits(): void {
    const { hearers } = this.#options.applied
    if (this.#waiting.budget.calls > 0) hearers.add(this.applied)
    else hearers.delete(this.applied)
  }

  #wakeAll(told: number): void {
    for (const watcher of this.#waiting.drain()) this.#wake(watcher, told)
    this.#hearIfAnyoneWaits()
  }

  #wake(watcher: Watcher, told: number): void {
    this.#waiting.remove(watcher)
    this.#interests.remove(watcher.object, watcher.filter, watcher)
    const woken = { ...watcher, seen: Math.max(watcher.seen, told) }
    woken.budget.enter(woken.bytes)
    if (this.#woken.push(woken) === 1) this.#options.clock.soon(() => this.#answerSome())
  }

  #answerSome(): void {
    const now = this.#woken.splice(0, this.#pace.size)
    if (this.#woken.length > 0) this.#pace.soon(() => this.#answerSome())
    for (const watcher of now) {
      watcher.budget.leave(watcher.bytes)
      this.#answer(watcher)
    }
  }

  #answer(watcher: Watcher): void {
    try {
      this.#demandHistory(watcher)
      const found = this.#found(watcher, watcher.seen)
      if (found !== undefined) watcher.resolve(found)
      else this.#wait({ ...watcher, seen: Math.max(watcher.seen, this.#applied) })
    } catch (error) {
      watcher.reject(error)
    }
  }

  /**
   * What has waited for nothing is told so, or where it may be worth asking if events may be going past this member.
   */
  #expired(watcher: Watcher): void {
    this.#interests.remove(watcher.object, watcher.filter, watcher)
    if (this.#options.isInContact()) watcher.resolve(this.#nothing(watcher))
    else watcher.reject(this.#options.notLeader())
  }

  /** Whoever does not know its own history yet can't say whether a cursor belongs to it. */
  #demandHistory(request: WatchRequest): void {
    if (request.history === undefined) return
    const own = this.#options.history()
    if (own === undefined) throw this.#options.notLeader()
    if (own !== request.history) throw historyChanged(request, request.history, own)
  }

  #found({ object, filter, max }: WatchRequest, from: number): Json | undefined {
    const { events, hasMore } = this.#options.events.since(object, from, filter, max)
    const last = events.at(-1)
    if (last === undefined) return undefined
    return this.#batch(events, hasMore ? last.index : this.#applied)
  }

  /** A member that lags behind the one that gave out the cursor must not move it back. */
  #nothing({ from }: WatchRequest): Json {
    return this.#batch([], Math.max(from ?? 0, this.#applied))
  }

  #batch(events: readonly WatchEvent[], next: number): Json {
    const history = this.#options.history()
    return { events: events.map(json), next, ...(history !== undefined && { history }) }
  }

  get #applied(): number {
    return this.#options.applied.index
  }

  #deadline({ waitMs }: WatchRequest, { deadline }: CallContext, now: Ms): Ms {
    const end = now + (this.#options.isInContact() ? waitMs : Math.min(waitMs, LEADERLESS_WAIT_MS))
    return ms(Math.min(end, deadline ?? Infinity))
  }
}

function beyondTheEnd({ object, from }: WatchRequest, end: number): InvalidParamsError {
  return new InvalidParamsError(
    `watch.next: the cursor ${from} of ${object} lies beyond the end of the log, ${end}: it is of another history, and events may ` +
      `have been missed; read the state of ${object} anew, and watch from now on`,
  )
}

function historyChanged({ object, from }: WatchRequest, before: string, now: string): HistoryChangedError {
  return withoutStack(
    () =>
      new HistoryChangedError(
        `the cursor ${from} of ${object} belongs to the history ${before}, and this is the history ${now}: ` +
          `the cluster was restored, recovered or set up anew since, or it is another one, and events may have been missed; ` +
          `read the state of ${object} anew, and watch from now on`,
        { data: { before, now } },
      ),
  )
}

function json({ index, topic, data }: WatchEvent): Json {
  return { index, topic, data }
}
