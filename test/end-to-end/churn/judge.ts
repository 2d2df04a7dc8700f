/** Compares what the clients were told with what each member holds. */
import type { Ledger } from './ledger.js'

/** A member's own copy of both objects. */
export interface Copy {
  readonly id: string
  /** Of the log, in order. */
  readonly keys: readonly string[]
  readonly counter: number
}

const EXAMPLES = 5

/** Sentences about what is wrong; none: every command is there as often as its client was told. */
export function judge(ledger: Ledger, copies: readonly Copy[]): readonly string[] {
  return [
    ...ledger.strange,
    ...judgeAnswers(ledger),
    ...copies.flatMap((copy) => judgeCopy(ledger, copy, copies[0])),
  ]
}

function judgeAnswers({ values }: Ledger): readonly string[] {
  return examples(
    'increments were answered with the value of another one',
    values.length - new Set(values).size,
  )
}

function judgeCopy(ledger: Ledger, copy: Copy, first: Copy = copy): readonly string[] {
  const { keys, counter } = copy
  const { appended, unknown, refused, values, unknownIncrements } = ledger
  const seen = new Set<string>()
  const twice = keys.filter((key) => seen.size === seen.add(key).size)
  const lost = [...appended].filter(([key, index]) => keys[index - 1] !== key).map(([key]) => key)
  const denied = keys.filter((key) => refused.has(key))
  const phantoms = keys.filter((key) => !appended.has(key) && !unknown.has(key) && !refused.has(key))
  const most = values.length + unknownIncrements
  const isCounted = counter >= values.length && counter <= most && values.every((value) => value <= counter)
  const wrong = [
    ...examples('acknowledged appends are not at their place', lost),
    ...examples('appends are there twice', twice),
    ...examples('appends are there that were said not to have run', denied),
    ...examples('appends are there that nobody sent', phantoms),
    ...(isCounted ? [] : [`the counter is ${counter}, not from ${values.length} to ${most}`]),
    ...examples(`entries differ from those of ${first.id}`, differing(copy, first)),
  ]
  return wrong.map((sentence) => `${copy.id}: ${sentence}`)
}

function differing(copy: Copy, first: Copy): readonly string[] {
  const length = Math.max(copy.keys.length, first.keys.length)
  const places = Array.from({ length }, (_, at) => at).filter((at) => copy.keys[at] !== first.keys[at])
  return [
    ...places.map((at) => `entry ${at + 1}`),
    ...(copy.counter === first.counter ? [] : ['the counter']),
  ]
}

function examples(what: string, found: readonly string[] | number): readonly string[] {
  if (typeof found === 'number') return found === 0 ? [] : [`${found} ${what}`]
  if (found.length === 0) return []
  return [
    `${found.length} ${what}: ${found.slice(0, EXAMPLES).join(', ')}${found.length > EXAMPLES ? ', …' : ''}`,
  ]
}
