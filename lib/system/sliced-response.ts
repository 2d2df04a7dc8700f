/** An answer of HTTP whose body, if it is long, becomes bytes as fast as it is taken, and not all at once. */
import { ServerResponse } from 'node:http'
import { Output, SLICE_LENGTH } from './output.js'
import { writingTurns } from './writing-turns.js'

export class SlicedResponse extends ServerResponse {
  readonly #output = new Output()

  /** What of the body is in memory. */
  get heldBytes(): number {
    return this.destroyed ? 0 : this.writableLength + this.#output.length
  }

  /** As `end(body)`. */
  endWith(body: string): void {
    if (body.length <= SLICE_LENGTH) this.end(body)
    else {
      this.#output.put(body)
      this.#writeSlice()
    }
  }

  readonly #writeSlice = (): void => {
    if (this.destroyed) return
    const slice = this.#output.take()
    if (this.#output.length === 0) this.end(slice)
    else this.write(slice, (error) => this.#written(error))
  }

  #written(error: Error | null | undefined): void {
    if (error != null) return
    writingTurns.next(this.#writeSlice)
  }
}
