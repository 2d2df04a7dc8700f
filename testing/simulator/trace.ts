/** The story of one run, line by line: the last lines, or all of them, and a fingerprint of every one. */
export class Trace {
  /** All lines are kept, not only the last ones. Default false. */
  isWhole = false
  #lines: string[] = []
  #count = 0
  #hash = 0x811c9dc5

  add(line: string): void {
    this.#count++
    this.#hash = fingerprint(line, this.#hash)
    this.#lines.push(line)
    if (!this.isWhole && this.#lines.length >= 2 * KEPT) this.#lines = this.#lines.slice(-KEPT)
  }

  /** What happened, in lines that nobody need read: it counts in the fingerprint. */
  mix(text: string): void {
    this.#hash = fingerprint(text, this.#hash)
  }

  /** How many lines there were. */
  get count(): number {
    return this.#count
  }

  /** The last hundred at least; every line when the trace is whole. */
  get lines(): readonly string[] {
    return this.#lines
  }

  /** Two stories with the same one are the same, as far as a hash of 32 bits can tell. */
  get fingerprint(): string {
    return `${this.#count}-${(this.#hash >>> 0).toString(16)}`
  }
}

const KEPT = 100

/** FNV-1a over UTF-16 units. */
function fingerprint(text: string, before: number): number {
  let hash = before
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}
