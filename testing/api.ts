/** `rollcall/testing`: for tests of objects that are replicated, and of anything that should be linearizable. */
export { simulate } from './trial/simulate.js'
export { TrialFailure, type Trial, type TrialCall, type TrialReport } from './trial/trial.js'
export type { Dice } from './simulator/dice.js'

export { Recorder, type Begun, type MethodCall, type Operation, type Outcome } from './checker/history.js'
export {
  check,
  type CheckOptions,
  type Evidence,
  type Order,
  type Verdict,
} from './checker/linearizability.js'
export { smallestPart, type Part, type SmallestOptions } from './checker/smallest.js'
export { draw } from './checker/draw.js'
export type { Model, Step } from './checker/model.js'
export { counterModel } from './checker/models/counter.js'
export { idGeneratorModel } from './checker/models/id-generator.js'
export { kvModel } from './checker/models/kv.js'
export { lockModel, type LockState } from './checker/models/lock.js'
export { logModel } from './checker/models/log.js'
export { onceModel, type OnceState } from './checker/models/once.js'
export { queueModel, type QueuedState, type QueueState } from './checker/models/queue.js'
