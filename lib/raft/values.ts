/** The numbers and names of the core, each minted at one guarded door. */

export type Term = number & { readonly __brand: 'Term' }
export type LogIndex = number & { readonly __brand: 'LogIndex' }
/** A point in time or a length of it, in milliseconds of the driver's monotonic clock. */
export type Ticks = number & { readonly __brand: 'Ticks' }
/** A Raft member's name, the objectId of its URI: `node1`. */
export type ServerId = string & { readonly __brand: 'ServerId' }
/** Drawn when a data folder is made. A member under a known id with another incarnation has lost its memory. */
export type Incarnation = string & { readonly __brand: 'Incarnation' }
/** One process that has run on a data folder, drawn and written down there before it says anything: `3-8f3a2c61`. */
export type Start = string & { readonly __brand: 'Start' }
export type ClusterId = string & { readonly __brand: 'ClusterId' }
/** Names one `persist` effect. Tokens grow; persists complete in the order of their tokens. */
export type PersistToken = number & { readonly __brand: 'PersistToken' }
/** Names one incoming request, so that its reply finds the way back. Chosen by the driver. */
export type Exchange = number & { readonly __brand: 'Exchange' }
/** Names one read, or one group of reads, that waits for its read index. Chosen by the driver. */
export type ReadContext = number & { readonly __brand: 'ReadContext' }

function counted<T extends number>(what: string): (value: number) => T {
  return (value) => {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a ${what}: ${value}`)
    return value as T
  }
}

function named<T extends string>(what: string): (value: string) => T {
  return (value) => {
    if (value === '') throw new RangeError(`not a ${what}: the empty string`)
    return value as T
  }
}

/** The guarded doors. The numeric ones take whole numbers from 0 to 2^53 - 1, the others any text but the empty one. */
export const term = counted<Term>('term')
export const logIndex = counted<LogIndex>('log index')
export const persistToken = counted<PersistToken>('persist token')
export const exchange = counted<Exchange>('exchange')
export const readContext = counted<ReadContext>('read context')
export const serverId = named<ServerId>('server id')
export const incarnation = named<Incarnation>('incarnation')
export const start = named<Start>('start')
export const clusterId = named<ClusterId>('cluster id')

/** The guarded door to {@link Ticks}. Any finite number from 0 up. */
export function ticks(value: number): Ticks {
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`not a time in ticks: ${value}`)
  return value as Ticks
}

/** Starts of a folder are numbered from 1. */
export function startNumber(start: Start): number {
  return Number.parseInt(start, 10)
}
