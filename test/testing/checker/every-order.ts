/** The definition of linearizability, word by word, for tiny histories: every choice, every order. Slow and plain. */
import type { Json } from '../../../lib/json.js'
import type { MethodCall, Operation } from '../../../testing/checker/history.js'

/** An object that changes as it is called; another one for each order. */
export type Fresh = () => (call: MethodCall) => Json

/**
 * Whether some of the unknown operations, with all that are answered, stand in some order that explains every answer.
 */
export function isExplained(history: readonly Operation[], fresh: Fresh): boolean {
  const answered = history.filter(({ outcome }) => outcome.kind === 'answered')
  const unknown = history.filter(({ outcome }) => outcome.kind === 'unknown')
  return subsets(unknown).some((happened) =>
    orders([...answered, ...happened]).some((order) => isTrueToTime(order) && explains(order, fresh)),
  )
}

function isTrueToTime(order: readonly Operation[]): boolean {
  return order.every((later, at) => order.slice(0, at).every((earlier) => !isBefore(later, earlier)))
}

function isBefore(a: Operation, b: Operation): boolean {
  return a.outcome.kind === 'answered' && a.outcome.at < b.invokedAt
}

function explains(order: readonly Operation[], fresh: Fresh): boolean {
  const object = fresh()
  return order.every(({ call, outcome }) => {
    const result = JSON.stringify(object(call))
    return outcome.kind === 'unknown' || result === JSON.stringify(outcome.result)
  })
}

function subsets<T>(list: readonly T[]): (readonly T[])[] {
  return list.reduce<T[][]>((sets, each) => [...sets, ...sets.map((set) => [...set, each])], [[]])
}

function orders<T>(list: readonly T[]): (readonly T[])[] {
  if (list.length === 0) return [[]]
  return list.flatMap((first, at) =>
    orders([...list.slice(0, at), ...list.slice(at + 1)]).map((rest) => [first, ...rest]),
  )
}
