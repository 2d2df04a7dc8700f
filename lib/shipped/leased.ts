/** An object that is made of turns: what `lock`, `semaphore` and `election` have in common. */
import type { Json } from '../json.js'
import { command, PARAMETERS } from '../replica/objects/marks.js'
import { readId, readName, readToken, Turns, type Turn } from './turns.js'

export abstract class Leased {
  static readonly frees: string[] = ['renew', 'demand']
  static readonly [PARAMETERS]: Readonly<Record<string, readonly string[]>> = {
    renew: ['name', 'holder'],
    demand: ['name', 'token'],
  }

  protected readonly turns = new Turns()
  /** As its callers call whoever has something, or waits for it. */
  protected readonly whom: string = 'holder'

  /** Keeps up what is had, or the place at which it is waited for; null: neither is there any more. */
  @command renew(name: string, holder: string): Turn {
    return this.turns.renew(...this.#named(name, holder, 'renew'))
  }

  /** For an atomic entry: @throws StaleTokenError unless it is had by that token */
  @command demand(name: string, token: number): void {
    const signature = 'demand(name, token)'
    this.turns.demand(readName(name, signature), readToken(token, signature))
  }

  nextExpiry(): number | undefined {
    return this.turns.nextExpiry
  }

  /** Whether there is more it does not say: members compare what commands answer, and builds before did not say it. */
  expire(): void {
    this.turns.expire()
  }

  attempt(run: () => void): void {
    this.turns.attempt(run)
  }

  snapshot(): Iterable<Json> {
    return this.turns.snapshot()
  }

  restore(chunks: AsyncIterable<Json>): Promise<void> {
    return this.turns.restore(chunks)
  }

  /** Whether it was had or waited for. */
  protected leave(name: string, id: string, method: string): boolean {
    return this.turns.release(...this.#named(name, id, method))
  }

  #named(name: string, id: string, method: string): [name: string, id: string] {
    const signature = `${method}(name, ${this.whom})`
    return [readName(name, signature), readId(id, signature, this.whom)]
  }
}
