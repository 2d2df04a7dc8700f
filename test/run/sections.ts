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

/** As tap says it of a test, at whatever depth. */
const TIME_OUT = /^ *not ok \d+ - timeout!/

export class Sections {
  readonly finished: Section[] = []
  readonly #waiting: string[]
  #file: string | undefined
  /** The last file of which a test has timed out. */
  #late: string | undefined
  #lines: string[] = []
  #begun = performance.now()

  constructor(files: readonly string[]) {
    this.#waiting = [...files]
  }

  get hasFailed(): boolean {
    return isFailed(this.#lines) || this.finished.some(({ isPassed }) => !isPassed)
  }

  /** Whether a test has timed out: what goes on behind it may keep the process for ever. */
  get isLate(): boolean {
    return this.#late !== undefined
  }

  read(line: string): void {
    if (line === `# Subtest: ${this.#waiting[0]}`) this.#begin()
    if (TIME_OUT.test(line)) this.#late = this.#file
    this.#lines.push(line)
  }

  /**
   * The process has ended; `failure` says how, when it was not as it should. That is of the file that was under way, or
   * of one before it that was late. Returns those that are still to be run.
   */
  end(failure?: string): readonly string[] {
    if (failure !== undefined && this.isLate && this.#file !== undefined && this.#file !== this.#late)
      return [this.#file, ...this.#waiting]
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

/**
 * A subtest has a line of its own when it begins, and one as an assertion has when it ends. One says that the file is
 * loaded.
 */
function assertionsIn(lines: readonly string[]): number {
  const points = lines.filter((line) => /^ *(not )?ok \d/.test(line))
  const subtests = lines.filter((line) => /^ *# Subtest: /.test(line))
  return Math.max(0, points.length - subtests.length - 1)
}
