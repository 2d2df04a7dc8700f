/** The way of several calls that are made together: one attempt of all of them goes to one place. */
import type { RollcallError } from '../errors.js'
import { Route } from './route.js'
import type { Uri } from '../uri.js'

export class CommonRoute extends Route {
  #next: Promise<Uri> | undefined
  #wasHinted = false

  override next(): Promise<Uri> {
    return (this.#next ??= super.next())
  }

  /** The first of them to fail says where the next attempt goes. */
  override failed(error: RollcallError, isGone = false): boolean {
    if (this.#next === undefined) return this.#wasHinted
    this.#next = undefined
    this.#wasHinted = super.failed(error, isGone)
    return this.#wasHinted
  }
}
