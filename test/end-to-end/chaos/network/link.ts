/** One direction between two places of the network, and what is wrong with it now. */

export interface Slowness {
  /** Each piece waits so long, in milliseconds, and the next one behind it. */
  readonly delayMs: number
  readonly bytesPerSecond: number
}

export class Link {
  #isCut = false
  #slowness: Slowness = { delayMs: 0, bytesPerSecond: Infinity }
  #healed = signal()

  /** What is under way stays where it is until the link is healed; nothing is lost, as on a line that TCP mends. */
  cut(): void {
    this.#isCut = true
  }

  slow(slowness: Slowness): void {
    this.#slowness = slowness
  }

  /** Also for what waits already. */
  heal(): void {
    this.#isCut = false
    this.#slowness = { delayMs: 0, bytesPerSecond: Infinity }
    this.#healed.give()
    this.#healed = signal()
  }

  /** Resolves when a piece of that length has come through. */
  async pass(bytes: number): Promise<void> {
    const { delayMs, bytesPerSecond } = this.#slowness
    const needed = delayMs + (bytes / bytesPerSecond) * 1000
    if (needed > 0) await this.#wait(needed)
    if (this.#isCut) await this.#healed.given
  }

  async #wait(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)))
    await Promise.race([over, this.#healed.given])
    clearTimeout(timer)
  }
}

function signal() {
  let give: () => void = () => undefined
  const given = new Promise<void>((resolve) => (give = resolve))
  return { given, give }
}
