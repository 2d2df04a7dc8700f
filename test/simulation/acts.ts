/** What workers leave in the log, each by an entry of its own, and what they were told of it. */
import assert from 'node:assert/strict'
import { isList, membersOf, textsIn } from '../../lib/json.js'
import type { Replica } from '../../lib/replica/replica.js'
import { outcomeOf, stale, type Outcome } from './calls.js'
import type { Stage } from './stage.js'

export class Acts {
  readonly #stage: Stage
  readonly #outcomes = new Map<string, Outcome>()

  constructor(stage: Stage) {
    this.#stage = stage
  }

  get size(): number {
    return this.#outcomes.size
  }

  get acknowledged(): number {
    return [...this.#outcomes.values()].filter(({ told }) => told === 'acknowledged').length
  }

  /** `entry`: what is to bring it, once, into the log. */
  async do(act: string, entry: () => Promise<unknown>): Promise<Outcome> {
    this.#outcomes.set(act, { told: 'unknown', label: 'nobody heard of it' })
    const outcome = await outcomeOf(this.#stage.world, async () => {
      await entry()
      return null
    })
    this.#outcomes.set(act, outcome)
    return outcome
  }

  /** All that the log has, in its order. @throws AssertionError where an act does not stand there as it was told */
  async verify(): Promise<readonly string[]> {
    const replica = this.#stage.cluster.serving?.replica
    assert.ok(replica)
    const logged = await loggedAt(replica)
    for (const [act, { told }] of this.#outcomes) {
      const times = logged.filter((each) => each === act).length
      assert.ok(times <= 1, `${act} stands ${times} times in the log`)
      if (told !== 'unknown') assert.equal(times, told === 'acknowledged' ? 1 : 0, `${act} was ${told}`)
    }
    return logged
  }
}

/** The texts in the log of a member, in its order. */
export async function loggedAt(replica: Replica): Promise<readonly string[]> {
  const entries = await stale(replica, 'log.entries', [1, 1000])
  assert.ok(isList(entries))
  return textsIn(entries.flatMap((entry) => membersOf(entry)['command'] ?? []))
}
