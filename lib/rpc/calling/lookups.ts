/** What is found out about objects without a call of theirs: where they are, and what their processes say of them. */
import type { Ms } from '../../ports.js'
import type { Call } from './call.js'
import type { CallAttempts } from './call-attempts.js'
import type { Description, Descriptions } from './descriptions.js'
import { nobodyLeads } from './not-sent.js'
import type { Preparation } from './preparation.js'
import { RetryLoop, type Attempt, type RetryLoopPorts } from './retry-loop.js'
import type { RollcallError } from '../errors.js'

/** An object where it is. */
export interface Located {
  readonly objectId: string
  readonly said: Description
}

/** A harmless call that asks instead of being sent. */
interface Lookup {
  readonly call: Call
  readonly deadline: Ms
  /** Its process is asked, whatever it has said before. */
  readonly isAnew: boolean
}

export class Lookups {
  readonly #loop: RetryLoop<Lookup, Located>

  constructor(
    ports: RetryLoopPorts,
    private readonly attempts: CallAttempts,
    private readonly preparation: Preparation,
    private readonly descriptions: Descriptions,
  ) {
    this.#loop = new RetryLoop(ports, {
      attempt: (lookup, before) => this.#attempt(lookup, before),
      verdict: ({ call }, { error }) => call.verdict(error),
    })
  }

  /** Asked anew. Without methods, the process can't describe its objects. */
  async describe(call: Call): Promise<Description> {
    return (await this.#run(call, true)).said
  }

  /** Once it is known which cluster's log its commands go through, if they do. */
  locate(call: Call): Promise<Located> {
    return this.#run(call, false)
  }

  hurry(): void {
    this.#loop.hurry()
  }

  #run(call: Call, isAnew: boolean): Promise<Located> {
    return this.#loop.run({ call, deadline: call.deadline, isAnew }, call.onWaiting)
  }

  async #attempt({ call, isAnew }: Lookup, before: RollcallError | undefined): Promise<Attempt<Located>> {
    const destination = await this.attempts.ready(call, before)
    if ('next' in destination) return destination
    try {
      const { objectId, connection } = destination
      const known = isAnew ? undefined : this.descriptions.known(objectId, call.method, connection)
      const said = known ?? (await this.preparation.describe(call, destination))
      this.descriptions.learn(call.target, said)
      if (said.cluster === null && !isAnew) throw nobodyLeads()
      return { result: { objectId, said } }
    } catch (thrown) {
      return this.attempts.failedBefore(call, thrown)
    }
  }
}
