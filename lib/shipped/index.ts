/** The replicated objects that every node brings: a new one is a file beside this one, and a line in the list. */
import type { Expires, Hooks } from '../replica/objects/hooks.js'
import type { ReplicatedClass } from '../replica/objects/marks.js'
import { Barrier } from './barrier.js'
import { Counter } from './counter.js'
import { Election } from './election.js'
import { IdGenerator } from './id-generator.js'
import { KeyValue } from './kv.js'
import { Lists } from './list.js'
import { Lock } from './lock.js'
import { Log } from './log.js'
import { Maps } from './map.js'
import { Once } from './once.js'
import { Queue } from './queue.js'
import { RateLimiter } from './rate-limiter.js'
import { Schedule } from './schedule.js'
import { Semaphore } from './semaphore.js'
import { Sets } from './set.js'

export interface ShippedObject {
  readonly class: ReplicatedClass
  /** One line, for help. */
  readonly explanation: string
}

/** By the names under which they are called. */
export const SHIPPED_OBJECTS = {
  log: { class: Log, explanation: 'an append-only list of texts' },
  kv: { class: KeyValue, explanation: 'keys and values' },
  counter: { class: Counter, explanation: 'one number' },
  lock: { class: Lock, explanation: 'locks by name, each with a token' },
  semaphore: { class: Semaphore, explanation: 'permits by name, so many of each' },
  election: { class: Election, explanation: 'leaders by name, one of each' },
  once: { class: Once, explanation: 'jobs by name, each run once' },
  queue: { class: Queue, explanation: 'jobs' },
  schedule: { class: Schedule, explanation: 'ticks by schedule, each run once' },
  rateLimiter: { class: RateLimiter, explanation: 'permits by limiter and key, so many in a time' },
  idGenerator: { class: IdGenerator, explanation: 'whole numbers by name, each given out once' },
  barrier: { class: Barrier, explanation: 'parties by barrier, which pass together' },
  map: { class: Maps, explanation: 'maps by name' },
  set: { class: Sets, explanation: 'sets of texts by name' },
  list: { class: Lists, explanation: 'lists by name' },
} as const satisfies Readonly<Record<string, ShippedObject>>

/** The names of the objects that every node has. */
export type ShippedName = keyof typeof SHIPPED_OBJECTS

export const SHIPPED_NAMES: readonly string[] = Object.keys(SHIPPED_OBJECTS)

/** Whether an object of that name is on every node already. */
export function isShipped(name: string): name is ShippedName {
  return Object.hasOwn(SHIPPED_OBJECTS, name)
}

/** What can be called of a shipped object, for `rollcall.object<ShippedApi<'kv'>>('kv')`. */
export type ShippedApi<Name extends ShippedName> = Callable<
  InstanceType<(typeof SHIPPED_OBJECTS)[Name]['class']>
>

/** A list of texts that only grows. */
export type LogApi = ShippedApi<'log'>
/** Keys with values of JSON. */
export type KvApi = ShippedApi<'kv'>
/** A number that is counted up. */
export type CounterApi = ShippedApi<'counter'>
/** Locks by name. */
export type LockApi = ShippedApi<'lock'>
/** Permits by name. */
export type SemaphoreApi = ShippedApi<'semaphore'>
/** Jobs by name, each run once. */
export type OnceApi = ShippedApi<'once'>
/** Jobs that wait for workers. */
export type QueueApi = ShippedApi<'queue'>
/** Ticks of schedules, each run once. */
export type ScheduleApi = ShippedApi<'schedule'>
/** Permits by limiter and key. */
export type RateLimiterApi = ShippedApi<'rateLimiter'>
/** Whole numbers by name, each given out once. */
export type IdGeneratorApi = ShippedApi<'idGenerator'>
/** Parties that pass together. */
export type BarrierApi = ShippedApi<'barrier'>
/** Leaders by name. */
export type ElectionApi = ShippedApi<'election'>
/** Maps by name. */
export type MapApi = ShippedApi<'map'>
/** Sets by name. */
export type SetApi = ShippedApi<'set'>
/** Lists by name. */
export type ListApi = ShippedApi<'list'>

/** The methods of T but those that take its snapshots and end what is over, which nobody can call from outside. */
type Callable<T> = {
  readonly [
    Name in keyof T as T[Name] extends (...args: never[]) => unknown
      ? Exclude<Name, keyof Hooks | keyof Expires>
      : never
  ]: T[Name]
}
