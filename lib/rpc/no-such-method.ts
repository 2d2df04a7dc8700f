/** The sentences on a call of what is not there. */
import { closest } from '../suggest.js'
import { shortened } from '../values/words.js'

/** So many names help; more would bury the rest of the sentence. */
const NAMES_SHOWN = 20

export function noSuchMethod(object: string, method: string, names: readonly string[]): string {
  const shown = shortened(object)
  const hint = meant(method, names)
  return `${shown}.${shortened(method)}: ${shown} has no method ${quoted(method)}${hint} It has: ${listed(names)}`
}

/** Of a call whose process has not that object. */
export function noSuchObject(object: string, called: string, names: readonly string[]): string {
  if (object === '') return `${quoted(called)} is no method: call it as OBJECT.METHOD`
  const hint = meant(object, names)
  return `${shortened(called)}: there is no object ${quoted(object)} here${hint} There are: ${listed(names)}`
}

/** Of a call of what a connection had handed over. */
export function letGo(called: string): string {
  return (
    `${shortened(called)}: there is no such thing here: what a connection hands over is there until it is released or the ` +
    `connection has ended; ask for it anew`
  )
}

function meant(word: string, names: readonly string[]): string {
  const name = closest(word, names)
  return name === undefined ? '.' : `; did you mean ${JSON.stringify(name)}?`
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMES_SHOWN ? `, and ${names.length - NAMES_SHOWN} more` : ''
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${more}`
}

function quoted(name: string): string {
  return JSON.stringify(shortened(name))
}
