/** Calls, results and states as a person would write them, on one line. */
import { canonicalText } from './canonical-text.js'
import type { MethodCall, Operation } from './history.js'
import type { Model } from './model.js'

/** As typed at the REPL: `set x 1`. Strings stand without quotes where no one can take them for anything else. */
export function callText({ method, params }: MethodCall): string {
  return [method, ...params.map(valueText)].join(' ')
}

/** What was called and what was answered, `?` if nothing was. */
export function operationText<Call, Result>(
  { call, outcome }: Operation<Call, Result>,
  model: Pick<Model<never, Call, Result>, 'callText'>,
): string {
  const called = model.callText === undefined ? canonicalText(call) : model.callText(call)
  return `${called} → ${outcome.kind === 'answered' ? valueText(outcome.result) : '?'}`
}

export function valueText(value: unknown): string {
  const isPlain =
    typeof value === 'string' && /^[A-Za-z_][\w.:-]*$/.test(value) && !JSON_WORDS.includes(value)
  return isPlain ? value : canonicalText(value)
}

/** At most `lengthMax` characters, 1 or more. */
export function shortened(text: string, lengthMax: number): string {
  const characters = Array.from(text)
  return characters.length <= lengthMax ? text : `${characters.slice(0, lengthMax - 1).join('')}…`
}

const JSON_WORDS: readonly string[] = ['null', 'true', 'false']
