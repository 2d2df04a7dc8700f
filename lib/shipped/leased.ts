/** The hooks of an object that is made of turns: `lock`, `semaphore`, `election`. */
import type { Json } from '../json.js'
import { Turns } from './turns.js'

export abstract class Leased {
  protected readonly turns = new Turns()

  nextExpiry(): number | undefined {
    return this.turns.nextExpiry
  }

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
}
