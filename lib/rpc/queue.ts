/** Texts in the order in which they came, and how long they are together. */
export class Queue {
  #texts: string[] = []
  #next = 0
  /** Of all texts together. UTF-16 units. */
  length = 0

  put(text: string): void {
    this.#texts.push(text)
    this.length += text.length
  }

  take(): string | undefined {
    const text = this.#texts[this.#next]
    if (text === undefined) return undefined
    this.length -= text.length
    this.#next += 1
    if (this.#next === this.#texts.length) this.clear()
    return text
  }

  clear(): void {
    this.#texts = []
    this.#next = 0
    this.length = 0
  }
}
