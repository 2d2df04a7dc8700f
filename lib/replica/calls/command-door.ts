/** Commands as callers see them: each goes through the log, alone or as one of several that share an entry. */
import type { Json } from '../../json.js'
import type { Clock, Random } from '../../ports.js'
import { ms } from '../../ports.js'
import type { RaftServer } from '../../raft/types.js'
import type { NotLeaderError } from '../../rpc/errors.js'
import type { CallContext, Handler } from '../../rpc/exposed.js'
import { CALL_BUDGET_MS } from '../guards/too-late.js'
import {
  COMMAND_BYTES_MAX,
  encodeCommand,
  isTooLarge,
  sessionExtras,
  tooLarge,
  type CommandExtras,
} from '../machine/command-text.js'
import type { LogTime } from '../machine/log-time.js'
import type { StateMachine } from '../machine/machine.js'
import type { PassingOn } from './passing-on.js'
import type { Pending } from './pending.js'
import type { StateQuota } from './state-quota.js'

/** The lowest version that any member has of the class of a command's object: what it found out, and how. */
export interface CommandVersions {
  /** By `object.method`. */
  readonly known: ReadonlyMap<string, number>
  /** @throws MethodNotFoundError when a member does not know the command yet. */
  lowest(object: string, method: string): number
}

export interface CommandDoorOptions {
  readonly clock: Clock
  readonly random: Random
  readonly time: LogTime
  readonly machine: StateMachine
  /** As in ClassVersions. */
  readonly versions: CommandVersions
  readonly pending: Pending
  readonly quota: StateQuota
  readonly raft: Pick<RaftServer, 'view'>
  readonly notLeader: () => NotLeaderError
  readonly passingOn: Pick<PassingOn, 'pass'>
}

/** What an entry says beside its names, its time and its seed. */
interface Contents {
  readonly params: readonly Json[]
  /** Undefined: all of it is written for version 1. */
  readonly versions: Pick<CommandExtras, 'version' | 'versions'> | undefined
}

export class CommandDoor {
  constructor(private readonly options: CommandDoorOptions) {}

  /** Of a command by itself. */
  handlerOf(object: string, method: string): Handler {
    return (params, context) =>
      this.enter(object, method, params, context, (bytes) => {
        this.options.quota.check(object, method, bytes)
        const version = this.versionFor(object, method)
        return { params, versions: version === 1 ? undefined : { version } }
      })
  }

  /**
   * The journey of a command: encode once → propose, with all others of this turn → (driver) persist ‖ send → majority
   * → apply → reply. `Pending.#settle` is where it comes back. `given`: its params as they came. `contents` is asked once
   * there is room for the call's bytes.
   */
  enter(
    object: string,
    method: string,
    given: readonly Json[],
    context: CallContext,
    contents: (bytes: number) => Contents,
  ): Promise<Json> {
    const { raft, notLeader, passingOn, clock, time, random, pending } = this.options
    const session = sessionExtras(context.meta)
    const name = `${object}.${method}`
    if (raft.view.role !== 'leader') {
      if (context.meta.via === undefined) throw notLeader()
      return passingOn.pass(name, given, context)
    }
    const { bytes = 0, connection, deadline = ms(clock.now() + CALL_BUDGET_MS) } = context
    const budget = pending.checkRoom(name, bytes, connection)
    const { params, versions } = contents(bytes)
    const extras = versions === undefined ? session : { ...session, ...versions }
    const [stamp, seed] = [time.stamp(), random.below(2 ** 32)]
    const text = encodeCommand({ object, method, params, time: stamp, seed, ...(extras && { extras }) })
    if (text.length > COMMAND_BYTES_MAX / 3 && isTooLarge(text)) throw tooLarge(name)
    return pending.submit(text, name, deadline, budget)
  }

  /**
   * The version that a command is written for: each member knows it, and none below it comes after it. @throws
   * MethodNotFoundError
   */
  versionFor(object: string, method: string): number {
    const { versions, machine } = this.options
    const lowest = versions.known.get(`${object}.${method}`) ?? versions.lowest(object, method)
    return Math.max(lowest, machine.written(object))
  }
}
