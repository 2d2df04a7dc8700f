/**
 * What a replica replicates: the objects and, with them, log time and the digest of results. Committed entries go in
 * one after another; a snapshot holds all of it as of one entry.
 */
import type { Json } from '../../json.js'
import type { Clock, Logger, Ms, Watchdog } from '../../ports.js'
import type { CommandEntry, Entry } from '../../raft/types.js'
import { atomicCallsIn, runAtomically, type Part } from './atomic.js'
import { Capture } from './capture.js'
import type { Classes } from '../objects/class-said.js'
import { decodeCommand, sessionRequest } from './command-text.js'
import type { Command } from './command-text.js'
import { contextIn, putInForce, seededRandom, type OfEntry } from '../objects/context.js'
import { Emissions } from './emissions.js'
import type { EventHistory } from './events.js'
import type { CommandResult } from '../objects/hosted.js'
import { HostedObject, leadsToCommonGround } from '../objects/hosted.js'
import type { LogTime } from './log-time.js'
import { headOf, restoredState, sourcesOf, freshState } from './machine-state.js'
import type { HostedObjects, MachineState } from './machine-state.js'
import type { Compared } from './digest.js'
import type { Marks, ReplicatedSource } from '../objects/marks.js'
import type { Sessions } from '../sessions/sessions.js'
import { SessionObject } from '../sessions/session-object.js'
import { skippedResult } from './skips.js'
import type { Skips } from './skips.js'
import { ATOMIC_OBJECT, ATOMICALLY, EXPIRE, SESSION_OBJECT, WATCH_OBJECT } from '../objects/own-names.js'
import { readHead, writeHead } from './snapshot-head.js'
import { SnapshotReader } from './snapshot-reader.js'
import { UnsuitableClassError } from '../objects/unsuitable-class.js'
import { UnsuitableBuildError } from '../guards/unsuitable-build.js'

export interface StateMachineOptions {
  /** The replicated objects by name; the same on every member. */
  readonly sources: ReadonlyMap<string, ReplicatedSource>
  readonly time: LogTime
  readonly clock: Clock
  readonly logger: Logger
  /** An object whose snapshot holds everything up for longer than this is warned about. */
  readonly patience: Ms
  /** Ends the process when a method does not end. Default: nobody does. */
  readonly watchdog?: Watchdog | undefined
  /** Commands that are passed over, because no member can run them. The same on every member. Default none. */
  readonly skips?: Skips | undefined
}

interface Running extends OfEntry {
  readonly emissions: Emissions
}

/** What a user's object can't be called, because a member has one of that name. */
const OWN_OBJECTS = [SESSION_OBJECT, WATCH_OBJECT, 'daemon']

export class StateMachine {
  readonly #options: StateMachineOptions
  /** Called when a command has changed what {@link nextExpiry} says of its object. */
  expiryMoved: () => void = () => undefined
  #state: MachineState
  #capture: Capture | undefined
  #isRestoring = false

  /** Throws an `UnsuitableClassError` for a class that can't be replicated. */
  constructor(options: StateMachineOptions) {
    this.#options = options
    const taken = OWN_OBJECTS.find((name) => options.sources.has(name))
    if (taken !== undefined) {
      throw new UnsuitableClassError(`every member has an object ${taken} of its own: choose another name`)
    }
    this.#state = freshState(this.#freshObjects())
  }

  #freshObjects(): HostedObjects {
    const { sources: given, logger, watchdog } = this.#options
    const session = () => new SessionObject(() => this.#state.sessions)
    const sources = new Map([...given, [SESSION_OBJECT, session]])
    return new Map(
      [...sources].map(([name, source]) => [name, new HostedObject(name, source, logger, watchdog)]),
    )
  }

  /** The object of that name as it is now, to look at. Another one after a snapshot was restored. */
  instanceOf(name: string): object | undefined {
    return this.#state.objects.get(name)?.instance
  }

  /** What commands have emitted of late. Another one after a snapshot was restored. */
  get events(): EventHistory {
    return this.#state.events
  }

  /** The sessions, to look at. Another one after a snapshot was restored. */
  get sessions(): Pick<Sessions, 'count' | 'unused'> {
    return this.#state.sessions
  }

