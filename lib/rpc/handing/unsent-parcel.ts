/**
 * The parcel of a call's params before it is known over which connection they go: what they hand over is found when the
 * call is made, and pointed at anew in each of its attempts.
 */
import type { Json } from '../../json.js'
import { InvalidParamsError } from '../errors.js'
import { canBeHandedOver, type ExposedOf } from './exports.js'
import { isStub } from './imports.js'
import { referenceOf } from './references.js'
import type { ParamsText } from '../messages/request.js'
import type { Tag, Pointers } from '../../values/tags.js'

interface Found {
  readonly value: object
  /** As it stands in the params. */
  readonly tag: { $: string; of: Json }
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
    const isFound = isStub(value) || referenceOf(value) !== undefined
    if (!isFound && !canBeHandedOver(value, this.#exposedOf)) return undefined
    const tag = { $: 'export', of: null }
    this.#found.push({ value, tag })
    return tag
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
