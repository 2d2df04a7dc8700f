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

/** For each part of a history that is judged by itself, as a key of `kv` is. About ten seconds of one core. */
const STEPS_MAX = 10_000_000

/**
 * Sentences about what is wrong. `histories` end with reads of everything, made when no other call was under way. A
 * history for which the search takes more than `stepsMax` steps is wrong as well: nothing is known of it.
 */
export function judge(
  histories: (object: ObjectName) => History,
  begin: Begin,
  stepsMax = STEPS_MAX,
): readonly string[] {
  return [
    ...judgeOne('kv', histories('kv'), kvModel, stepsMax),
    ...judgeOne('counter', histories('counter'), { ...counterModel, initial: () => begin.counter }, stepsMax),
    ...judgeOne('log', fromBegin(settled(histories('log')), begin.logLength), logModel, stepsMax),
  ]
}

function judgeOne<State>(
  object: ObjectName,
  history: readonly Operation[],
  model: Model<State, MethodCall, Json>,
  stepsMax: number,
): readonly string[] {
  const verdict = check(history, model, { stepsMax })
  switch (verdict.kind) {
    case 'linearizable':
      return []
    case 'undecided': {
      const parts = verdict.partitions.filter((partition) => partition !== '').join(', ')
      const where = parts === '' ? '' : ` (${parts})`
      return [
        `the history of ${object}${where} is undecided: of ${history.length} calls no order was found, and none ruled out, in ${stepsMax} steps`,
      ]
    }
    case 'not linearizable': {
      const drawing = draw(smallestPart(verdict.evidence, model), model)
      return [`the history of ${object} is not linearizable:\n${drawing}`]
    }
  }
}
