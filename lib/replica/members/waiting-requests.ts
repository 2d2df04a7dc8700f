/** Requests of other members that wait for an answer of this member's core, and so of its disk. */
import type { Exchange, Input, Request, Response } from '../../raft/types.js'
import { exchange } from '../../raft/types.js'
import type { Load } from '../guards/budget.js'
import type { Hello } from './hello.js'

interface Waiting {
  readonly bytes: number
  readonly from: Hello
  readonly resolve: (answer: Response) => void
  readonly reject: (error: Error) => void
}

export class WaitingRequests implements Load {
  bytes = 0
  readonly #waiting = new Map<Exchange, Waiting>()
  #next = 1

  constructor(private readonly take: (input: Input) => void) {}

  get calls(): number {
    return this.#waiting.size
  }

  /** Hands it to the core, and resolves with what that answers. */
  pass(from: Hello, message: Request, bytes: number): Promise<Response> {
    const id = exchange(this.#next++)
    return new Promise((resolve, reject) => {
      this.bytes += bytes
      this.#waiting.set(id, { bytes, from, resolve, reject })
      this.take({
        type: 'request',
        from: from.id,
        incarnation: from.incarnation,
        starts: from.starts,
        message,
        exchange: id,
      })
    })
  }

  /** It waits no more. Undefined: it did not, as after the end. */
  takeOut(id: Exchange): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    if (this.#waiting.delete(id)) this.bytes -= waiting?.bytes ?? 0
    return waiting
  }

  /** None of them will be answered: each is told why. */
  end(why: () => Error): void {
    for (const { reject } of this.#waiting.values()) reject(why())
    this.#waiting.clear()
    this.bytes = 0
  }
}
