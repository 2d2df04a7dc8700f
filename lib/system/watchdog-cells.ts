/**
 * What the watchdog's thread sees of the thread that it watches: which method runs, and whether it is still the same
 * run.
 */

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

/** One number each. What was stored before an atomic operation is seen by whoever has seen that operation. */
export interface Cells {
  /** Odd while a method runs; one more at each start and each end, and around at 2^32. Changes by atomic operations. */
  readonly count: Int32Array
  readonly method: Int32Array
  readonly index: Float64Array
}

export function cellsIn(memory: SharedArrayBuffer): Cells {
  return {
    count: new Int32Array(memory, 0, 1),
    method: new Int32Array(memory, 4, 1),
    index: new Float64Array(memory, 8, 1),
  }
}

/** Undefined while nothing runs. Of a run that ends meanwhile, only the number is to be relied on. */
export function runIn({ count, method, index }: Cells): Run | undefined {
  const number = Atomics.load(count, 0)
  if (number % 2 === 0) return undefined
  return { number, method: method[0] ?? 0, index: index[0] ?? 0 }
}
