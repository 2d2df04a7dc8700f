/**
 * The watchdog on a thread of its own, which goes on while a method keeps this one busy. The two share a few cells of
 * memory (watchdog-cells.ts), so that a method costs its thread no message: a few stores when it starts, one when it ends.
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
  readonly #thread: Worker

  /** `limit`: how long a method may run. `folder`: the member's data, for the line that tells how to go on. */
  constructor(limit: Ms, folder: string, logger: Logger) {
    const memory = memoryOfCells()
    this.#cells = cellsIn(memory)
    this.#thread = new Worker(new URL('watchdog-thread.js', import.meta.url), {
      workerData: { memory, limit, folder },
      execArgv: [],
    })
    this.#thread.unref()
    this.#thread.on('error', (error) =>
      logger.warn(`nobody watches over methods that never end: ${String(error)}`),
    )
  }

  enrol(name: string): number {
    const known = this.#methods.get(name)
    if (known !== undefined) return known
    const number = this.#methods.size
    this.#methods.set(name, number)
    this.#thread.postMessage(name)
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
    await this.#thread.terminate()
  }
}
