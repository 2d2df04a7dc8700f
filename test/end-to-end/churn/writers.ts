/** Clients that write all the time, each with a connection and a session of its own. */
import { connect, type Rollcall } from '../../../api.js'
import { pause, type Cluster } from '../../harness/cluster.js'
import { textOf, type Ledger } from './ledger.js'

interface LogObject {
  append(text: string): { readonly index: number; readonly term: number }
}

interface CounterObject {
  increment(): number
}

/** Milliseconds between a client's commands: the nodes are to be busy, but not so that they can't start. */
const REST_MS = 20

export class Writers {
  readonly #cluster: Cluster
  readonly #ledger: Ledger
  readonly #running: readonly Promise<void>[]
  #isStopped = false

  constructor(cluster: Cluster, ledger: Ledger, count: number) {
    this.#cluster = cluster
    this.#ledger = ledger
    this.#running = Array.from({ length: count }, (_, i) => this.#write(`client${i + 1}`))
  }

  /** Resolves when the outcome of the last command is written down. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#running)
  }

  async #write(name: string): Promise<void> {
    const { nameserver, members } = this.#cluster
    const client = await connect({ nameserver, members })
    for (let n = 1; !this.#isStopped; n++) {
      await this.#append(client, `${name}-${n}`)
      await pause(REST_MS)
      await this.#increment(client)
      await pause(REST_MS)
    }
    client.close()
  }

  async #append(client: Rollcall, key: string): Promise<void> {
    try {
      const { index } = await client.object<LogObject>('log').append(textOf(key))
      this.#ledger.appended.set(key, index)
    } catch (error) {
      this.#ledger.appendFailed(key, error)
    }
  }

  async #increment(client: Rollcall): Promise<void> {
    try {
      this.#ledger.values.push(await client.object<CounterObject>('counter').increment())
    } catch (error) {
      this.#ledger.incrementFailed(error)
    }
  }
}
