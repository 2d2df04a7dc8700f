/** Requests of one turn that go in one message, a batch of JSON-RPC. */
import type { Channel } from '../../ports.js'

/** What calls have in common that go in one message. */
export interface BatchToSend {
  /** They are notifications: nobody answers them, and each resolves, with null, when it is sent. */
  readonly isOneway: boolean
}

export class Gathering {
  readonly #channel: Pick<Channel, 'send'>
  /** Something waits to be sent. */
  hasAny = false
  #gathered: { readonly batch: BatchToSend; readonly requests: string[] } | undefined

  constructor(channel: Pick<Channel, 'send'>) {
    this.#channel = channel
  }

  /** It is sent at the end of this turn, or before the next that is of another batch. */
  add(batch: BatchToSend, request: string): void {
    if (this.#gathered?.batch === batch) {
      this.#gathered.requests.push(request)
      return
    }
    this.send()
    this.#gathered = { batch, requests: [request] }
    this.hasAny = true
    void Promise.resolve().then(() => this.send())
  }

  send(): void {
    const { requests = [] } = this.#gathered ?? {}
    this.forget()
    if (requests.length > 0) this.#channel.send(`[${requests.join(',')}]`)
  }

  /** There is no way to the other end any more. */
  forget(): void {
    this.#gathered = undefined
    this.hasAny = false
  }
}
