/**
 * Which version of a class a command is written for while members are upgraded one after another: no member may come to
 * a command in the log that its build does not know. So each says in its hello what its classes are.
 */
import { membersOf } from '../../raft/quorum.js'
import type { Configuration, RaftView, ServerId } from '../../raft/types.js'
import { MethodNotFoundError } from '../../rpc/errors.js'
import type { Classes } from '../objects/class-said.js'

export interface ClassVersionsOptions {
  readonly view: () => RaftView
  readonly own: Classes
  /** What a member last said; undefined while it has said nothing to this one. */
  readonly saidBy: (id: ServerId) => Classes | undefined
  /** The highest version that a command of the object in the log was written for; 1 without any. */
  readonly written: (object: string) => number
}

export class ClassVersions {
  #configuration: Configuration | undefined
  #others: readonly ServerId[] = []

  constructor(private readonly options: ClassVersionsOptions) {}

  /**
   * The version for a command of this member's own: the lowest that any member of the configuration has. One that has
   * said nothing counts for what is in the log already, and nothing goes below that: whoever can't follow it has
   * stopped there.
   * @throws MethodNotFoundError when a member has said that it does not know the command.
   */
  versionFor(object: string, method: string): number {
    const { own, saidBy, written } = this.options
    const before = written(object)
    let lowest = own.get(object)?.version ?? 1
    for (const id of this.#otherMembers()) {
      const classes = saidBy(id)
      const said = classes?.get(object)
      if (classes !== undefined && said?.commands.has(method) !== true) throw tooNew(object, method, id)
      lowest = Math.min(lowest, said?.version ?? before)
    }
    return Math.max(lowest, before)
  }

  #otherMembers(): readonly ServerId[] {
    const { configuration, id } = this.options.view()
    if (configuration !== this.#configuration) {
      this.#configuration = configuration
      this.#others = membersOf(configuration).filter((member) => member !== id)
    }
    return this.#others
  }
}

function tooNew(object: string, method: string, id: ServerId): MethodNotFoundError {
  return new MethodNotFoundError(
    `${object}.${method} can be called once all members know it: ${id} runs with classes that do not; upgrade it, or remove it`,
  )
}
