/** What each of those that are compared brings: members and a client as processes of their own. */
import type { LoadResult, LoopEnd } from '../load.js'
import type { Subject } from './subject.js'

export type Operation = 'set' | 'get'

/** So many calls in flight, each answered before the next takes its place. */
export interface Order {
  readonly operation: Operation
  readonly inFlight: number
  readonly end: LoopEnd
}

/** All values are as long, over as many keys. */
export const VALUE = 'v'.repeat(128)
export const KEYS = 1_000

export function keyOf(n: number): string {
  return `key${n % KEYS}`
}

export interface Contender {
  readonly name: string
  readonly operations: readonly Operation[]
  /** Where it promises less than a majority of four disks. */
  readonly promisesLess?: string
  /** Null: it can't run here, for want of that package of Debian. */
  readonly version: () => string | null
  readonly packageOfDebian: string
  /** Begins in an empty folder, and resolves once commands are taken. */
  readonly start: (folder: string, begun: Begun) => Promise<Standing>
}

/** Each process is told as soon as it runs, to be ended whatever happens. */
export type Begun = <S extends Subject>(subject: S) => S

export interface Standing {
  /** Who it is changes with elections. */
  readonly roles: () => Promise<Roles>
  readonly run: (order: Order) => Promise<LoadResult>
  /** Where its members take calls, for clients of its own. */
  readonly places?: readonly string[]
}

export interface Roles {
  readonly leader: Subject
  readonly followers: readonly Subject[]
  /** Null: the leader's process is its own client. */
  readonly client: Subject | null
}
