/** What a call goes to: an object by its name or its URI, and a method of it. */
import type { Target } from '../rpc/calling/caller.js'
import { checkValue, TEXT, type Rule } from '../rpc/options.js'
import { parseUri, uri } from '../rpc/uri.js'
import { isUri } from './reference.js'

/** A dot parts an object from its method: behind one it would be another object's. */
export const METHOD: Rule = {
  holds: (value) => typeof value === 'string' && /^[^.]+$/.test(value),
  wanted: 'a text without a dot',
}

/** @throws InvalidParamsError for a URI that is none */
export function targetOf(object: string): Target {
  checkValue('the name of an object', object, TEXT)
  return isUri(object) ? { uri: uri(object) } : { name: object }
}

/** As it is told in spans. */
export function objectIn(target: Target): string {
  if ('uri' in target) return parseUri(target.uri).objectId
  return 'name' in target ? target.name : 'leader'
}
