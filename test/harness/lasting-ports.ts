/** Ports for processes that are away for a while and come back to the same place. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Dice } from '../raft/dice.js'

/** Below what systems give to outgoing connections: nobody takes such a port while its owner is down. */
const FIRST = 20_000
const END = 32_000

export class LastingPorts {
  readonly #dice: Dice
  readonly #given = new Set<number>()

  constructor(dice: Dice) {
    this.#dice = dice
  }

  /** One that nobody listens on, and that was not given before. */
  async next(): Promise<number> {
    for (;;) {
      const port = FIRST + this.#dice.below(END - FIRST)
      if (this.#given.has(port) || !(await isFree(port))) continue
      this.#given.add(port)
      return port
    }
  }

  async several(count: number): Promise<readonly number[]> {
    const ports: number[] = []
    while (ports.length < count) ports.push(await this.next())
    return ports
  }
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const isListening = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  await new Promise((closed) => server.close(closed))
  return isListening
}
