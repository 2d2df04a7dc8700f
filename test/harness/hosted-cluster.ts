/** A name server, four members and a client, each on a host of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Teardown } from './cluster.js'
import { Hosts } from './hosts.js'
import { plainNode, Running, temporaryFolder } from './processes.js'
import { until } from './until.js'
import type { News, Told } from './writer.js'

const IDS = ['node1', 'node2', 'node3', 'node4']
const PORT = 9101

export class HostedCluster {
  readonly ids: readonly string[] = IDS
  readonly hosts: Hosts
  /** When each command was acknowledged, on this process's clock, in milliseconds. */
  readonly acknowledged: number[] = []
  /** What calls were rejected with. */
  readonly failed: string[] = []
  readonly #folder: string
  readonly #processes = new Map<string, Running>()
  readonly #client: ChildProcess

  private constructor(t: Teardown) {
    this.#folder = temporaryFolder(t)
    this.hosts = Hosts.start(t, [...IDS, 'names', 'client'])
    this.#run('names', ['nameserver', '--insecure', '--host', this.hosts.of('names').address])
    for (const id of IDS) this.startMember(id)
    this.#client = this.#startClient()
    t.teardown(() => this.#end())
  }

  /** Resolves when there is a leader whom all follow. */
  static async start(t: Teardown): Promise<HostedCluster> {
    const cluster = new HostedCluster(t)
    await cluster.#said('leader')
    await cluster.leader()
    return cluster
  }

  startMember(id: string): void {
    const members = IDS.map((each) => `${each}@${this.hosts.of(each).address}:${PORT}`)
    const place = ['--insecure', '--host', this.hosts.of(id).address, '--port', String(PORT)]
    this.#run(id, ['node', id, ...place, '--members', members.join(','), '--nameserver', this.#nameserver])
  }

  /** Told to end, as an operator does it; resolves when it has. */
  async stopMember(id: string): Promise<void> {
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

  get #nameserver(): string {
    return `${this.hosts.of('names').address}:9090`
  }

  #run(name: string, args: readonly string[]): void {
    const { at } = this.hosts.of(name)
    this.#processes.set(name, new Running([...args, '--log-level', 'error'], this.#folder, {}, undefined, at))
  }

  #startClient(): ChildProcess {
    const program = join(import.meta.dirname, 'writer.js')
    const [command = '', ...at] = this.hosts.of('client').at
    const client = spawn(command, [...at, 'env', ...plainNode, program, this.#nameserver], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    client.on('message', (news: News) => {
      if (news.type === 'acknowledged') this.acknowledged.push(performance.now())
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
  }
}

function isOf<T extends News['type']>(news: News, type: T): news is Extract<News, { readonly type: T }> {
  return news.type === type
}
