/** Texts in the order in which they came, and how much they hold together. */

/** What a text takes beside its characters. */
const TEXT_BYTES = 48

export class Queue {
  #texts: string[] = []
  #next = 0
  /** Of all texts together, about. */
  bytes = 0

  put(text: string): void {
    this.#texts.push(text)
    this.bytes += text.length + TEXT_BYTES
  }

  take(): string | undefined {
    const text = this.#texts[this.#next]
    if (text === undefined) return undefined
    this.bytes -= text.length + TEXT_BYTES
    this.#next += 1
    if (this.#next === this.#texts.length) this.clear()
    return text
  }

  clear(): void {
    this.#texts = []
    this.#next = 0
    this.bytes = 0
  }
}
