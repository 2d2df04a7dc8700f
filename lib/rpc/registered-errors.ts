/**
 * What is thrown and belongs to a class that both ends have registered: beside the error of the wire, which everybody
 * reads, it goes as the value that it is, and whoever made the call catches an instance of that class.
 */
import { isList, type Json } from '../json.js'
import { decoded } from '../values/decoded.js'
import { encoded } from '../values/encoded.js'
import { registeredTypeOf } from '../values/registered.js'
import { isTag } from '../values/tags.js'
import { RollcallError, type RemoteError } from './errors.js'

/** Of its tag, in UTF-16 units: an error is not the place for a result. */
const THROWN_TEXT_MAX = 65_536

/** The instance that stands in for what a call has met, while that is on its way to whoever made the call. */
const instances = new WeakMap<RollcallError, Error>()
const met = new WeakMap<Error, RollcallError>()

/** Undefined: it is no error of a registered class, or its `encode` brings what can't travel, or too much. */
export function thrownTag(thrown: unknown): Json | undefined {
  try {
    if (!(thrown instanceof Error) || registeredTypeOf(thrown) === undefined) return undefined
    const { json } = encoded(thrown, 'the error')
    return JSON.stringify(json).length <= THROWN_TEXT_MAX ? json : undefined
  } catch {
    return undefined
  }
}

/** `tag`: whatever stood beside the error. What makes no error of a class that is registered here is left alone. */
export function cameAs(error: RemoteError, tag: Json): void {
  try {
    if (!isTag(tag) || tag.$ !== 'type' || !isList(tag['of'])) return
    const instance = decoded(tag, undefined, 'the error')
    if (instance instanceof Error) instances.set(error, instance)
  } catch {
    // The other end knows another class by that name, or a stranger has made it up.
  }
}

/** What whoever made the call catches where it has met `error`. */
export function asThrown(error: RollcallError): Error {
  const instance = instances.get(error)
  if (instance === undefined) return error
  met.set(instance, error)
  try {
    showStack(instance, error)
  } catch {
    // Its class has written name or message as getters, which throw.
  }
  return instance
}

/** That of `error` tells where the call was made, and what the other end has said of where it was thrown. */
function showStack(instance: Error, { name, message, stack = '' }: RollcallError): void {
  const lines = stack.slice(`${name}: ${message}`.length)
  const value = `${instance.name}: ${instance.message}${lines}`
  Reflect.defineProperty(instance, 'stack', { value, configurable: true, writable: true, enumerable: false })
}

/**
 * What became of the call that `error` was caught of: its `outcome`, `code`, `retry`, and of an error of a registered class
 * `remote`, as the other end has told it. An error of this package is that itself. Undefined: no call has rejected with it.
 */
export function callErrorOf(error: unknown): RollcallError | undefined {
  if (error instanceof RollcallError) return error
  return error instanceof Error ? met.get(error) : undefined
}
