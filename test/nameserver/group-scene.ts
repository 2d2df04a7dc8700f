/** Name servers of one group in this process, each in a folder and on a port of its own, and those who call them. */
import { connect, type ConnectOptions, type Rollcall } from '../../api.js'
import { NAMESERVER_CLUSTER } from '../../lib/defaults.js'
import type { NameServer } from '../../nameserver/host-name-server.js'
import { startNameServer, type NameServerOptions } from '../../nameserver/server.js'
import { uri } from '../../lib/rpc/uri.js'
import { operatorTokens } from '../../lib/system/operator-tokens.js'
import { silent } from '../harness/ports.js'
import { freePorts, temporaryFolder } from '../harness/processes.js'
import { until, type Teardown } from './scene.js'

export class GroupScene {
  readonly #t: Teardown
  readonly #ports: readonly number[]
  readonly #folders = new Map<string, string>()
  readonly #servers = new Map<string, NameServer>()

  private constructor(t: Teardown, ports: readonly number[]) {
    this.#t = t
    this.#ports = ports
    t.teardown(() => Promise.all([...this.#servers.values()].map((server) => server.close())))
  }

  /** With room for so many: `ns1`, `ns2` …, none of which is there yet. */
  static async prepare(t: Teardown, count: number): Promise<GroupScene> {
    return new GroupScene(t, await freePorts(count))
  }

  /** As in `prepare`, all of one group, which has a leader, and tell each client that asks who else is of it. */
  static async start(t: Teardown, count = 3): Promise<GroupScene> {
    const scene = await GroupScene.prepare(t, count)
    await Promise.all(scene.ids.map((id) => scene.open(id, { id, members: scene.members })))
    await scene.#toldOfTheirGroup()
    return scene
  }

  get ids(): readonly string[] {
    return this.#ports.map((_, at) => `ns${at + 1}`)
  }

  get members(): readonly string[] {
    return this.ids.map((id) => this.uriOf(id))
  }

  get places(): readonly string[] {
    return this.#ports.map((port) => `localhost:${port}`)
  }

  portOf(id: string): number {
    return this.#ports[this.ids.indexOf(id)] ?? 0
  }

  uriOf(id: string): string {
    return `${id}@localhost:${this.portOf(id)}`
  }

  /** On its port and in its folder. */
  async open(id: string, options: NameServerOptions = { id }): Promise<NameServer> {
    const data = this.#folders.get(id) ?? temporaryFolder(this.#t)
    this.#folders.set(id, data)
    const server = await startNameServer({ port: this.portOf(id), data, logger: silent, ...options })
    this.#servers.set(id, server)
    return server
  }

  async close(id: string): Promise<void> {
    await this.#servers.get(id)?.close()
    this.#servers.delete(id)
  }

  /** A client that was told of these name servers alone; default: of all. */
  async client(options: ConnectOptions = {}): Promise<Rollcall> {
    const client = await connect({
      nameserver: this.places,
      timeoutMs: 30_000,
      operatorToken: (member) => this.#tokenAt(member),
      ...options,
    })
    this.#t.teardown(() => client.close())
    return client
  }

  /** Each folder has its own, whatever the id of who is in it. */
  #tokenAt(member: string): string | undefined {
    const id = this.ids.find((each) => member.endsWith(`:${this.portOf(each)}`)) ?? ''
    return operatorTokens(this.#folders.get(id))(uri(member))
  }

  /** Whoever looks after the group itself. */
  operator(): Promise<Rollcall> {
    return this.client({ nameserver: undefined, members: this.members, cluster: NAMESERVER_CLUSTER })
  }

  /** One that has just started may not know yet, and whoever meets it then hears of no others for seconds. */
  async #toldOfTheirGroup(): Promise<void> {
    const operator = await this.operator()
    await until(async () => {
      const views = await operator.status()
      const isKnown = views.every((view) => view.reachable && view.leader !== null && view.clusterId !== null)
      return isKnown || undefined
    })
    operator.close()
  }

  /** The id of the one that leads, by its own word. */
  async leader(): Promise<string> {
    const operator = await this.operator()
    const leader = await until(async () => (await operator.leader()) ?? undefined)
    operator.close()
    return leader.slice(0, leader.indexOf('@'))
  }
}
