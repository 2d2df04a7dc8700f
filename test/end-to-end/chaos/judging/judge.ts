/** Whether all that the clients of a round were told, and what was there in the end, fits into one story. */
import type { Json } from '../../../../lib/json.js'
import { draw } from '../../../../testing/checker/draw.js'
import type { MethodCall, Operation } from '../../../../testing/checker/history.js'
import { check } from '../../../../testing/checker/linearizability.js'
import type { Model } from '../../../../testing/checker/model.js'
import { counterModel } from '../../../../testing/checker/models/counter.js'
import { kvModel } from '../../../../testing/checker/models/kv.js'
import { logModel } from '../../../../testing/checker/models/log.js'
import { smallestPart } from '../../../../testing/checker/smallest.js'
import { fromBegin, settled } from './log-history.js'
import type { History, ObjectName } from '../histories.js'

/** What the clients of this round found. */
export interface Begin {
  readonly counter: number
  readonly logLength: number
}

export interface Judgement {
  readonly wrong: readonly string[]
  /** Histories for which the search was too long: nothing is known of them. */
  readonly undecided: number
}

/** `histories` end with reads of everything, made when no other call was under way. */
export function judge(histories: (object: ObjectName) => History, begin: Begin): Judgement {
  return added([
    judgeOne('kv', histories('kv'), kvModel),
    judgeOne('counter', histories('counter'), { ...counterModel, initial: () => begin.counter }),
    judgeOne('log', fromBegin(settled(histories('log')), begin.logLength), logModel),
  ])
}

function judgeOne<State>(
  object: ObjectName,
  history: readonly Operation[],
  model: Model<State, MethodCall, Json>,
): Judgement {
  const verdict = check(history, model)
  switch (verdict.kind) {
    case 'linearizable':
      return { wrong: [], undecided: 0 }
    case 'undecided':
      return { wrong: [], undecided: verdict.partitions.length }
    case 'not linearizable': {
      const drawing = draw(smallestPart(verdict.evidence, model), model)
      return { wrong: [`the history of ${object} is not linearizable:\n${drawing}`], undecided: 0 }
    }
  }
}

function added(judgements: readonly Judgement[]): Judgement {
  return {
    wrong: judgements.flatMap(({ wrong }) => wrong),
    undecided: judgements.reduce((sum, { undecided }) => sum + undecided, 0),
  }
}
