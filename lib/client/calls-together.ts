/** Several calls in one: a batch of any, and an entry of commands of which all are executed or none. */
import type { Clock } from '../ports.js'
import type { Caller } from '../rpc/calling/caller.js'
import { BOOLEAN, checkOptions, checkValue, FUNCTION, TIMEOUT, type Rules } from '../rpc/options.js'
import { CALL_RULES } from '../rpc/proxies/call-options.js'
import { AtomicEntry } from './atomic-entry.js'
import { BatchToBe, brought, Collector, resultsOf } from './batch.js'
import type { Batch, CollectorParts, Together } from './batch.js'
import type { Proxies } from './proxies.js'
import type { AtomicOptions, BatchOptions } from './rollcall.js'
import type { Said } from './said.js'
import { targetOf } from './target.js'

const ATOMIC_RULES: Rules<AtomicOptions> = {
  timeoutMs: TIMEOUT,
  signal: CALL_RULES.signal,
  onWaiting: FUNCTION,
}

const BATCH_RULES: Rules<BatchOptions> = { ...ATOMIC_RULES, oneway: BOOLEAN }

export interface CallsTogetherParts {
  readonly caller: Caller
  readonly clock: Clock
  readonly proxies: Proxies
  readonly said: Said
}

export class CallsTogether {
  readonly #parts: CallsTogetherParts

  constructor(parts: CallsTogetherParts) {
    this.#parts = parts
  }

  /** As `rollcall.batch`. */
  async batch<R>(calls: (batch: Batch) => R, options: BatchOptions = {}): Promise<Together<R>> {
    checkValue('batch: the function', calls, FUNCTION)
    checkOptions('batch', options, BATCH_RULES)
    const { oneway = false, ...shared } = options
    const { caller, said } = this.#parts
    const batch = new BatchToBe(caller, (own) => said.of({ ...shared, ...own }))
    const collector = this.#collector('batch', batch.add, true)
    const made = collector.collect(calls)
    batch.send(oneway)
    if (oneway) {
      await resultsOf(collector.outcomes)
      return undefined as Together<R>
    }
    return (await brought(made)) as Together<R>
  }

  /** As `rollcall.atomic`. */
  async atomic<R>(commands: (batch: Batch) => R, options: AtomicOptions = {}): Promise<Together<R>> {
    checkValue('atomic: the function', commands, FUNCTION)
    checkOptions('atomic', options, ATOMIC_RULES)
    const { caller, clock, said } = this.#parts
    const entry = new AtomicEntry(caller, clock)
    const collector = this.#collector('atomic entry', entry.add)
    const made = collector.collect(commands)
    const results = brought(made)
    // Where the entry fails, they do.
    results.catch(() => undefined)
    await Promise.all([entry.send(said.of(options)), ...collector.outcomes])
    return (await results) as Together<R>
  }

  #collector(door: string, add: CollectorParts['add'], isFollowable = false): Collector {
    const { caller, proxies } = this.#parts
    return new Collector({
      door,
      objectOf: (proxy) => proxies.objectOf(proxy),
      target: targetOf,
      methodsOf: (target) => caller.methodsOf(target),
      add,
      isFollowable,
    })
  }
}
