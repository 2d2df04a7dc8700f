/** No input may make a process keep more and more: what is reachable after each target is held against the start. */
import { setTimeout as pause } from 'node:timers/promises'

/** Far more than the code and the scenes of all targets together take once they have run. */
export const GROWTH_MOST_BYTES = 64 * 2 ** 20
/** What a target has closed may need some turns until nobody holds it. */
const LOOKS = 20
const LOOK_MS = 50

/** Bytes that are in use, buffers included; undefined where garbage can't be collected at will (node --expose-gc). */
function bytesInUse(): number | undefined {
  if (globalThis.gc === undefined) return undefined
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

export class HeapWatch {
  readonly #inUse: () => number | undefined
  #start: number | undefined
  #last: number | undefined
  /** By target: growth while it ran. */
  readonly #growth = new Map<string, number>()

  /** From now on. */
  constructor(inUse = bytesInUse) {
    this.#inUse = inUse
    this.#start = this.#last = inUse()
  }

  /** Bytes since the start; undefined when it can't be known. */
  get growth(): number | undefined {
    return this.#start === undefined || this.#last === undefined ? undefined : this.#last - this.#start
  }

  /**
   * A sentence when more than {@link GROWTH_MOST_BYTES} have stayed in use. What is told once becomes the new start.
   */
  async check(target: string): Promise<string | undefined> {
    const before = this.#last
    if (this.#start === undefined || before === undefined) return undefined
    const now = await this.#settled(this.#start + GROWTH_MOST_BYTES)
    this.#last = now
    this.#growth.set(target, (this.#growth.get(target) ?? 0) + now - before)
    if (now <= this.#start + GROWTH_MOST_BYTES) return undefined
    const [most = target, bytes = 0] = [...this.#growth].sort(([, one], [, other]) => other - one)[0] ?? []
    const sentence = `${mebibytes(now - this.#start)} MiB more are in use than at the start, ${mebibytes(bytes)} of them since inputs for: ${most}`
    this.#start = now
    this.#growth.clear()
    return sentence
  }

  async #settled(most: number): Promise<number> {
    for (let look = 1; ; look++) {
      const now = this.#inUse() ?? 0
      if (now <= most || look === LOOKS) return now
      await pause(LOOK_MS)
    }
  }
}

export function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
