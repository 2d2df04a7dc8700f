/**
 * What an object is called by which anybody finds it: a name, tags (`meta:red`) or a URI. Such an object is not handed
 * over but pointed at: what arrives is a proxy that finds it by itself, however often connections and processes end
 * meanwhile. To read a reference calls nobody and opens no connection: its first call does.
 */
import type { Json } from '../../json.js'
import type { Tag } from '../../values/tags.js'
import { UnreadableValueError } from '../../values/unsuitable.js'
import { formatAddress, readUri } from '../uri-grammar.js'

/** The object of that name, tags or URI. `isGiven`: as an argument. @throws InvalidParamsError for what is none */
export type Referred = (reference: string, isGiven: boolean) => object

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

/** Whether this process serves it as what it is pointed at by. */
export function isOwn(value: object, reference: string): boolean {
  return own.get(reference) === value
}

/**
 * What comes home to the connection that it was `handed` over on is the object itself. Anybody can write a reference,
 * though: of all other objects of this process it gets no more than a stranger does, what they expose, and through the
 * same doors. `isLocal`: whoever has written it is a process of this machine. @throws UnreadableValueError, InvalidParamsError
 */
export function metReference(
  of: Json,
  handed: Pick<WeakSet<object>, 'has'>,
  referred: ((reference: string) => object) | undefined,
  isLocal: boolean,
): object {
  if (typeof of !== 'string' || of.length > REFERENCE_LENGTH_MAX)
    throw new UnreadableValueError('a reference that is no name and no URI')
  const known = own.get(of)
  if (known !== undefined && handed.has(known)) return known
  if (!isLocal) demandElsewhere(of)
  if (referred !== undefined) return referred(of)
  throw new UnreadableValueError(
    'a reference to an object elsewhere, and this end of the connection has no client by which to find it',
  )
}

/** Who is not on this machine has no say in which of its sockets are called, to which its files alone give access. */
function demandElsewhere(reference: string): void {
  const read = readUri(reference)
  if ('problem' in read || read.value.address.kind !== 'unix') return
  throw new UnreadableValueError(
    `a reference to ${formatAddress(read.value.address)}, a socket of this machine, and it did not come over one: ` +
      'give what is found by its name, or at a host and port',
  )
}
