/** What `load.ts` prints, file by file. */

export interface Section {
  readonly file: string
  /** In TAP. */
  readonly output: string
  readonly assertions: number
  /** Nothing in it failed, and something was asserted. */
  readonly isPassed: boolean
  readonly milliseconds: number
}

export class Sections {
  readonly finished: Section[] = []
  readonly #waiting: string[]
  #file: string | undefined
  #lines: string[] = []
  #begun = performance.now()

  constructor(files: readonly string[]) {
    this.#waiting = [...files]
  }

  get hasFailed(): boolean {
    return isFailed(this.#lines) || this.finished.some(({ isPassed }) => !isPassed)
  }

  read(line: string): void {
    if (line === `# Subtest: ${this.#waiting[0]}`) this.#begin()
    this.#lines.push(line)
  }

  /**
   * The process has ended; `failure` says how, when it was not as it should. That is of the file that was under way.
   * Returns those that it never came to.
   */
  end(failure?: string): readonly string[] {
    if (this.#file === undefined) this.#begin()
    if (failure !== undefined) this.#lines.push(`not ok - ${failure}`)
    this.#finish()
    return this.#waiting
  }

  #begin(): void {
    if (this.#file !== undefined) this.#finish()
    this.#file = this.#waiting.shift()
    this.#begun = performance.now()
  }

  #finish(): void {
    const [file = '', lines] = [this.#file, this.#lines]
    const assertions = assertionsIn(lines)
    const isPassed = assertions > 0 && !isFailed(lines)
    const milliseconds = performance.now() - this.#begun
    this.finished.push({ file, output: lines.join('\n'), assertions, isPassed, milliseconds })
    this.#lines = []
  }
}

function isFailed(lines: readonly string[]): boolean {
  return lines.some((line) => line.startsWith('not ok'))
}

/** A subtest has a line of its own when it begins, and one as an assertion has when it ends. One says that the file is loaded. */
function assertionsIn(lines: readonly string[]): number {
  const points = lines.filter((line) => /^ *(not )?ok \d/.test(line))
  const subtests = lines.filter((line) => /^ *# Subtest: /.test(line))
  return Math.max(0, points.length - subtests.length - 1)
}
