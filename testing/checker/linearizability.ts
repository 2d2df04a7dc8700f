/**
 * Whether a history is linearizable: whether one order of its operations, true to their times, explains all answers.
 */
import type { Operation } from './history.js'
import type { Model } from './model.js'
import { search, type Furthest } from './search.js'

/** Linearizable: an order for each partition. Not linearizable: what shows it. Undecided: too hard in so many steps. */
export type Verdict<State, Call, Result> =
  | { readonly kind: 'linearizable'; readonly orders: readonly Order<Call, Result>[] }
  | { readonly kind: 'not linearizable'; readonly evidence: Evidence<State, Call, Result> }
  | { readonly kind: 'undecided'; readonly partitions: readonly string[] }

/** Those of unknown outcome that aren't in it need not have taken effect. */
export interface Order<Call, Result> {
  readonly partition: string
  readonly order: readonly Operation<Call, Result>[]
}

/** A partition for which there is no order, and the attempt that got furthest. */
export interface Evidence<State, Call, Result> extends Furthest<State, Call, Result> {
  readonly partition: string
  /** All of the partition's. */
  readonly operations: readonly Operation<Call, Result>[]
}

/** How far the search goes. */
export interface CheckOptions {
  /** Steps of the search, for each partition, 1 or more; a million take about a second. Default 2,000,000. */
  readonly stepsMax?: number
}

const STEPS_MAX = 2_000_000

/**
 * The shortest partitions come first, as they are the quickest to judge. The first that isn't linearizable decides,
 * also when others before it were too hard.
 *
 * @throws RangeError for times that are not finite, or an answer before its call.
 */
export function check<State, Call, Result>(
  history: readonly Operation<Call, Result>[],
  model: Model<State, Call, Result>,
  { stepsMax = STEPS_MAX }: CheckOptions = {},
): Verdict<State, Call, Result> {
  for (const operation of history) demandTimes(operation)
  const orders: Order<Call, Result>[] = []
  const undecided: string[] = []
  for (const [partition, operations] of partitionsOf(history, model)) {
    const found = search(model, operations, { steps: stepsMax })
    switch (found.kind) {
      case 'none':
        return { kind: 'not linearizable', evidence: { partition, operations, ...found } }
      case 'order':
        orders.push({ partition, order: found.order })
        break
      case 'gave up':
        undecided.push(partition)
    }
  }
  return undecided.length > 0
    ? { kind: 'undecided', partitions: undecided }
    : { kind: 'linearizable', orders }
}

function partitionsOf<State, Call, Result>(
  history: readonly Operation<Call, Result>[],
  model: Model<State, Call, Result>,
): (readonly [string, readonly Operation<Call, Result>[]])[] {
  const whole: [string, readonly Operation<Call, Result>[]][] = [['', history]]
  const { partition } = model
  if (partition === undefined) return whole
  const partitions = new Map<string, Operation<Call, Result>[]>()
  for (const operation of history) {
    const name = partition(operation.call)
    if (name === null) return whole
    const operations = partitions.get(name)
    if (operations === undefined) partitions.set(name, [operation])
    else operations.push(operation)
  }
  return [...partitions].sort(([, a], [, b]) => a.length - b.length)
}

function demandTimes({ client, invokedAt, outcome }: Operation<unknown, unknown>): void {
  const end = outcome.kind === 'answered' ? outcome.at : invokedAt
  if (Number.isFinite(invokedAt) && Number.isFinite(end) && invokedAt <= end) return
  throw new RangeError(`a call of ${client} was invoked at ${invokedAt} and answered at ${end}`)
}
