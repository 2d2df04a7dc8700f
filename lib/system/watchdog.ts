/**
 * The watchdog on a thread of its own, which goes on while a method keeps this one busy. The two share a few cells of
 * memory (watchdog-cells.ts), so that a method costs its thread no message: a few stores when it starts, one when it
 * ends.
 *
 * A method that has run for the limit ends the process with exit code 1 and one line on stderr that begins with
 * `error: METHOD_NEVER_ENDS: `. Time in which the whole process stood still does not count.
 */
import { Worker } from 'node:worker_threads'
import type { ClosableWatchdog } from '../hosting/ports.js'
import type { Logger, Ms } from '../ports.js'
import { cellsIn, memoryOfCells, type Cells } from './watchdog-cells.js'

export class ThreadWatchdog implements ClosableWatchdog {
  readonly #methods = new Map<string, number>()
  readonly #cells: Cells
  /** Undefined: a bundler has left the thread's file behind. */
  readonly #thread: Worker | undefined

  /** `limit`: how long a method may run. `folder`: the member's data, for the line that tells how to go on. */
  constructor(limit: Ms, folder: string, logger: Logger) {
    const memory = memoryOfCells()
    this.#cells = cellsIn(memory)
    const unwatched = (error: unknown): void =>
      logger.warn(`nobody watches over methods that never end: ${String(error)}`)
    this.#thread = threadOn({ memory, limit, folder }, unwatched)
  }

  enrol(name: string): number {
    const known = this.#methods.get(name)
    if (known !== undefined) return known
    const number = this.#methods.size
    this.#methods.set(name, number)
    this.#thread?.postMessage(name)
    return number
  }

  started(method: number, index: number): void {
    this.#cells.method[0] = method
    this.#cells.index[0] = index
    Atomics.add(this.#cells.count, 0, 1)
  }

  ended(): void {
    Atomics.add(this.#cells.count, 0, 1)
  }

  async close(): Promise<void> {
    await this.#thread?.terminate()
  }
}

/** In a bundle of CommonJS the file has no address, in one of ES modules nothing is there. */
function threadOn(workerData: object, failed: (error: unknown) => void): Worker | undefined {
  try {
    const thread = new Worker(new URL('watchdog-thread.js', import.meta.url), { workerData, execArgv: [] })
    thread.unref()
    return thread.on('error', failed)
  } catch (error) {
    failed(error)
    return undefined
  }
}
