/** What the watchdog's thread sees of the thread that it watches: which method runs, and whether it is still the same run. */

const BYTES = 16

export function memoryOfCells(): SharedArrayBuffer {
  return new SharedArrayBuffer(BYTES)
}

/** A run that has not ended. Each has a number of its own. */
export interface Run {
  readonly number: number
  readonly method: number
  /** Of the entry; 0 for a query. */
  readonly index: number
}

export class Cells {
  /** Odd while a method runs; one more at each start and each end, and around at 2^32. */
  readonly #count: Int32Array
  readonly #method: Int32Array
  readonly #index: Float64Array

  constructor(memory: SharedArrayBuffer) {
    this.#count = new Int32Array(memory, 0, 1)
    this.#method = new Int32Array(memory, 4, 1)
    this.#index = new Float64Array(memory, 8, 1)
  }

  start(method: number, index: number): void {
    this.#method[0] = method
    this.#index[0] = index
    // What was stored before an atomic operation is seen by whoever has seen that operation.
    Atomics.add(this.#count, 0, 1)
  }

  end(): void {
    Atomics.add(this.#count, 0, 1)
  }

  /** Undefined while nothing runs. Of a run that ends meanwhile, only the number is to be relied on. */
  get run(): Run | undefined {
    const number = Atomics.load(this.#count, 0)
    if (number % 2 === 0) return undefined
    return { number, method: this.#method[0] ?? 0, index: this.#index[0] ?? 0 }
  }
}
