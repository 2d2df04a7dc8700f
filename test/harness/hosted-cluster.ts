/** Name servers, four members and a client, each on a host of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { isFolderInUse } from '../../lib/system/lock.js'
import type { Teardown } from './cluster.js'
import { Hosts } from './hosts.js'
import { plainNode, Running, temporaryFolder } from './processes.js'
import { until } from './until.js'
import type { News, Told, Work } from './writer.js'

const IDS = ['node1', 'node2', 'node3', 'node4']
const PORT = 9101
const NAMES_PORT = 9090

export interface HostedClusterOptions {
  /** One that is alone, or so many of one group: `ns1`, `ns2` …. Default 1. */
  readonly nameServers?: number
  /** So many more hosts for name servers, on which none runs: `ns4` … behind three. Default none. */
  readonly roomFor?: number
  /** Of all members and name servers. Default none. */
  readonly flags?: readonly string[]
}

export class HostedCluster {
  readonly ids: readonly string[] = IDS
  readonly nameServers: readonly string[]
  /** Hosts where more name servers could be. */
  readonly room: readonly string[]
  readonly hosts: Hosts
  /** When each was done, on this process's clock, in milliseconds. */
  readonly times: Readonly<Record<Work, number[]>> = {
    commands: [],
    'look-ups': [],
    searches: [],
    registrations: [],
  }
  /** What calls were rejected with. */
  readonly failed: string[] = []
  readonly #folder: string
  readonly #processes = new Map<string, Running>()
  /** What `rollcall add` has left running. */
  readonly #added = new Map<string, number>()
  readonly #client: ChildProcess

  readonly #flags: readonly string[]
  /** Where the members were when they were founded; a folder knows better. */
  readonly #members: readonly string[]
  readonly #nameMembers: readonly string[]

