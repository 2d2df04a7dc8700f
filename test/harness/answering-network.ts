/** A network in memory, at each address of which a process answers each call at once. */
import type { Address, DialHandlers, DialledChannel, Transport } from '../../lib/ports.js'

export class AnsweringNetwork implements Transport {
  /** Nothing but heartbeats is answered. */
  isBusy = false
  dialled = 0
  /** With what each says of its end. */
  readonly open = new Map<DialledChannel, DialHandlers>()

  dial(_: Address, handlers: DialHandlers): DialledChannel {
    this.dialled += 1
    const end = (): void => void this.open.delete(channel)
    const channel: DialledChannel = {
      kind: 'lines',
      remote: 'there',
      bufferedBytes: 0,
      unfinishedBytes: 0,
      takenBytes: 0,
      send: (text) => this.#answer(text, handlers),
      pause: () => undefined,
      resume: () => undefined,
      sign: () => undefined,
      close: end,
      destroy: end,
    }
    this.open.set(channel, handlers)
    queueMicrotask(() => handlers.opened())
    return channel
  }

  listen(): Promise<never> {
    return Promise.reject(new Error('nobody listens here'))
  }

  /** All processes end. */
  end(): void {
    const handlers = [...this.open.values()]
    this.open.clear()
    for (const each of handlers) each.closed(undefined)
  }

  #answer(text: string, handlers: DialHandlers): void {
    const id = /"id":([0-9]+)/.exec(text)?.[1] ?? ''
    if (this.isBusy && !text.includes('daemon.ping')) return
    queueMicrotask(() => {
      handlers.heard?.()
      handlers.message(`{"jsonrpc":"2.0","id":${id},"result":null}`)
    })
  }
}
