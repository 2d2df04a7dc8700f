/**
 * What each library that is compared brings: a server for one process, a client for another, and the rows that it has.
 */

export type RowName = 'sequential' | 'pipelined' | 'batched' | 'streamed' | 'callbacks'

/** One call is an echo of one short text. A row that a library has no form for is left out. */
export interface Rows {
  readonly call: () => Promise<unknown>
  /** So many calls as one message each way. */
  readonly batch?: (calls: number) => Promise<unknown>
  /** Reads so many items that the server gives one by one. */
  readonly stream?: (items: number) => Promise<unknown>
  /** One call, in which the server calls this client back so often, {@link CALLBACKS_IN_FLIGHT} at a time. */
  readonly callbacks?: (calls: number) => Promise<unknown>
}

export interface Library {
  /** Resolves to its port. */
  readonly serve: () => Promise<number>
  readonly connect: (port: number) => Promise<Rows>
}

export const TEXT = 'hello'
const CALLBACKS_IN_FLIGHT = 64

/** What the server does in the row of callbacks. */
export async function callBack(calls: number, back: (n: number) => PromiseLike<unknown>): Promise<number> {
  let n = 0
  const one = async (): Promise<void> => {
    while (n < calls) await back(n++)
  }
  await Promise.all(Array.from({ length: Math.min(calls, CALLBACKS_IN_FLIGHT) }, one))
  return n
}
