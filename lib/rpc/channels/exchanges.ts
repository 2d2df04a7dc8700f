/** Messages that come by HTTP, each a connection of its own: their calls run in turns with those of all connections. */
import type { OnEnd, PeerCertificate, Requester } from '../../ports.js'
import type { Work } from '../answering/batch.js'
import type { CallsUnderWay, ConnectionContext } from '../exposed.js'
import type { JsonRpc } from '../answering/jsonrpc.js'
import { CommandShare, type Party, type Turns } from '../answering/turns.js'

export class Exchanges {
  #running = 0
  #wake: () => void = () => undefined
  readonly #rpc: JsonRpc
  readonly #turns: Turns

  constructor(rpc: JsonRpc, turns: Turns) {
    this.#rpc = rpc
    this.#turns = turns
  }

  /** Resolves when none runs. */
  async idle(): Promise<void> {
    while (this.#running > 0) await new Promise<void>((resolve) => (this.#wake = resolve))
  }

  /** Undefined: there is nothing to say. Never rejects. */
  answer(text: string, from: Requester): Promise<string | undefined> {
    this.#running += 1
    return new Promise((resolve) => {
      const reply = (answer: string | undefined): void => {
        this.#running -= 1
        if (this.#running === 0) this.#wake()
        resolve(answer)
      }
      const begin = (exchange: Exchange): Work | undefined => this.#rpc.answer(text, exchange, reply)
      const commands = new CommandShare(this.#turns)
      new Exchange(from, { turns: this.#turns, commands }, text.length, begin).start()
    })
  }
}

class Exchange implements ConnectionContext, Party {
  readonly kind = 'http'
  readonly remote: string
  readonly request: Requester
  readonly peerCertificate?: PeerCertificate | undefined
  readonly bearer?: string | undefined
  readonly onEnd?: OnEnd
  readonly #turns: Turns
  readonly #commands: CommandShare
  readonly #bytes: number
  readonly #begin: (exchange: Exchange) => Work | undefined
  #hasBegun = false
  #work: Work | undefined
  readonly calls: CallsUnderWay = this
  /** Results that are there and not written. */
  readonly #results: (() => number)[] = []

  constructor(
    request: Requester,
    { turns, commands }: { readonly turns: Turns; readonly commands: CommandShare },
    bytes: number,
    begin: (exchange: Exchange) => Work | undefined,
  ) {
    const { remote, peerCertificate, bearer, onEnd } = request
    this.request = request
    this.remote = remote
    this.peerCertificate = peerCertificate
    this.bearer = bearer
    if (onEnd !== undefined) this.onEnd = onEnd
    this.#turns = turns
    this.#commands = commands
    this.#bytes = bytes
    this.#begin = begin
  }

  start(): void {
    if (this.#turns.admits()) {
      this.#first()
      this.#turns.ended()
      if (this.#work === undefined) return
    }
    this.#turns.wait(this)
  }

  began(isCommand: boolean): void {
    if (isCommand) this.#commands.began()
  }

  ended(wasCommand: boolean): void {
    if (!wasCommand) return
    this.#commands.ended()
    if (this.#work !== undefined) this.#turns.wait(this)
  }

  result(write: () => number): void {
    if (this.#results.length === 0 && this.#turns.admitsResult()) {
      write()
      this.#turns.ended(0)
    } else {
      this.#results.push(write)
      this.#turns.wait(this)
    }
  }

  runNext(): number | undefined {
    const write = this.#results.shift()
    if (write !== undefined) return write()
    if (!this.#hasBegun) return this.#first()
    if (this.#work === undefined || this.#commands.isUsedUp) return undefined
    const { bytesOfEach } = this.#work
    if (!this.#work.next()) this.#work = undefined
    return bytesOfEach
  }

  #first(): number {
    this.#hasBegun = true
    this.#work = this.#begin(this)
    return this.#bytes
  }
}
