/**
 * What an object is called by which anybody finds it: a name, tags (`meta:red`) or a URI. Such an object is not handed
 * over but pointed at: what arrives is a proxy that finds it by itself, however often connections and processes end
 * meanwhile. To read a reference calls nobody and opens no connection: its first call does.
 */
import type { Json } from '../../json.js'
import type { Tag } from '../../values/tags.js'
import { UnreadableValueError } from '../../values/unsuitable.js'

/** The object of that name, tags or URI. @throws InvalidParamsError for what is none */
export type Referred = (reference: string) => object

/** Longer than any name, and any list of tags. */
const REFERENCE_LENGTH_MAX = 10_000

const references = new WeakMap<object, string>()
/** Objects of this very process. */
const own = new Map<string, object>()

/** `proxy` stands for what is called so. */
export function standsFor(proxy: object, reference: string): void {
  references.set(proxy, reference)
}

/** This process serves it under that name, or at that URI; of several the last that was told. */
export function isServedAs(object: object, reference: string): void {
  references.set(object, reference)
  own.set(reference, object)
}

/** It is not served any more under that name, or at that URI. */
export function isServedNoMore(object: object, reference: string): void {
  if (references.get(object) === reference) references.delete(object)
  if (own.get(reference) === object) own.delete(reference)
}

/** Undefined: it is found by no such thing. */
export function referenceOf(value: object): string | undefined {
  return references.get(value)
}

export function referenceTag(reference: string): Tag {
  return { $: 'ref', of: reference }
}

/** What comes home is the object itself. @throws UnreadableValueError, InvalidParamsError */
export function metReference(of: Json, referred: Referred | undefined): object {
  if (typeof of !== 'string' || of.length > REFERENCE_LENGTH_MAX)
    throw new UnreadableValueError('a reference that is no name and no URI')
  const known = own.get(of)
  if (typeof known === 'object') return known
  if (referred !== undefined) return referred(of)
  throw new UnreadableValueError(
    'a reference to an object elsewhere, and this end of the connection has no client by which to find it',
  )
}
