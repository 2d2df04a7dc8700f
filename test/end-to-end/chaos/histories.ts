/** What the clients of one round called, and what they were told. */
import type { CallOptions } from '../../../lib/rpc/proxies/call-options.js'
import type { Rollcall } from '../../../api.js'
import type { Json } from '../../../lib/json.js'
import { RollcallError } from '../../../lib/rpc/errors.js'
import { Recorder, type MethodCall, type Operation } from '../../../testing/checker/history.js'
import type { Tally } from './tally.js'

export type ObjectName = 'kv' | 'counter' | 'log'
export type History = readonly Operation[]

const QUERIES: ReadonlySet<string> = new Set(['get', 'value', 'entry', 'entries', 'length'])

/** It changes nothing: without an answer it has told nothing. */
export function isQuery(method: string): boolean {
  return QUERIES.has(method)
}

export interface Caller {
  readonly name: string
  readonly client: Rollcall
}

export class Histories {
  readonly #recorders: Readonly<Record<ObjectName, Recorder>>

  constructor(
    now: () => number,
    private readonly tally: Tally,
    /** Told of an error that no call of ours should meet. */
    private readonly accuse: (sentence: string) => void,
  ) {
    this.#recorders = { kv: new Recorder(now), counter: new Recorder(now), log: new Recorder(now) }
  }

  of(object: ObjectName): History {
    return this.#recorders[object].history
  }

  /**
   * Resolves with the answer, undefined when there was none. `place`: which member's copy to ask, `@host:port`; by
   * default the leader's.
   */
  async call(
    { name, client }: Caller,
    object: ObjectName,
    method: string,
    params: readonly Json[],
    { place = '', ...options }: CallOptions & { readonly place?: string } = {},
  ): Promise<Json | undefined> {
    const call: MethodCall = { object, method, params }
    const begun = this.#recorders[object].begin(name, call)
    try {
      const result = await client.call(`${object}${place}`, method, params, options)
      begun.ok(result)
      this.tally.add('acknowledged')
      return result
    } catch (error) {
      if (this.#isUnknown(error) && !isQuery(method)) begun.unknown()
      else begun.failed()
      return undefined
    }
  }

  #isUnknown(error: unknown): boolean {
    if (!(error instanceof RollcallError) || error.outcome === 'executed') {
      this.accuse(`a client met an error that it should not: ${String(error)}`)
      return true
    }
    this.tally.add(error.outcome === 'unknown' ? 'unknown' : 'not executed')
    return error.outcome === 'unknown'
  }
}
