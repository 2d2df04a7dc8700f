/** A channel over a browser's WebSocket: each text message is one message. */
import { ms, type Address, type Clock, type DialHandlers, type DialledChannel } from '../ports.js'
import { formatAddress } from '../rpc/uri-grammar.js'

/** Beyond this the owner is told when all has been taken. */
const HIGH_WATER_BYTES = 64 * 1024
/** A browser tells of nothing that it has sent: it is asked. */
const DRAIN_LOOK = ms(20)

interface Ports {
  readonly clock: Clock
  readonly isSecure: boolean
}

export class DialledWebSocket implements DialledChannel {
  readonly kind = 'websocket'
  readonly remote: string
  /** It comes in whole. */
  readonly unfinishedBytes = 0
  readonly #clock: Clock
  readonly #handlers: DialHandlers
  readonly #webSocket: WebSocket | undefined
  #sentBytes = 0
  #isOpened = false
  #isEnded = false
  #isLooking = false
  #isPaused = false
  readonly #held: string[] = []

  /** `isSecure`: by TLS. */
  constructor(address: Address, handlers: DialHandlers, { clock, isSecure }: Ports) {
    this.remote = formatAddress(address)
    this.#clock = clock
    this.#handlers = handlers
    try {
      this.#webSocket = new WebSocket(urlOf(address, isSecure))
      this.#hear(this.#webSocket)
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error))
      clock.soon(() => this.#ended(reason))
    }
  }

  get bufferedBytes(): number {
    return this.#webSocket?.bufferedAmount ?? 0
  }

  get takenBytes(): number {
    return this.#sentBytes - this.bufferedBytes
  }

  send(message: string): void {
    if (this.#isEnded || this.#webSocket?.readyState !== WebSocket.OPEN) return
    const before = this.bufferedBytes
    this.#webSocket.send(message)
    this.#sentBytes += this.bufferedBytes - before
    if (this.bufferedBytes > HIGH_WATER_BYTES) this.#lookWhetherDrained()
  }

  /** The browser goes on reading: what comes is held. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    const next = (): string | undefined => (this.#isPaused ? undefined : this.#held.shift())
    for (let held = next(); held !== undefined; held = next()) this.#deliver(held)
  }

  /** Pages have no way to send one. */
  sign(): void {
    return
  }

  close(): void {
    this.#webSocket?.close()
  }

  destroy(): void {
    this.#isEnded = true
    this.#held.length = 0
    this.#webSocket?.close()
  }

  #hear(webSocket: WebSocket): void {
    webSocket.onopen = () => {
      this.#isOpened = true
      if (this.#isEnded) webSocket.close()
      else this.#handlers.opened()
    }
    webSocket.onmessage = ({ data }: MessageEvent<unknown>) => this.#receive(data)
    webSocket.onclose = ({ code, reason }) => this.#ended(this.#reasonOf(code, reason))
  }

  #receive(data: unknown): void {
    if (this.#isEnded) return
    if (typeof data !== 'string') return this.#webSocket?.close()
    this.#handlers.heard?.()
    if (this.#isPaused || this.#held.length > 0) this.#held.push(data)
    else this.#deliver(data)
  }

  #deliver(message: string): void {
    if (!this.#isEnded) this.#handlers.message(message)
  }

  #lookWhetherDrained(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    this.#clock.after(DRAIN_LOOK, () => {
      this.#isLooking = false
      if (this.#isEnded) return
      if (this.bufferedBytes === 0) this.#handlers.drained()
      else this.#lookWhetherDrained()
    })
  }

  /** Why a connection can't be had, browsers keep from pages. */
  #reasonOf(code: number, reason: string): Error | undefined {
    if (!this.#isOpened)
      return new Error(
        `nobody listens there, or pages of ${location.origin} may not call it: they may where --allow-origin, or the ` +
          `option allowOrigins, says so`,
      )
    return code === 1000 || code === 1005 ? undefined : new Error(reason === '' ? `code ${code}` : reason)
  }

  #ended(reason: Error | undefined): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#handlers.closed(reason)
  }
}

/** @throws Error for what a page can't reach */
function urlOf(address: Address, isSecure: boolean): string {
  if (address.kind === 'unix') throw new Error('a page can not open a Unix socket')
  return `${isSecure ? 'wss' : 'ws'}://${formatAddress(address)}/`
}
