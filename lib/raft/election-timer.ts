/**
 * How long a server waits for a leader, or for its election to end. §9.3: each for another length of time, drawn anew
 * each time, so that few stand at the same moment.
 */
import type { RaftOptions, Ticks } from './types.js'
import { ticks } from './types.js'

export class ElectionTimer {
  startedAt = ticks(0)
  deadline = ticks(0)
  /** Chance is state, so the same seed and inputs give the same effects. */
  #counter: number

  constructor(
    private readonly options: Pick<RaftOptions, 'electionTimeoutMin' | 'electionTimeoutMax' | 'seed'>,
  ) {
    this.#counter = options.seed | 0
  }

  restart(now: Ticks): void {
    const { electionTimeoutMin, electionTimeoutMax } = this.options
    this.startedAt = now
    // A whole number of ticks from the one to the other, both included, each equally likely.
    const values = Math.floor(electionTimeoutMax - electionTimeoutMin) + 1
    this.deadline = ticks(now + electionTimeoutMin + Math.floor(this.#fraction() * values))
  }

  /** Runs out at some moment of the `span` that begins at `from`, unless it would sooner. */
  hasten(from: Ticks, span: Ticks): void {
    const values = Math.floor(span) + 1
    this.deadline = ticks(Math.min(this.deadline, from + Math.floor(this.#fraction() * values)))
  }

  /** There is nobody to wait for. */
  runOut(now: Ticks): void {
    this.startedAt = now
    this.deadline = now
  }

  /** From 0 up to, not including, 1: a 32-bit counter in golden-ratio steps, its bits mixed by multiply and shift. */
  #fraction(): number {
    this.#counter = (this.#counter + 0x9e3779b9) | 0
    let bits = this.#counter
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32
  }
}
