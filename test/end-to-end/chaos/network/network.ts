/** All relays, and the links between those who stand behind them. */
import { Link } from './link.js'
import { Relay, type Place } from './relay.js'

export class Network {
  readonly #relays = new Map<string, Relay>()
  readonly #links = new Map<string, Link>()

  /** What comes to `at` is carried to the process at `to`. */
  async open(name: string, at: Place, to: Place): Promise<void> {
    this.#relays.set(name, await Relay.open({ name, at, to, link: (from, other) => this.link(from, other) }))
  }

  /** From one to the other: requests of the one, and answers to the requests of the other. */
  link(from: string, to: string): Link {
    const key = `${from} ${to}`
    const link = this.#links.get(key) ?? new Link()
    this.#links.set(key, link)
    return link
  }

  /** Ends all connections between the two, whoever has opened them. */
  reset(one: string, other: string): void {
    this.#relays.get(one)?.reset(other)
    this.#relays.get(other)?.reset(one)
  }

  async close(): Promise<void> {
    for (const link of this.#links.values()) link.heal()
    const relays = [...this.#relays.values()]
    this.#relays.clear()
    await Promise.all(relays.map((relay) => relay.close()))
  }
}
