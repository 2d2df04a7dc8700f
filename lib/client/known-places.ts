/** What names were found to stand for, until a call there finds that it is so no longer. */
import type { Uri } from '../rpc/uri.js'
import { Spread } from './spread.js'
import { Through } from './through.js'

/** One place, or all those that share the name, or have the tags, or a way around. */
export type Place = Uri | Spread | Through

export class KnownPlaces {
  readonly #found = new Map<string, Promise<Place>>()
  /** Of those, what is known by now. */
  readonly #places = new Map<string, Place>()
  /** The URI that last failed under a name: the name server may go on giving it out for a while. */
  readonly #failed = new Map<string, Uri>()

  /** What is being found, or was. */
  found(name: string): Promise<Place> | undefined {
    return this.#found.get(name)
  }

  /** Where the next call goes, if that is known by now. */
  next(name: string): Uri | undefined {
    const place = this.#places.get(name)
    return typeof place === 'object' ? place.next() : place
  }

  /** Whether anything is known to be at a place of which that holds, and only there. */
  isAny(holds: (place: Uri) => boolean): boolean {
    for (const place of this.#places.values()) if (typeof place === 'string' && holds(place)) return true
    return false
  }

  /** Whether it is reached through a member that passes its calls on. */
  isThrough(name: string): boolean {
    return this.#places.get(name) instanceof Through
  }

  keep(name: string, finding: Promise<Place>): Promise<Place> {
    this.#found.set(name, finding)
    this.#places.delete(name)
    const isInUse = (): boolean => this.#found.get(name) === finding
    finding.then(
      (place) => isInUse() && this.#places.set(name, place),
      () => isInUse() && this.#found.delete(name),
    )
    return finding
  }

  /** A call to `failed`, which `name` stood for, found nobody there; old news, where that place is no longer in use. */
  async forget(name: string, failed: Uri): Promise<void> {
    const found = this.#found.get(name)
    const place = await found?.catch(() => undefined)
    if (place instanceof Spread) place.leaveOut(failed)
    const isThrough = place instanceof Through
    if (failed !== (isThrough ? place.place : place)) return
    this.distrust(name, isThrough ? place.leader : failed)
    this.#drop(name, found)
  }

  /** The way around is not needed any more. */
  straighten(name: string, through: Through): void {
    if (this.#places.get(name) === through) this.#drop(name, this.#found.get(name))
  }

  #drop(name: string, found: Promise<Place> | undefined): void {
    if (this.#found.get(name) !== found) return
    this.#found.delete(name)
    this.#places.delete(name)
  }

  distrust(name: string, place: Uri): void {
    this.#failed.set(name, place)
  }

  /** Whether that was the last thing heard of it under this name. */
  isDistrusted(name: string, place: Uri): boolean {
    return this.#failed.get(name) === place
  }

  /** Whoever is asked now may name it again. */
  forgive(name: string): void {
    this.#failed.delete(name)
  }
}
