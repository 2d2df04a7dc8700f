/**
 * Which version of a class a command is written for while members are upgraded one after another: no member may come to
 * a command in the log that its build does not know. So each says in its hello what its classes are.
 */
import { membersOf } from '../../raft/quorum.js'
import type { RaftView, ServerId } from '../../raft/types.js'
import { MethodNotFoundError } from '../../rpc/errors.js'
import type { Classes } from '../objects/class-said.js'

export interface ClassVersionsOptions {
  readonly view: () => RaftView
  readonly own: Classes
  /** What a member last said; undefined while it has said nothing to this one. */
  readonly saidBy: (id: ServerId) => Classes | undefined
}

export class ClassVersions {
  /** By `object.method`: what `lowest` has found out, as long as nobody has said anything else. */
  readonly known = new Map<string, number>()

  constructor(private readonly options: ClassVersionsOptions) {}

  /**
   * The lowest version that any member of the configuration has; 1 for one that has said nothing. What is written goes
   * below nothing that is in the log already: whoever can't follow that has stopped there.
   * @throws MethodNotFoundError when a member has said that it does not know the command.
   */
  lowest(object: string, method: string): number {
    const { own, saidBy, view } = this.options
    const { configuration, id: ownId } = view()
    const others = membersOf(configuration).filter((member) => member !== ownId)
    let lowest = own.get(object)?.version ?? 1
    for (const id of others) {
      const classes = saidBy(id)
      const said = classes?.get(object)
      if (classes !== undefined && said?.commands.has(method) !== true) throw tooNew(object, method, id)
      lowest = Math.min(lowest, said?.version ?? 1)
    }
    this.known.set(`${object}.${method}`, lowest)
    return lowest
  }

  /** A member has said something of its classes, or another configuration is in force. */
  forget(): void {
    this.known.clear()
  }
}

function tooNew(object: string, method: string, id: ServerId): MethodNotFoundError {
  return new MethodNotFoundError(
    `${object}.${method} can be called once all members know it: ${id} runs with classes that do not; upgrade it, or remove it`,
  )
}
