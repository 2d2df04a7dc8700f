/** The social network as real processes, and users of it, for one test. */
import { connect, type Rollcall } from '../../api.js'
import type { Teardown } from '../harness/cluster.js'
import { freePorts, temporaryFolder } from '../harness/processes.js'
import { until } from '../harness/until.js'
import { Network, User, type Post } from './modules.js'

const PORTS_OF_A_CLUSTER = 4
/** The longest that anything is waited for, on a machine that has much else to do. */
const PATIENCE_MS = 60_000

export class Scene {
  readonly #users: User[] = []
  readonly #clients: Rollcall[] = []
  #nextName = 1

  private constructor(
    readonly network: Network,
    readonly folder: string,
    private readonly coordinator: Rollcall,
  ) {
    this.#clients.push(coordinator)
  }

  /** `most`: how many clusters there may be in all. */
  static async start(t: Teardown, clusters: readonly string[], most = clusters.length): Promise<Scene> {
    const folder = temporaryFolder(t)
    const network = new Network(folder, await freePorts(1 + PORTS_OF_A_CLUSTER * most))
    t.teardown(() => network.end())
    const coordinator = await connect({ nameserver: network.nameserver, timeoutMs: PATIENCE_MS })
    const scene = new Scene(network, folder, coordinator)
    t.teardown(() => scene.#close())
    for (const cluster of clusters) network.add(cluster)
    for (const cluster of clusters) await scene.isThere(cluster)
    return scene
  }

  async isThere(cluster: string): Promise<void> {
    const { nameserver } = this.coordinator
    await until(`the cluster ${cluster}`, async () => {
      const names = await nameserver.list({ prefix: `synchronizer.${cluster}` }).catch(() => [])
      return names.length > 0
    })
  }

  /** A new one, whom the coordinator has assigned to that cluster. */
  async userOf(cluster: string): Promise<User> {
    const { nameserver } = this.coordinator
    for (;;) {
      const name = `user${this.#nextName++}`
      const { metadata } = await nameserver.assign(name, { tag: 'synchronizer' })
      if (metadata.includes(`cluster=${cluster}`)) return this.enter(name)
    }
  }

  async enter(name: string): Promise<User> {
    const user = await User.enter((options) => this.#connect(options), this.network.nameserver, name)
    this.#users.push(user)
    return user
  }

  #connect(options: Parameters<typeof connect>[0]): Promise<Rollcall> {
    return connect({ ...options, timeoutMs: PATIENCE_MS })
  }

  /** The member that leads there. */
  async leaderOf(cluster: string): Promise<string> {
    const rollcall = await this.#connect({ nameserver: this.network.nameserver, cluster })
    this.#clients.push(rollcall)
    const leader = await until(`a leader of ${cluster}`, async () => (await rollcall.leader()) ?? undefined)
    return leader.slice(0, leader.indexOf('@'))
  }

  #close(): void {
    for (const each of [...this.#users, ...this.#clients]) each.close()
  }
}

/**
 * A timeline that is read all the time. It opens with the last few posts: of those who post much meanwhile it has all
 * only if it has had one before.
 */
export class Reader {
  readonly posts: Post[] = []

  constructor(
    t: Teardown,
    readonly user: User,
  ) {
    const end = new AbortController()
    t.teardown(() => end.abort())
    void this.#read(end)
  }

  /** As `author number`, of all that came. */
  get seen(): readonly string[] {
    return this.posts.map(({ author, number }) => `${author} ${number}`)
  }

  async has(count: number): Promise<void> {
    const { name } = this.user
    const what = (): string =>
      `${count} posts for ${name}, who has ${this.posts.length}: ${this.seen[0]} to ${this.seen.at(-1)}`
    await until(what, () => this.posts.length >= count)
  }

  async #read({ signal }: AbortController): Promise<void> {
    for await (const post of this.user.timeline({ signal })) this.posts.push(post)
  }
}

/** What a follower of that author is to see. */
export function postsOf({ name }: User, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => `${name} ${from + at}`)
}
