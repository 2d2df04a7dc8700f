/** Queries as callers see them: they run at one member, once it has applied what they must have seen. */
import type { Json } from '../../json.js'
import type { Clock, Ms } from '../../ports.js'
import { ms } from '../../ports.js'
import type { RaftServer } from '../../raft/types.js'
import type { NotLeaderError } from '../../rpc/errors.js'
import { Answer } from '../../rpc/exposed.js'
import type { AnswerMeta, CallContext, Handler, JsonText } from '../../rpc/exposed.js'
import { CALL_BUDGET_MS } from '../guards/too-late.js'
import type { Applied } from '../machine/applied.js'
import type { StateMachine } from '../machine/machine.js'
import { listText } from '../objects/list-text.js'
import { stepwiseQuery, type Steps } from '../objects/stepwise.js'
import { LongQueries } from './long-queries.js'
import type { Reads } from './reads.js'

export interface QueryDoorOptions {
  readonly clock: Clock
  readonly machine: StateMachine
  readonly reads: Reads
  readonly raft: Pick<RaftServer, 'view'>
  /**
   * How old the data that is applied here is at most, by this member's own knowledge. Milliseconds; null: it never
   * knew.
   */
  readonly dataAge: () => Ms | null
  readonly applied: Pick<Applied, 'index'>
  readonly notLeader: () => NotLeaderError
}

/**
 * The leader runs linearizable queries, so that they need not be asked for twice; a follower asks it how far it must have
 * come, and runs those of who can't reach the leader (`meta.via`).
 */
export class QueryDoor {
  readonly #longQueries: LongQueries

  constructor(private readonly options: QueryDoorOptions) {
    this.#longQueries = new LongQueries(options.clock)
  }

  handlerOf(object: string, method: string): Handler {
    const isLong = stepwiseQuery(this.options.machine.instanceOf(object), method) !== undefined
    return isLong ? this.#longQuery.bind(this, object, method) : this.#query.bind(this, object, method)
  }

  /** Begins once it may see the objects as they are, and then takes its time. */
  async #longQuery(
    object: string,
    method: string,
    params: readonly Json[],
    context: CallContext,
  ): Promise<Answer | JsonText> {
    const { raft, notLeader, clock, machine, reads, applied, dataAge } = this.options
    const { consistency = 'linearizable', via } = context.meta
    const deadline = context.deadline ?? ms(clock.now() + CALL_BUDGET_MS)
    const name = `${object}.${method}`
    if (consistency === 'linearizable' && via === undefined && raft.view.role !== 'leader') throw notLeader()
    if (consistency !== 'stale') await reads.submit(name, deadline, () => null, context)
    let asOf: AnswerMeta | undefined
    const steps = function* (): Steps<JsonText> {
      asOf = { appliedIndex: applied.index, ageMs: dataAge() }
      const query = stepwiseQuery(machine.instanceOf(object), method)
      const texts = query === undefined ? [] : yield* query(...params)
      return yield* listText(texts, ({ length }) => length)
    }
    const result = await this.#longQueries.run(name, steps(), { ...context, deadline })
    return consistency === 'stale' && asOf !== undefined ? new Answer(result, asOf) : result
  }

  #query(
    object: string,
    method: string,
    params: readonly Json[],
    context: CallContext,
  ): Answer | Promise<Json> {
    const { raft, notLeader, clock, machine, reads, applied, dataAge } = this.options
    const run = machine.query.bind(machine, object, method, params)
    const { consistency = 'linearizable', via } = context.meta
    switch (consistency) {
      case 'stale':
        return new Answer(run(), { appliedIndex: applied.index, ageMs: dataAge() })
      case 'linearizable':
      case 'follower': {
        if (consistency === 'linearizable' && via === undefined && raft.view.role !== 'leader')
          throw notLeader()
        const deadline = context.deadline ?? ms(clock.now() + CALL_BUDGET_MS)
        return reads.submit(`${object}.${method}`, deadline, run, context)
      }
    }
  }
}
