/** What a command may know of the world: only what its log entry says, so that every replica sees the same. */
import type { Json } from '../../json.js'

/** What a command may use besides its arguments and its object. */
export interface CommandContext {
  /** The position of the command's entry in the Raft log. It only grows, so it can serve as a fencing token. */
  readonly index: number
  /** The term of that entry. */
  readonly term: number
  /** Log time in milliseconds since 1970, close to the leader's clock. Never goes back from one command to the next. */
  readonly now: number
  /**
   * The version of the object's class that the command was written for: the lowest that any member had at that time.
   */
  readonly version: number
  /** A random number from 0 up to, but not including, 1, of a series that is the same on every replica. */
  random(): number
  /**
   * Emits an event to those who watch this command's object, once the command has ended; if it throws, the event is
   * dropped. `data` is copied. Topics are names of the object's own choice, such as the key that changed.
   * @throws TypeError for a topic that is not a string, and for data that JSON can't carry
   * @throws RangeError beyond 1,000 events, 2 Mi characters or 240,000 values in one command
   */
  emit(topic: string, data: Json): void
}

let current: CommandContext | undefined

/** The context of the running command. @throws Error anywhere else: in a query, a constructor, a callback */
export function commandContext(): CommandContext {
  if (current === undefined) throw new Error('commandContext() can only be used while a command method runs')
  return current
}

/** Runs `task` to its end with `context` in force. */
export function withCommandContext<T>(context: CommandContext, task: () => T): T {
  const before = putInForce(context)
  try {
    return task()
  } finally {
    putInForce(before)
  }
}

/** Returns the one that was in force, which is to be put back. */
export function putInForce(context: CommandContext | undefined): CommandContext | undefined {
  const before = current
  current = context
  return before
}

/** What all commands of an entry have in common. */
export interface OfEntry {
  readonly index: number
  readonly term: number
  readonly now: number
  readonly random: () => number
  readonly emissions: { emit(object: string, topic: string, data: Json): void }
}

/** The context of one command of an entry. */
export function contextIn(entry: OfEntry, object: string, version: number): CommandContext {
  const { index, term, now, random, emissions } = entry
  return { index, term, now, version, random, emit: (topic, data) => emissions.emit(object, topic, data) }
}

/** A command's series of random numbers, drawn from the seed in its entry (Mulberry32 by Tommy Ettinger). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}
