/** Changes of the configuration between their proposal and their commit: one at a time, as the core has it (§6). */
import type { Clock, Ms } from '../../ports.js'
import { ms } from '../../ports.js'
import type { ConfigureRefusal, EffectOf, Hearers, Input, LogIndex, Target } from '../../raft/types.js'
import { OutcomeUnknownError } from '../../rpc/errors.js'

export type ChangeOutcome = 'committed' | ConfigureRefusal

interface Change {
  readonly name: string
  index: number
  settle(outcome: ChangeOutcome | Error): void
}

export class ConfigurationChanges {
  /** Being proposed in this very step. */
  #offered: Change | undefined
  /** Appended; the core refuses another one until it is committed. */
  #appended: Change | undefined

  constructor(
    private readonly clock: Clock,
    private readonly take: (input: Input) => void,
  ) {}

  /**
   * Proposes the target and waits until all of its change is committed, or says why it was not appended. Rejects with
   * OUTCOME_UNKNOWN when leadership is lost or time runs out before.
   */
  async change(name: string, target: Target, deadline: Ms): Promise<ChangeOutcome> {
    const settled = new Promise<ChangeOutcome | Error>((settle) => {
      this.#offered = { name, index: 0, settle }
      this.take({ type: 'configure', target })
    })
    const appended = this.#appended
    const timer = this.clock.after(ms(Math.max(deadline - this.clock.now(), 0)), () =>
      appended?.settle(unknown(name, 'time ran out before it was committed')),
    )
    const outcome = await settled
    timer.cancel()
    if (outcome instanceof Error) throw outcome
    return outcome
  }

  configured({ index }: EffectOf<'configured'>): void {
    const change = this.#takeOffered()
    if (change === undefined) return
    change.index = index
    this.#appended = change
  }

  refused({ reason }: EffectOf<'configureRefused'>): void {
    this.#takeOffered()?.settle(reason)
  }

  get hearers(): Hearers {
    return {
      configurationCommitted: ({ index }) => this.#committed(index),
      steppedDown: () => this.abandon('leadership was lost'),
    }
  }

  #takeOffered(): Change | undefined {
    const change = this.#offered
    this.#offered = undefined
    return change
  }

  #committed(index: LogIndex): void {
    const change = this.#appended
    if (change === undefined || index < change.index) return
    this.#appended = undefined
    change.settle('committed')
  }

  abandon(why: string): void {
    const change = this.#appended
    this.#appended = undefined
    change?.settle(unknown(change.name, `${why} before it was committed`))
  }
}

function unknown(name: string, why: string): OutcomeUnknownError {
  return new OutcomeUnknownError(`${name} was begun, but ${why}: look at the members' status, and ask again`)
}
