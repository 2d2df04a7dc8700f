/**
 * The parcel of a call's params before it is known over which connection they go: what they hand over is found when the
 * call is made, and pointed at anew in each of its attempts.
 */
import { copyOf, isJsonNumber, isList, isObject, type Json } from '../../json.js'
import { encoded, WrittenBefore } from '../../values/encoded.js'
import { InternalError, InvalidParamsError } from '../errors.js'
import { canBeHandedOver, type ExposedOf } from './exports.js'
import { isStub } from './imports.js'
import { referenceOf, referenceTag } from './references.js'
import { bearErrors } from './stream-source.js'
import type { ParamsText } from '../messages/request.js'
import { isTag, type Tag, type Pointers } from '../../values/tags.js'
import { toWire } from '../wire-error.js'

interface Found {
  readonly value: object
  /** As it stands in the params. */
  readonly tag: { $: string; of: Json }
}

/** Whether the value goes as what it is, and not as what it holds. */
export function isPointedAt(value: object, exposedOf: ExposedOf): boolean {
  return isStub(value) || referenceOf(value) !== undefined || canBeHandedOver(value, exposedOf)
}

export class UnsentParcel implements Pointers {
  readonly #found: Found[] = []
  readonly #exposedOf: ExposedOf

  constructor(exposedOf: ExposedOf) {
    this.#exposedOf = exposedOf
  }

  get isEmpty(): boolean {
    return this.#found.length === 0
  }

  refer(value: object): Tag | undefined {
    if (!isPointedAt(value, this.#exposedOf)) return undefined
    bearErrors(value)
    const tag = { $: 'export', of: null }
    this.#found.push({ value, tag })
    return tag
  }

  /** Undefined: they hold more than what JSON has, and references. `json`: the params, as they were written with this. */
  asReferences(json: Json): ParamsText | undefined {
    for (const { value, tag } of this.#found) {
      const reference = referenceOf(value)
      if (reference === undefined) return undefined
      Object.assign(tag, referenceTag(reference))
    }
    const own = new Set<Json>(this.#found.map(({ tag }) => tag))
    return hasTagBeside(own, json) ? undefined : (JSON.stringify(json) as ParamsText)
  }

  meet(mark: string): never {
    throw new InvalidParamsError(`a tag ${JSON.stringify(mark)} in params that are written`)
  }

  /** The params, as they were written with this, for one connection. @throws InvalidParamsError, OverloadedError */
  filled(json: Json, name: string, parcel: Pointers): ParamsText {
    for (const { value, tag } of this.#found) {
      const at = parcel.refer(value)
      if (at === undefined)
        throw new InvalidParamsError(
          `${name}: what came over another connection can't be handed on over this one; the call was not sent`,
        )
      Object.assign(tag, at)
    }
    return JSON.stringify(json) as ParamsText
  }
}

/** `{items: [item]}`. */
const LEVELS_AROUND_ITEM = 2

/**
 * An item of a stream as it is sent to who reads tags: written, unless it is JSON, or hands over what is pointed at only
 * where it is known over which connection. @throws InternalError where it can't travel over any
 */
export function writtenItem(item: unknown, exposedOf: ExposedOf): unknown {
  if (typeof item === 'string' || isJsonNumber(item)) return item
  const parcel = new UnsentParcel(exposedOf)
  try {
    const { json, isTagged } = encoded(item, 'the item', parcel, LEVELS_AROUND_ITEM)
    if (isTagged) return parcel.isEmpty ? new WrittenBefore(json) : item
    // A copy: its iterator is asked for the next one before this one is sent, and may bring the same object, changed.
    return copyOf(json)
  } catch (cause) {
    throw new InternalError(`an item of a stream can not be sent: ${toWire(cause).message}`, { cause })
  }
}

function hasTagBeside(known: ReadonlySet<Json>, json: Json): boolean {
  const left: Json[] = [json]
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (isList(part)) for (const each of part) left.push(each)
    else if (isTag(part) && !known.has(part)) return true
    else if (isObject(part)) for (const each of Object.values(part)) left.push(each)
  }
  return false
}