  /** What each object can be called with. Stays the same when a snapshot replaces the objects. */
  get marks(): ReadonlyMap<string, Marks> {
    return new Map([...this.#state.objects].map(([name, { marks }]) => [name, marks]))
  }

  /** What the other members are told of this one's classes. Stays the same when a snapshot replaces the objects. */
  get classes(): Classes {
    const said = [...this.#state.objects].map(
      ([name, object]) =>
        [name, { version: object.version, commands: this.#commandsSaid(name, object) }] as const,
    )
    return new Map(said)
  }

  /** Objects in which something may end by itself. Stays the same when a snapshot replaces the objects. */
  get expiring(): readonly string[] {
    return [...this.#state.objects].flatMap(([name, { expires }]) => (expires ? [name] : []))
  }

  /** The log time at which the object's `expire` is due; undefined: it is not. @throws what its class throws */
  nextExpiry(object: string): number | undefined {
    return this.#state.objects.get(object)?.nextExpiry
  }

  #commandsSaid(name: string, { commands }: HostedObject): ReadonlySet<string> {
    return this.isAtomic(name) ? new Set([...commands, ATOMICALLY]) : commands
  }

  /** The highest version that a command of the object was written for, as of the last entry applied; 1 without any. */
  written(object: string): number {
    return this.#state.written.get(object) ?? 1
  }

  /**
   * Takes in the next committed entry, and runs it to its end if it is a command; `recent`: it was written since
   * this replica started. Undefined for an entry that is none.
   * Throws when this replica can't run it at all, and then must not go on: the others have run it.
   */
  apply(entry: Entry, recent: boolean): CommandResult | undefined {
    if (this.#isRestoring)
      throw new Error(`entry ${entry.index} was to be applied amid the restoring of a snapshot`)
    const state = this.#state
    const result = entry.kind === 'command' ? this.#run(entry, recent) : undefined
    state.index = entry.index
    state.term = entry.term
    state.digest.take(entry.index, result)
    return result
  }

  #run(entry: CommandEntry, recent: boolean): CommandResult {
    const command = decodeCommand(entry.data)
    const { sessions } = this.#state
    const now = this.#options.time.advance(command.time, recent)
    const { index, term } = entry
    const running = { index, term, now, random: seededRandom(command.seed), emissions: new Emissions() }
    const run = this.#prepared(entry, command, running)
    const request = sessionRequest(command, entry.data)
    if (term > sessions.term) sessions.termBegan(term, now)
    return request === undefined ? run() : sessions.run(request, now, run)
  }

  /** Finds what the command runs before anything has changed. */
  #prepared(entry: CommandEntry, command: Command, running: Running): () => CommandResult {
    if (this.#options.skips?.get(entry.index) === entry.term) return () => this.#skip(entry, command)
    const { object, method, params, extras } = command
    const { objects, events } = this.#state
    if (object === ATOMIC_OBJECT && !objects.has(ATOMIC_OBJECT)) return this.#atomic(entry, command, running)
    const version = extras?.version ?? 1
    const found = this.#commanded(entry, object, method, version)
    return () => {
      const result = this.#runPart(entry, { object, method, params, found, version }, running)
      const emitted = running.emissions.events
      if (emitted !== undefined && !('error' in result)) events.record(entry.index, emitted)
      return result
    }
  }

  /** The object of a command. @throws UnsuitableBuildError when there is none of that version here */
  #commanded({ index }: CommandEntry, object: string, method: string, version: number): HostedObject {
    const found = this.#state.objects.get(object)
    const isCommand = found?.marks.methods.get(method)?.kind === 'command'
    if (found === undefined || (!isCommand && !(method === EXPIRE && found.expires))) {
      throw new UnsuitableBuildError(
        `entry ${index} of the log is ${object}.${method}, which is no command of an object here: ` +
          `this member must be started with the same classes as the others`,
      )
    }
    if (version > found.version) {
      throw new UnsuitableBuildError(
        `entry ${index} of the log was written for version ${version} of ${object}, and here is ` +
          `version ${found.version}: start this member with the newer class`,
      )
    }
    return found
  }

  #runPart(
    { index, data }: CommandEntry,
    { object, method, params, found, version }: Part,
    running: Running,
  ): CommandResult {
    const isWatched = this.#isWatched(object, data)
    if (version > 1 && version > this.written(object)) this.#state.written.set(object, version)
    const before = putInForce(contextIn(running, object, version))
    try {
      return isWatched ? found.runWatched(method, params, index) : found.run(method, params, index)
    } finally {
      putInForce(before)
      if (found.expires && found.expiryHasMoved()) this.expiryMoved()
    }
  }

  /** All of its commands draw from one series of random numbers, and their events are heard if none of them fails. */
  #atomic(entry: CommandEntry, { params, extras }: Command, running: Running): () => CommandResult {
    const parts = atomicCallsIn(params).map((call, at): Part => {
      const version = extras?.versions?.[at] ?? 1
      const found = this.#commanded(entry, call.object, call.method, version)
      if (!this.isAtomic(call.object)) throw neverAtomic(entry, call.object)
      return { ...call, found, version }
    })
    return () => {
      const result = runAtomically(parts, (part) => this.#runPart(entry, part, running))
      const emitted = running.emissions.events
      if (emitted !== undefined && !('error' in result)) this.#state.events.record(entry.index, emitted)
      // What was asked within an entry that has failed is not so any more.
      if ('error' in result) for (const { found } of parts) if (found.expiryHasMoved()) this.expiryMoved()
      return result
    }
  }

  /** Whether commands of the object can be part of an atomic entry. */
  isAtomic(object: string): boolean {
    return object !== SESSION_OBJECT && this.#state.objects.get(object)?.attempt !== undefined
  }

  /** Once and for all, and the same on every member: what a command keeps a later one can use. */
  #isWatched(object: string, text: string): boolean {
    const { watched } = this.#state
    if (leadsToCommonGround(text)) watched.add(object)
    return watched.size > 0 && watched.has(object)
  }

  #skip({ index }: CommandEntry, { object, method }: Command): CommandResult {
    this.#options.logger.warn(`passes over entry ${index}, ${object}.${method}, as the operator has decided`)
    this.#state.skipped.push(index)
    return skippedResult(index, `${object}.${method}`)
  }

