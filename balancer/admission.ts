/** How much may be under way through one balancer at a time: beyond, calls are refused and the process stays small. */
import { isList, type Json } from '../lib/json.js'
import { OverloadedError } from '../lib/rpc/errors.js'

const CALLS_MAX = 20_000
/** In about bytes of memory, over the params of all calls. */
const WEIGHT_MAX = 256 * 1024 * 1024

const VALUE_WEIGHT = 16

export class Admission {
  #calls = 0
  #weight = 0
  #isClosed = false
  #empty: () => void = () => undefined

  get calls(): number {
    return this.#calls
  }

  /** Counts a call in; what it returns counts it out. @throws OverloadedError */
  enter(params: readonly Json[]): () => void {
    if (this.#isClosed) throw new OverloadedError('this balancer is ending: connect again')
    const weight = weightOf(params)
    if (this.#calls >= CALLS_MAX || this.#weight + weight > WEIGHT_MAX)
      throw new OverloadedError('the balancer has too many calls under way: send it again in a moment')
    this.#calls += 1
    this.#weight += weight
    return () => {
      this.#calls -= 1
      this.#weight -= weight
      if (this.#calls === 0) this.#empty()
    }
  }

  /** Lets nobody in any more; resolves when the last one has left. */
  close(): Promise<void> {
    this.#isClosed = true
    return new Promise((resolve) => {
      this.#empty = resolve
      if (this.#calls === 0) resolve()
    })
  }
}

/** About how many bytes a value takes in memory. However deep, as it may come from anybody. */
export function weightOf(json: Json): number {
  let weight = 0
  const rest: Json[] = [json]
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    weight += VALUE_WEIGHT
    if (typeof value === 'string') weight += value.length
    else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        if (!isList(value)) weight += name.length
        rest.push(member)
      }
    }
  }
  return weight
}
