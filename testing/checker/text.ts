/** Calls, results and states as a person would write them, on one line. */
import { canonicalText } from './canonical-text.js'
import type { MethodCall, Operation } from './history.js'
import type { Model } from './model.js'

/** As typed at the REPL: `set x 1`. Strings stand without quotes where no one can take them for anything else. */
export function callText({ method, params }: MethodCall): string {
  return [method, ...params.map(valueText)].join(' ')
}

/** The call as its model writes it. */
export function callOf<Call>(call: Call, model: Pick<Model<never, Call, never>, 'callText'>): string {
  return model.callText === undefined ? canonicalText(call) : model.callText(call)
}

/** What was called and what was answered, `?` if nothing was. */
export function operationText<Call, Result>(
  { call, outcome }: Operation<Call, Result>,
  model: Pick<Model<never, Call, never>, 'callText'>,
): string {
  return `${callOf(call, model)} → ${outcome.kind === 'answered' ? valueText(outcome.result) : '?'}`
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

/** Lines of at most `lengthMax` characters, broken at spaces; a word that is longer is cut. */
export function wrapped(text: string, lengthMax: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').map((each) => shortened(each, lengthMax))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (longer.length <= lengthMax) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}

const JSON_WORDS: readonly string[] = ['null', 'true', 'false']
