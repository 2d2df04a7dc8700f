/** What goes wrong with the network of a cluster, at one moment or another. */
import type { SimulatedCluster } from './cluster.js'
import type { Endpoint } from './network.js'
import type { Path } from './paths.js'
import type { World } from './world.js'

/** How long a part of the network is clogged and freed again, one process after another. Milliseconds. */
const SWIZZLE_MS = 600

export class NetworkTroubles {
  #isOver = false

  constructor(
    private readonly world: World,
    private readonly cluster: SimulatedCluster,
  ) {}

  /** Every way has its chance to be clogged, for up to `milliseconds`. */
  clog(perMille: number, milliseconds: number): void {
    const { dice } = this.world
    for (const [from, to] of pairsOf(this.cluster.processes)) {
      if (!dice.chance(perMille)) continue
      this.world.count('clogged ways')
      this.#path(from, to).clog(dice.below(milliseconds))
    }
  }

  /** One process is cut off from all or some of the others; from nobody, or by nobody, it is heard any more. */
  isolate(one: Endpoint): void {
    const { dice } = this.world
    const isPartial = dice.chance(500)
    const others = this.cluster.processes.filter((other) => other !== one && !(isPartial && dice.chance(500)))
    this.#cut([one], others)
  }

  /** Each process falls to one side or the other. */
  divide(): void {
    const { dice } = this.world
    const isLeft = new Map(this.cluster.processes.map((process) => [process, dice.chance(500)]))
    const side = (left: boolean) => this.cluster.processes.filter((process) => isLeft.get(process) === left)
    this.#cut(side(true), side(false))
  }

  /** Both directions, or one of the two. */
  #cut(left: readonly Endpoint[], right: readonly Endpoint[]): void {
    const { dice } = this.world
    const directions = dice.chance(600) ? 'both' : dice.chance(500) ? 'there' : 'back'
    const sign = { both: '<>', there: '>', back: '<' }[directions]
    this.world.note(`cut ${names(left)} ${sign} ${names(right)}`)
    this.world.count(directions === 'both' ? 'cuts' : 'cuts of one direction')
    for (const a of left) {
      for (const b of right) {
        if (directions !== 'back') this.#path(a, b).isCut = true
        if (directions !== 'there') this.#path(b, a).isCut = true
      }
    }
  }

  /** Some processes are clogged one after another, and freed in another order (FoundationDB's swizzle-clogging). */
  swizzle(): void {
    const { dice } = this.world
    const chosen = dice
      .shuffle(this.cluster.processes)
      .slice(0, 1 + dice.below(this.cluster.processes.length))
    this.world.note(`swizzle ${names(chosen)}`)
    this.world.count('swizzles')
    for (const process of chosen) {
      const begin = dice.below(SWIZZLE_MS)
      this.world.after(begin, () => this.#clogAll(process, dice.below(SWIZZLE_MS)))
    }
  }

  #clogAll(process: Endpoint, milliseconds: number): void {
    if (this.#isOver) return
    for (const other of this.cluster.processes) {
      if (other === process) continue
      this.#path(process, other).clog(milliseconds)
      this.#path(other, process).clog(milliseconds)
    }
  }

  /** A connection breaks in the midst of things. */
  reset(): void {
    const connection = this.world.dice.pick(this.cluster.network.connections)
    if (connection === undefined) return
    this.world.note(`reset ${connection.path.from} <> ${connection.path.to}`)
    this.world.count('connections reset')
    connection.reset()
  }

  /** Every way is free. */
  mend(): void {
    this.cluster.network.paths.mend()
  }

  /** Nothing of it goes on. */
  end(): void {
    this.#isOver = true
    this.mend()
  }

  #path(from: Endpoint, to: Endpoint): Path {
    return this.cluster.network.paths.between(from.name, to.name)
  }
}

function pairsOf(processes: readonly Endpoint[]): readonly (readonly [Endpoint, Endpoint])[] {
  return processes.flatMap((from) => processes.flatMap((to) => (from === to ? [] : [[from, to] as const])))
}

function names(endpoints: readonly Endpoint[]): string {
  return `{${endpoints.map(({ name }) => name).join(' ')}}`
}
