/** A call whose caller may give it up. */
import type { Json } from '../../json.js'
import type { RollcallError } from '../errors.js'
import { givenUp, whenAborted, type Signal } from '../signal.js'
import type { OutgoingCall } from './outgoing.js'

/** To whom the outcome of a call is told. */
export type Answered = Pick<OutgoingCall, 'resolve' | 'resolveValue' | 'reject'>

/** The other end, as a call that is given up needs it. */
interface Told {
  readonly outgoing: { abandon(id: number): object | undefined }
  notify(method: string, params: readonly Json[]): void
}

export class Abortable {
  /** It was given up before it began, and rejects. */
  readonly isOver: boolean
  /** Where it was sent. Undefined: it has not been. */
  sent: { readonly id: number; readonly peer: Told } | undefined
  readonly #what: string
  readonly #signal: Signal
  readonly #reject: (error: RollcallError) => void
  #stop = (): void => undefined

  /** `what`: for messages. */
  constructor(what: string, signal: Signal, reject: (error: RollcallError) => void) {
    this.#what = what
    this.#signal = signal
    this.#reject = reject
    this.isOver = signal.aborted
    if (this.isOver) reject(givenUp(what, signal, false))
  }

  /** Tells `answer`, and listens no more. */
  around({ resolve, resolveValue, reject }: Answered): Answered {
    const settled =
      <T>(settle: (outcome: T) => void) =>
      (outcome: T): void => {
        this.#stop()
        settle(outcome)
      }
    return {
      resolve: settled(resolve),
      reject: settled(reject),
      ...(resolveValue && { resolveValue: settled(resolveValue) }),
    }
  }

  /** `forget`: what is to be done here, too, when it is given up. Default: nothing. */
  listen(forget?: () => void): void {
    this.#stop = whenAborted(this.#signal, () => {
      const { sent } = this
      if (sent?.peer.outgoing.abandon(sent.id) !== undefined) sent.peer.notify('daemon.cancel', [[sent.id]])
      forget?.()
      this.#reject(givenUp(this.#what, this.#signal, sent !== undefined))
    })
  }
}
