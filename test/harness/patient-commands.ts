/** Changes of the members, by the commands that an operator types, while nodes come and go. */
import type { Output, Running } from './processes.js'

/** What a command may fail with while nodes are killed; it is given again then. */
const PASSING =
  /^error: (?:UNREACHABLE|NO_QUORUM|NOT_LEADER|OVERLOADED|OUTCOME_UNKNOWN|START_FAILED|NAME_NOT_FOUND): /m

/** What `remove-node` says when an attempt before, of which nobody knew, has done it. */
export const GONE_ALREADY = /^error: INVALID_PARAMS: there is no member /m

/** One command at a time. */
export class PatientCommands {
  /** Times that a command failed and had to be given again. */
  repeated = 0
  readonly #say: (sentence: string) => void
  #command: Running | undefined
  #isOver = false

  constructor(say: (sentence: string) => void) {
    this.#say = say
  }

  /**
   * Gives the command until it has succeeded. `isDone`: what it says when an attempt before has done it. Rejects when
   * it is refused for good.
   */
  async untilDone(start: () => Running, isDone?: RegExp): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { status, stderr } = await this.once(start)
      if (status === 0 || (attempt > 1 && isDone?.test(stderr) === true)) return
      if (!PASSING.test(stderr)) throw new Error(`a change of members was refused: ${stderr}`)
      this.repeated++
      this.#say(`again: ${stderr.trim()}`)
    }
  }

  once(start: () => Running): Promise<Output> {
    if (this.#isOver) throw new Error('the operator has gone home')
    this.#command = start()
    return this.#command.ended
  }

  /** No command is given any more, and the one that runs is ended as soon as `after` is over. */
  async end(after: Promise<unknown> = Promise.resolve()): Promise<void> {
    this.#isOver = true
    await after
    await this.#command?.kill()
  }
}
