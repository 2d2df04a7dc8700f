import { isWhole, membersOf } from '../../json.js'
import { InternalError } from '../../rpc/errors.js'
import { checkOptions, checkValue, type Rule, type Rules } from '../../rpc/options.js'
import type { CoordinationPorts } from './ports.js'
import { wholeIn } from './rules.js'

/** How much may be taken. */
export interface RateOptions {
  /** So many at once, after a rest; and so many come back in each `perMs`, evenly. 1 to 1,000,000. */
  readonly permits: number
  /** Milliseconds, 1 to 86,400,000. */
  readonly perMs: number
}

/** Taken, and so many are left now; or nothing was, and it is worth while to ask again after so long. */
export type RateTaken =
  { readonly allowed: true; readonly left: number } | { readonly allowed: false; readonly waitMs: number }

const RATE_RULES: Rules<RateOptions> = { permits: wholeIn(1, 1_000_000), perMs: wholeIn(1, 86_400_000) }
const KEY: Rule = {
  holds: (value) => typeof value === 'string' && value.length <= 512,
  wanted: 'a text of at most 512 characters',
}

/** A limiter of the cluster: what all processes take together stays below its rate, for each key. */
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
   * Takes `count` permits of that key's, all of them or none: a command, which waits for nobody's turn. InvalidParamsError
   * for more than there ever are.
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

  /** Whether permits of that key's were missing: it has all of them again. */
  async reset(key: string): Promise<boolean> {
    return (await this.#ports.call('rateLimiter', 'reset', [this.name, key])) === true
  }
}
