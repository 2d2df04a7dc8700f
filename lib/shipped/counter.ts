import { InvalidParamsError } from '../rpc/errors.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'

/** One number, 0 at first. */
export class Counter {
  static readonly frees = ['increment']
  static readonly [PARAMETERS] = { increment: ['by'], value: [] }

  total = 0

  /**
   * The value after. `by` is a finite number, and so is that value; -32602 otherwise, and the counter stays as it was.
   */
  @command increment(by: number = 1): number {
    if (typeof by !== 'number' || !Number.isFinite(by)) {
      throw new InvalidParamsError('increment(by = 1): by must be a finite number')
    }
    const total = this.total + by
    if (Math.abs(total) > Number.MAX_SAFE_INTEGER) {
      throw new InvalidParamsError(
        `increment(by = 1): ${this.total} + ${by} is beyond what a number counts exactly`,
      )
    }
    return (this.total = total)
  }

  @query value(): number {
    return this.total
  }
}