  private constructor(t: Teardown, { nameServers = 1, roomFor = 0, flags = [] }: HostedClusterOptions) {
    this.#folder = temporaryFolder(t)
    this.#flags = flags
    const ids = Array.from({ length: nameServers + roomFor }, (_, at) => `ns${at + 1}`)
    this.nameServers = nameServers === 1 ? ['names'] : ids.slice(0, nameServers)
    this.room = ids.slice(nameServers)
    this.hosts = Hosts.start(t, [...IDS, ...this.nameServers, ...this.room, 'client'])
    this.#members = IDS.map((id) => `${id}@${this.hosts.of(id).address}:${PORT}`)
    this.#nameMembers = this.nameServers.map((id) => `${id}@${this.hosts.of(id).address}:${NAMES_PORT}`)
    for (const id of this.nameServers) this.startNameServer(id)
    for (const id of IDS) this.startMember(id)
    this.#client = this.#startClient()
    t.teardown(() => this.#end())
  }

  /** Resolves when there is a leader whom all follow. */
  static async start(t: Teardown, options: HostedClusterOptions = {}): Promise<HostedCluster> {
    const cluster = new HostedCluster(t, options)
    await cluster.#said('leader')
    await cluster.leader()
    return cluster
  }

  startMember(id: string): void {
    const place = ['--insecure', '--host', this.hosts.of(id).address, '--port', String(PORT)]
    const known = ['--members', this.#members.join(','), '--nameserver', this.#nameserver]
    this.#run(id, ['node', id, ...place, ...known, ...this.#flags])
  }

  startNameServer(id: string): void {
    const place = ['--insecure', '--host', this.hosts.of(id).address]
    if (this.nameServers.length === 1) this.#run(id, ['nameserver', ...place])
    else
      this.#run(id, [
        ...['nameserver', id, ...place, '--port', String(NAMES_PORT)],
        ...['--members', this.#nameMembers.join(','), ...this.#flags],
      ])
  }

  /** Resolves when it is ready by its own word: from then on another one may be away. */
  async untilReady(id: string): Promise<void> {
    await until(`${id} to be ready`, async () => {
      const answer = this.#said('ready')
      this.#tell({ readyAt: this.#placeOf(id) })
      return (await answer).isReady
    })
  }

  /** By the operator's commands, given on the newcomer's host. */
  async replaceNameServer(id: string, next: string): Promise<void> {
    const place = ['--insecure', '--host', this.hosts.of(next).address, '--port', String(NAMES_PORT)]
    const added = await this.#operate(next, id, 'add', next, ...place)
    const [, pid] = /runs as process (\d+)/.exec(added) ?? []
    if (pid !== undefined) this.#added.set(next, Number(pid))
    await this.#operate(next, next, 'remove-node', id)
    await this.#processes.get(id)?.ended
  }

  /** A command for the name servers, which is told of `known` and given on the host `at`: what it says on the way. */
  async #operate(at: string, known: string, ...command: readonly string[]): Promise<string> {
    // The tokens of all of them stand beside that folder.
    const data = ['--data', `.rollcall/${at}`]
    const args = [...command, '--nameservers', '--nameserver', this.#placeOf(known), ...data]
    const { status, stderr } = await new Running(args, this.#folder, {}, undefined, this.hosts.of(at).at)
      .ended
    if (status !== 0) throw new Error(`rollcall ${command.join(' ')} has failed: ${stderr}`)
    return stderr
  }

  /** SIGKILL; resolves when it has ended. */
  async kill(id: string): Promise<void> {
    await this.#processes.get(id)?.kill()
  }

  /** Told to end, as an operator does it; resolves when it has. A member, or a name server. */
  async stop(id: string): Promise<void> {
    const member = this.#processes.get(id)
    member?.signal('SIGTERM')
    await member?.ended
  }

  leader(): Promise<string> {
    return until('a leader whom all follow', async () => {
      const answer = this.#said('leader')
      this.#tell('leader')
      return (await answer).id ?? false
    })
  }

  /** When each command was acknowledged. */
  get acknowledged(): readonly number[] {
    return this.times.commands
  }

  /** The client looks up, searches and registers names without a pause from now on. */
  async name(): Promise<void> {
    this.#tell('name')
    await this.goesOn(1)
  }

  /** So many more of each that the client does. */
  async goesOn(more: number): Promise<void> {
    const before = this.counts()
    await until(`${more} more of each`, () =>
      Object.entries(this.times).every(([what, { length }]) => length >= (before[what] ?? 0) + more),
    )
  }

  /** How often each was done. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.times).map(([what, { length }]) => [what, length]))
  }

  /** The longest from one to the next since then, in milliseconds, by what is done. */
  longestSince(before: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(this.times).map(([what, times]) => {
        const since = times.slice(Math.max(0, (before[what] ?? 0) - 1))
        return [what, Math.max(0, ...since.slice(1).map((at, n) => at - (since[n] ?? at)))]
      }),
    )
  }

  /** The client writes without a pause from now on. */
  async write(): Promise<void> {
    this.#tell('write')
    await this.acknowledges(1)
  }

  /** So many more commands. */
  async acknowledges(more: number): Promise<void> {
    const { length } = this.acknowledged
    await until('commands to be acknowledged', () => this.acknowledged.length >= length + more)
  }

  /** Resolves with the counter once nothing is under way any more. */
  async stopWriting(): Promise<number> {
    const stopped = this.#said('stopped')
    this.#tell('stop')
    return (await stopped).value
  }

  async #endAdded(id: string, pid: number): Promise<void> {
    process.kill(pid, 'SIGKILL')
    await until(`${id} to end`, async () => !(await isFolderInUse(`${this.#folder}/.rollcall/${id}`)))
  }

  #placeOf(id: string): string {
    return `${this.hosts.of(id).address}:${IDS.includes(id) ? PORT : NAMES_PORT}`
  }

  get #nameserver(): string {
    return this.nameServers.map((id) => this.#placeOf(id)).join()
  }

  #run(name: string, args: readonly string[]): void {
    const { at } = this.hosts.of(name)
    this.#processes.set(name, new Running(args, this.#folder, {}, undefined, at))
  }

  #startClient(): ChildProcess {
    const program = join(import.meta.dirname, 'writer.js')
    const [command = '', ...at] = this.hosts.of('client').at
    const client = spawn(command, [...at, 'env', ...plainNode, program, this.#nameserver], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    client.on('message', (news: News) => {
      if (news.type === 'acknowledged') this.times[news.what].push(performance.now())
      else if (news.type === 'failed') this.failed.push(news.why)
    })
    return client
  }

  #tell(what: Told): void {
    this.#client.send(what)
  }

  #said<T extends News['type']>(type: T): Promise<Extract<News, { readonly type: T }>> {
    return new Promise((resolve) => {
      const hear = (news: News): void => {
        if (!isOf(news, type)) return
        this.#client.off('message', hear)
        resolve(news)
      }
      this.#client.on('message', hear)
    })
  }

  async #end(): Promise<void> {
    const ended = this.#client.exitCode === null ? once(this.#client, 'exit') : undefined
    this.#client.kill('SIGKILL')
    await Promise.all([ended, ...[...this.#processes.values()].map((each) => each.kill())])
    for (const [id, pid] of this.#added) await this.#endAdded(id, pid)
  }
}

function isOf<T extends News['type']>(news: News, type: T): news is Extract<News, { readonly type: T }> {
  return news.type === type
}
