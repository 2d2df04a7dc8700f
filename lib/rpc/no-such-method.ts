/** The sentence on a call of a method that its object has not. */
import { closest } from '../suggest.js'

/** So many names help; more would bury the rest of the sentence. */
const NAMES_SHOWN = 20

export function noSuchMethod(object: string, method: string, names: readonly string[]): string {
  const meant = closest(method, names)
  const hint = meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`
  const more = names.length > NAMES_SHOWN ? `, and ${names.length - NAMES_SHOWN} more` : ''
  const has = `It has: ${names.slice(0, NAMES_SHOWN).join(', ')}${more}`
  return `${object}.${method}: ${object} has no method ${JSON.stringify(method)}${hint === '' ? '.' : hint} ${has}`
}
