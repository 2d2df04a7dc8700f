/** Name servers as real processes on free ports, in a folder of their own, and the operator's commands on them. */
import { isFolderInUse } from '../../lib/system/lock.js'
import type { Teardown } from './cluster.js'
import { freePorts, Running, temporaryFolder, type Output } from './processes.js'
import { until } from './until.js'

export class NameServers {
  readonly folder: string
  readonly processes = new Map<string, Running>()
  readonly #ports: readonly number[]
  /** Processes that `add` has left running. */
  readonly #background = new Map<string, number>()

  private constructor(t: Teardown, ports: readonly number[]) {
    this.folder = temporaryFolder(t)
    this.#ports = ports
    t.teardown(() => this.#end())
  }

  /** Room for so many: `ns1`, `ns2` …, none of which is there yet. */
  static async prepare(t: Teardown, count: number): Promise<NameServers> {
    return new NameServers(t, await freePorts(count))
  }

  /** Three of one group, and room for `more`; whoever asks waits until they have a leader. */
  static async start(t: Teardown, more = 0): Promise<NameServers> {
    const servers = await NameServers.prepare(t, 3 + more)
    const members = ['ns1', 'ns2', 'ns3'].map((id) => servers.uriOf(id)).join()
    for (const id of ['ns1', 'ns2', 'ns3']) servers.run(id, '--members', members)
    await Promise.all([...servers.processes.values()].map((each) => each.says(/name server ready/)))
    return servers
  }

  placeOf(id: string): string {
    return `localhost:${this.portOf(id)}`
  }

  portOf(id: string): string {
    return String(this.#ports[Number(id.slice(2)) - 1])
  }

  uriOf(id: string): string {
    return `${id}@${this.placeOf(id)}`
  }

  /** As `--nameserver` and `connect` take them. */
  places(...ids: readonly string[]): string {
    return ids.map((id) => this.placeOf(id)).join()
  }

  /** `rollcall nameserver ID` on its port, and in its folder. */
  run(id: string, ...flags: readonly string[]): Running {
    return this.#started(id, ['nameserver', id, '--port', this.portOf(id), ...flags])
  }

  /** `rollcall nameserver`, on the port of that id. */
  runAlone(id: string, ...flags: readonly string[]): Running {
    return this.#started(id, ['nameserver', '--port', this.portOf(id), ...flags])
  }

  /** One that has been there before: no flag is needed. */
  startAgain(id: string): Running {
    return this.#started(id, ['nameserver', id])
  }

  /** A command to its end, with `--nameserver` of these. */
  command(ids: readonly string[], ...args: readonly string[]): Promise<Output> {
    return new Running([...args, '--nameserver', this.places(...ids)], this.folder).ended
  }

  /** A command that works on files here. */
  local(...args: readonly string[]): Promise<Output> {
    return new Running(args, this.folder).ended
  }

  /** `rollcall add ID --nameservers`; what it leaves running ends with the test. */
  async add(known: readonly string[], id: string, ...flags: readonly string[]): Promise<Output> {
    const output = await this.command(known, 'add', id, '--nameservers', '--port', this.portOf(id), ...flags)
    const [, pid] = /runs as process (\d+)/.exec(output.stderr) ?? []
    if (pid !== undefined) this.#background.set(id, Number(pid))
    return output
  }

  /** SIGKILL, however it was started; resolves when it has ended. */
  async kill(id: string): Promise<void> {
    const pid = this.#background.get(id)
    if (pid === undefined) return this.processes.get(id)?.kill()
    this.#background.delete(id)
    process.kill(pid, 'SIGKILL')
    await this.ended(id)
  }

  /** Resolves when no process has its folder any more. */
  async ended(id: string): Promise<void> {
    const data = `${this.folder}/.rollcall/${id}`
    await until(`the process of ${id} to end`, async () => !(await isFolderInUse(data).catch(() => false)))
  }

  #started(id: string, args: readonly string[]): Running {
    const running = new Running(args, this.folder)
    this.processes.set(id, running)
    return running
  }

  async #end(): Promise<void> {
    await Promise.all([...this.processes.values()].map((each) => each.kill()))
    for (const id of [...this.#background.keys()]) await this.kill(id).catch(() => undefined)
  }
}
