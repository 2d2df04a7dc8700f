/**
 * Calls that are made together: those that go to one place go there in one message, in the
 * order in which they were made.
 */
import { ms } from '../../ports.js'
import type { Clock } from '../../ports.js'
import { AtOnePlace, type Member } from './at-one-place.js'
import type { Call } from './call.js'
import type { CallAttempts } from './call-attempts.js'
import { afterInput } from '../deadlines.js'
import { RetryLoop, type RetryLoopPorts } from './retry-loop.js'
import { nameOf } from './target.js'
import { formatAddress, parseUri } from '../uri.js'

export class CallsByPlace {
  readonly #clock: Clock
  readonly #attempts: CallAttempts
  readonly #loop: RetryLoop<AtOnePlace, undefined>

  constructor(ports: RetryLoopPorts, attempts: CallAttempts) {
    this.#clock = ports.clock
    this.#attempts = attempts
    this.#loop = new RetryLoop(ports, {
      attempt: (calls) => calls.attempt(),
      verdict: (_, { error }) => error,
    })
  }

  /** `isOneway`: nobody hears what becomes of them once they are sent. Each is told its own outcome. */
  async make(members: readonly Member[], isOneway: boolean): Promise<void> {
    const places = new Map<string, Member[]>()
    const found = await Promise.all(members.map(({ call }) => this.#placeOf(call)))
    members.forEach((member, at) => {
      const place = found[at] ?? ''
      const there = places.get(place)
      if (there === undefined) places.set(place, [member])
      else there.push(member)
    })
    await Promise.all([...places.values()].map((some) => this.#makeThere(some, isOneway)))
    for (const { call } of members) call.end()
  }

  hurry(): void {
    this.#loop.hurry()
  }

  async #makeThere(members: readonly Member[], isOneway: boolean): Promise<void> {
    const calls = new AtOnePlace(this.#clock, this.#attempts, members, isOneway)
    try {
      await this.#loop.run(calls)
    } catch {
      calls.end()
    }
  }

  /** Those whose places are not known in time go by themselves. */
  #placeOf({ route, target, deadline }: Call): Promise<string> {
    const clock = this.#clock
    return new Promise((resolve) => {
      const alone = (): void => resolve(nameOf(target))
      const timer = afterInput(clock, ms(Math.max(0, deadline - clock.now())), alone)
      route
        .next()
        .then((found) => resolve(formatAddress(parseUri(found).address)), alone)
        .finally(() => timer.cancel())
    })
  }
}
