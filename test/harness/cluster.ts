/** A name server and members as real processes, and what a test wants to ask of them. */
import { join } from 'node:path'
import { connect, type Rollcall } from '../../api.js'
import type { MemberStatus } from '../../lib/member.js'
import { operatorTokens } from '../../lib/system/operator-tokens.js'
import { freePorts, Running, temporaryFolder } from './processes.js'
import { until } from './until.js'

export { pause } from './until.js'

export interface Teardown {
  teardown(task: () => unknown): void
}

export class Cluster {
  readonly folder: string
  readonly nameserver: string
  readonly members: readonly string[]
  readonly processes = new Map<string, Running>()
  readonly #clients: Rollcall[] = []
  readonly #flags: readonly string[]
  readonly #program: string | undefined

  private constructor(
    folder: string,
    ports: readonly number[],
    flags: readonly string[],
    program: string | undefined,
  ) {
    const [nameserver = 0, ...nodes] = ports
    this.folder = folder
    this.nameserver = `localhost:${nameserver}`
    this.members = nodes.map((port, i) => `node${i + 1}@localhost:${port}`)
    this.#flags = flags
    this.#program = program
  }

  /** Starts everything at once and waits for nothing. `program`: what they run. Default: the command `rollcall`. */
  static async start(
    t: Teardown,
    nodes = 4,
    flags: readonly string[] = [],
    program?: string,
  ): Promise<Cluster> {
    const cluster = await Cluster.planned(t, nodes, flags, program)
    cluster.startNameServer()
    for (const id of cluster.ids) cluster.startNode(id)
    return cluster
  }

  /** As `start`, and nothing is started. */
  static async planned(
    t: Teardown,
    nodes: number,
    flags: readonly string[] = [],
    program?: string,
  ): Promise<Cluster> {
    const cluster = new Cluster(temporaryFolder(t), await freePorts(nodes + 1), flags, program)
    t.teardown(() => cluster.end())
    return cluster
  }

  get ids(): readonly string[] {
    return this.members.map((uri) => uri.slice(0, uri.indexOf('@')))
  }

  startNameServer(): Running {
    const port = this.nameserver.slice('localhost:'.length)
    return this.#start('nameserver', ['nameserver', '--port', port])
  }

  /** `env` is added to this process's own variables, `flags` to those of all nodes. */
  startNode(id: string, env: NodeJS.ProcessEnv = {}, flags: readonly string[] = []): Running {
    const place = ['--nameserver', this.nameserver, '--members', this.members.join(',')]
    return this.#start(id, ['node', id, ...place, ...this.#flags, ...flags], env)
  }

  #start(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const running = new Running(args, this.folder, env, this.#program)
    this.processes.set(name, running)
    return running
  }

  process(name: string): Running {
    const running = this.processes.get(name)
    if (running === undefined) throw new Error(`${name} was never started`)
    return running
  }

  async kill(...names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.process(name).kill()))
  }

  async connect(timeoutMs = 20_000): Promise<Rollcall> {
    const { nameserver, members } = this
    const operatorToken = operatorTokens(join(this.folder, '.rollcall'))
    const client = await connect({ nameserver, members, timeoutMs, operatorToken })
    this.#clients.push(client)
    return client
  }

  /** Runs the command against this cluster. */
  run(command: string, ...args: readonly string[]): Running {
    const place = ['--nameserver', this.nameserver, '--members', this.members.join(',')]
    return new Running([command, ...place, ...args], this.folder)
  }

  /** Every reachable member's own word. */
  async statuses(client: Rollcall): Promise<readonly MemberStatus[]> {
    const views = await client.status()
    return views.flatMap((view) => (view.reachable ? [view] : []))
  }

  /**
   * Waits until what the members say gives something, which it returns. `what`: in words, as part of "waited for …".
   */
  async until<T>(
    client: Rollcall,
    what: string,
    look: (members: readonly MemberStatus[]) => T | undefined | false,
  ): Promise<T> {
    let last: readonly MemberStatus[] = []
    return until(
      () => `${what}; the members say ${JSON.stringify(last)}`,
      async () => look((last = await this.statuses(client))),
    )
  }

  /**
   * The leader that a majority of the cluster follows in its term, and who counts all voters: each has been there once,
   * so that any minority may be killed. Waits until there is one.
   */
  leader(client: Rollcall): Promise<string> {
    return this.until(client, 'a leader whom a majority follows, and who counts all', (members) => {
      const leader = members.find(({ role }) => role === 'leader')
      const followers = members.filter((m) => m.leader?.id === leader?.id && m.term === leader?.term)
      return followers.length * 2 > this.members.length && leader?.uncounted === undefined && leader?.id
    })
  }

  /**
   * Waits until every member answers, follows one leader, and counts whoever leads next: before that a kill may take
   * the majority.
   */
  async everyone(client: Rollcall): Promise<void> {
    await this.until(client, 'all members, and one leader who counts them', (members) => {
      const followed = new Set(members.map(({ leader }) => leader?.id))
      const isLed = followed.size === 1 && !followed.has(undefined)
      const areCounted = members.every(({ uncounted }) => uncounted === undefined)
      return members.length === this.members.length && isLed && areCounted
    })
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.close()
    const running = [...this.processes.values()].filter((process) => process.isRunning)
    await Promise.all(running.map((process) => process.kill()))
  }
}
