/** Members that can be cut off from each other, while everybody else still reaches them. */
import { Network } from '../end-to-end/chaos/network/network.js'
import type { Cluster, Teardown } from './cluster.js'

const HOST = '127.0.0.9'

/** For the nodes: each listens where only its relay looks for it. */
export const RELAYED = ['--host', HOST, '--advertise', 'localhost']

export class Relays {
  readonly #network = new Network()

  private constructor(private readonly cluster: Cluster) {}

  /** Before this, nobody reaches the members. */
  static async open(t: Teardown, cluster: Cluster): Promise<Relays> {
    const relays = new Relays(cluster)
    t.teardown(() => relays.#network.close())
    for (const id of cluster.ids) {
      const port = portOf(cluster, id)
      await relays.#network.open(id, { host: '127.0.0.1', port }, { host: HOST, port })
    }
    return relays
  }

  cutOff(id: string): void {
    for (const link of this.#linksOf(id)) link.cut()
  }

  heal(id: string): void {
    for (const link of this.#linksOf(id)) link.heal()
  }

  #linksOf(id: string) {
    const others = this.cluster.ids.filter((other) => other !== id)
    return others.flatMap((other) => [this.#network.link(id, other), this.#network.link(other, id)])
  }
}

function portOf({ members }: Cluster, id: string): number {
  const uri = members.find((member) => member.startsWith(`${id}@`)) ?? ''
  return Number(uri.slice(uri.lastIndexOf(':') + 1))
}
