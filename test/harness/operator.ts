/** What an operator does with a cluster: the commands as they are typed, and the nodes that they leave running. */
import type { Rollcall } from '../../api.js'
import type { MemberStatus } from '../../lib/member.js'
import { isFolderInUse } from '../../lib/system/lock.js'
import { Cluster, type Teardown } from './cluster.js'
import { freePorts, Running, type Output } from './processes.js'
import { until } from './until.js'

export class Operator {
  /** Processes that commands left in the background, by member. */
  readonly #background = new Map<string, number>()
  /** Those in whose place another one was started: they may run still. */
  readonly #replaced: Running[] = []

  private constructor(
    readonly cluster: Cluster,
    readonly client: Rollcall,
  ) {}

  /**
   * A cluster of `nodes` that has a leader, and whose members all know each other: then one of them may be lost.
   * `begun`: what is done as soon as they are started.
   */
  static async start(
    t: Teardown,
    nodes = 3,
    flags: readonly string[] = [],
    begun: (cluster: Cluster) => Promise<void> = async () => undefined,
  ): Promise<Operator> {
    const cluster = await Cluster.start(t, nodes, flags)
    await begun(cluster)
    const operator = new Operator(cluster, await cluster.connect())
    t.teardown(() => operator.#end())
    await operator.until((all) => {
      const last = Math.max(...all.map(({ lastIndex }) => lastIndex))
      const areCounted = all.every(({ uncounted }) => uncounted === undefined)
      return all.length === nodes && last > 0 && areCounted && all.every((each) => each.commitIndex === last)
    })
    return operator
  }

  /** A command to its end. */
  run(command: string, ...args: readonly string[]): Promise<Output> {
    return this.cluster.run(command, ...args).ended
  }

  /** A command that works on files here, and asks nobody. */
  local(...args: readonly string[]): Promise<Output> {
    return new Running(args, this.cluster.folder).ended
  }

  /** `rollcall add`; what it leaves running ends with the test. */
  async add(id: string, ...flags: readonly string[]): Promise<Output> {
    const output = await this.run('add', id, ...flags)
    const [, pid] = /runs as process (\d+)/.exec(output.stderr) ?? []
    if (pid !== undefined) this.#background.set(id, Number(pid))
    return output
  }

  /** `rollcall node ID` as for one that has been here before: no flag but where the name server is. */
  startAgain(id: string, ...flags: readonly string[]): Running {
    const running = new Running(['node', id, ...flags], this.cluster.folder, {
      ROLLCALL_NAMESERVER: this.cluster.nameserver,
    })
    const before = this.cluster.processes.get(id)
    if (before !== undefined) this.#replaced.push(before)
    this.cluster.processes.set(id, running)
    return running
  }

  /** Ends a node that a command left running, and waits until its folder is free. */
  async endBackground(id: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const pid = this.#background.get(id)
    if (pid === undefined) throw new Error(`no command has left ${id} running`)
    this.#background.delete(id)
    process.kill(pid, signal)
    await until(`the process of ${id} to end`, async () => !(await this.isRunning(id)))
  }

  /** Whether a process has the member's data folder. */
  isRunning(id: string): Promise<boolean> {
    return isFolderInUse(`${this.cluster.folder}/.rollcall/${id}`).catch(() => false)
  }

  /** Resolves once the members say so. */
  until(holds: (members: readonly MemberStatus[]) => boolean): Promise<readonly MemberStatus[]> {
    return this.cluster.until(this.client, String(holds), (members) => holds(members) && members)
  }

  /** The voters that the leader names, and undefined while there is none. */
  async voters(): Promise<readonly string[]> {
    const statuses = await this.until((all) => all.some(({ role }) => role === 'leader'))
    const leader = statuses.find(({ role }) => role === 'leader')
    return (leader?.members ?? []).flatMap(({ id, voter }) => (voter ? [id] : [])).sort()
  }

  async #end(): Promise<void> {
    await Promise.all(this.#replaced.map((each) => each.kill()))
    for (const id of [...this.#background.keys()])
      await this.endBackground(id, 'SIGKILL').catch(() => undefined)
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<string> {
  const [port = 0] = await freePorts(1)
  return String(port)
}