  /** Runs a query now; throws its error. */
  query(object: string, method: string, params: readonly Json[]): Json {
    const found = this.#state.objects.get(object)
    if (found?.marks.methods.get(method)?.kind !== 'query') throw new Error(`${object}.${method} is no query`)
    const isWatched = this.#state.watched.has(object) || params.some(leadsToCommonGround)
    const result = isWatched ? found.runWatched(method, params) : found.run(method, params)
    if ('error' in result) throw result.error
    return result.value
  }

  /**
   * The digest, as of the entry at `index`, of all results up to it, or of the newest events then: a whole number below
   * 2^53. Undefined when the entry is not applied yet, or is not among the last 65,536, or came with a snapshot.
   */
  digestAt(index: number, of: Compared): number | undefined {
    const { digest, events } = this.#state
    const ofResults = digest.at(index)
    return of === 'results' || ofResults === undefined ? ofResults : events.digestAt(index)
  }

  /**
   * Begins a snapshot of everything as of the last applied entry; commands may run while it is pulled.
   * @throws Error while another one is open, and when an object's snapshot throws or holds what can't be carried.
   */
  capture(): Capture {
    if (this.#capture !== undefined) throw new Error('a snapshot is being taken already')
    const { clock, logger, patience, time } = this.#options
    this.#capture = new Capture({
      head: writeHead(headOf(this.#state, time.now)),
      sources: sourcesOf(this.#state),
      clock,
      logger,
      patience,
      released: () => (this.#capture = undefined),
    })
    return this.#capture
  }

  /**
   * Takes the state of a snapshot, given in the pieces that a `Capture` gave out. It is built beside the present one,
   * which serves queries until the last piece is in; no entry may be applied meanwhile. Rejects, and stays as it was,
   * for a snapshot that is damaged, of a later format, or of classes or versions that are not known here.
   */
  async restore(texts: AsyncIterable<string>): Promise<void> {
    this.#isRestoring = true
    try {
      const reader = new SnapshotReader(texts, this.#options.clock)
      const head = readHead(await reader.head())
      this.#state = await restoredState(this.#freshObjects(), head, reader)
      this.#options.time.restore(head.time)
    } finally {
      this.#isRestoring = false
    }
  }
}

function neverAtomic({ index }: CommandEntry, object: string): UnsuitableBuildError {
  return new UnsuitableBuildError(
    `entry ${index} of the log is atomic, and ${object} can't be put back here: start this member with the newer class`,
  )
}
