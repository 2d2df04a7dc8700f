import { isWhole, membersOf } from '../../json.js'
import { InternalError } from '../../rpc/errors.js'
import { checkOptions, checkValue, type Rule, type Rules } from '../../rpc/options.js'
import type { CoordinationPorts } from './ports.js'
import { wholeIn } from './rules.js'

/** The rate of a limiter. */
export interface RateOptions {
  /** How many may be taken at once after a rest, and how many are refilled, evenly, in each `perMs`. 1 to 1,000,000. */
  readonly permits: number
  /** The period of the rate, in milliseconds, 1 to 86,400,000. */
  readonly perMs: number
}

/** Either the permits were taken, and `left` remain; or none was, and asking again is worth while after `waitMs`. */
export type RateTaken =
  { readonly allowed: true; readonly left: number } | { readonly allowed: false; readonly waitMs: number }

const RATE_RULES: Rules<RateOptions> = { permits: wholeIn(1, 1_000_000), perMs: wholeIn(1, 86_400_000) }
const KEY: Rule = {
  holds: (value) => typeof value === 'string' && value.length <= 512,
  wanted: 'a text of at most 512 characters',
}

/** A rate limiter of the cluster: for each key, all processes together stay below its rate. */
export class RateLimiter {
  readonly #ports: CoordinationPorts
  readonly #rate: RateOptions

  constructor(
    ports: CoordinationPorts,
    readonly name: string,
    rate: RateOptions,
  ) {
    checkOptions('rateLimiter', rate, RATE_RULES)
    for (const which of ['permits', 'perMs'] as const)
      checkValue(`rateLimiter: ${which}`, rate[which], RATE_RULES[which])
    this.#ports = ports
    this.#rate = { ...rate }
  }

  /**
   * Takes `count` permits of the key, all of them or none, without waiting. Costs a command.
   * @throws InvalidParamsError for more permits than there ever are
   */
  async take(key: string, count = 1): Promise<RateTaken> {
    checkValue('take: the key', key, KEY)
    checkValue('take: the count', count, wholeIn(1, this.#rate.permits))
    const { permits, perMs } = this.#rate
    const answer = await this.#ports.call('rateLimiter', 'take', [this.name, key, count, { permits, perMs }])
    const { left, waitMs } = membersOf(answer)
    if (isWhole(left)) return { allowed: true, left }
    if (isWhole(waitMs)) return { allowed: false, waitMs }
    throw new InternalError('rateLimiter.take answered, but not as a member does')
  }

  /** Gives the key all its permits back. Returns whether any were missing. */
  async reset(key: string): Promise<boolean> {
    return (await this.#ports.call('rateLimiter', 'reset', [this.name, key])) === true
  }
}
