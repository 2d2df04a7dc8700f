/** The history of `log` as its model wants it: beginning with an empty log, and with no more in doubt than there is. */
import type { Json } from '../../../../lib/json.js'
import type { Operation } from '../../../../testing/checker/history.js'
import type { History } from '../histories.js'

/**
 * The last reads tell what became of appends that nobody was told of. Each text is appended once: where it is found,
 * there it was appended, before that read ended; what is not found was not appended before it, and may be left out.
 * Without this the checker would have to try each of them in each gap.
 */
export function settled(history: History): History {
  const found = new Map<string, { readonly answer: Json; readonly at: number }>()
  for (const { call, outcome } of history) {
    if (call.method !== 'entries' || outcome.kind === 'unknown') continue
    for (const { index, term, command } of entriesOf(outcome.result))
      found.set(command, { answer: { index, term }, at: outcome.at })
  }
  return history.flatMap((operation): readonly Operation[] => {
    if (operation.outcome.kind !== 'unknown') return [operation]
    const [text] = operation.call.params
    const place = typeof text === 'string' ? found.get(text) : undefined
    if (place === undefined) return []
    return [{ ...operation, outcome: { kind: 'answered', at: place.at, result: place.answer } }]
  })
}

/** As if the log had been empty when it had `length` entries. */
export function fromBegin(history: History, length: number): History {
  return history.map((operation) => {
    const { call, outcome } = operation
    const [first, ...rest] = call.params
    const isAtIndex = call.method === 'entry' || call.method === 'entries'
    const params = isAtIndex && typeof first === 'number' ? [first - length, ...rest] : call.params
    return {
      ...operation,
      call: { ...call, params },
      outcome: outcome.kind === 'unknown' ? outcome : { ...outcome, result: shifted(outcome.result, length) },
    }
  })
}

function shifted(result: Json, length: number): Json {
  if (typeof result === 'number') return result - length
  if (isList(result)) return result.map((each) => shifted(each, length))
  if (typeof result !== 'object' || result === null) return result
  const { index } = result
  return typeof index === 'number' ? { ...result, index: index - length } : result
}

interface Entry {
  readonly index: number
  readonly term: number
  readonly command: string
}

function entriesOf(result: Json): readonly Entry[] {
  if (!isList(result)) return []
  return result.flatMap((each) => {
    if (typeof each !== 'object' || each === null || isList(each)) return []
    const { index, term, command } = each
    const isEntry = typeof index === 'number' && typeof term === 'number' && typeof command === 'string'
    return isEntry ? [{ index, term, command }] : []
  })
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
