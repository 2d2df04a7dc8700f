/** Serves the objects of one process to whoever connects: lines, WebSocket and HTTP on each address it listens on. */
import type {
  Acceptor,
  Address,
  Clock,
  Listener,
  Logger,
  Page,
  Refusal,
  Transport,
  WebAnswer,
  WebRequest,
} from '../ports.js'
import { OverloadedError, ParseError, TooLargeError } from './errors.js'
import { Host } from './host.js'
import type { ConnectionContext, Elsewhere } from './host.js'
import { Invoker } from './invoke.js'
import type { RollcallError } from './errors.js'
import { errorResponse, JsonRpc } from './jsonrpc.js'
import { DEFAULT_LIMITS } from './limits.js'
import type { Limits } from './limits.js'
import { Outputs } from './outputs.js'
import { frameSentence, ServedChannel } from './served-channel.js'

export type { Limits } from './limits.js'

export interface DaemonOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly logger: Logger
  readonly limits?: Partial<Limits>
  /** Answers HTTP GET. Default: there are no pages. */
  readonly pages?: (path: string) => Promise<Page | undefined>
  /** Methods that other processes have. Default: none. */
  readonly elsewhere?: Elsewhere
  /** What HTTP may do beyond calls posted to `/` and pages. Default: nothing. */
  readonly web?: WebOptions
}

export interface WebOptions {
  /** Origins beside the daemon's own whose pages may call it: `https://app.example`. */
  readonly origins: readonly string[]
  /** Answers a request whose path is neither `/` nor a page's. Never rejects. */
  readonly request: (request: WebRequest) => Promise<WebAnswer>
}

export class Daemon {
  /** The objects that are served. They may come and go while the daemon listens. */
  readonly host: Host
  readonly #transport: Transport
  readonly #listeners: Listener[] = []
  readonly #acceptor: Acceptor
  #isClosed = false

  constructor({ transport, clock, logger, limits, pages, elsewhere, web }: DaemonOptions) {
    this.host = new Host(elsewhere)
    const all = { ...DEFAULT_LIMITS, ...limits }
    const invoker = new Invoker(this.host, clock, all.frameBytesMax)
    this.#transport = transport
    this.#acceptor = {
      ...acceptorOf(invoker, clock, logger, all, pages ?? (() => Promise.resolve(undefined))),
      ...(web === undefined ? {} : { origins: web.origins, web: web.request }),
    }
  }

  /**
   * Listens on one more address; resolves to it, with the port that the system chose for port 0. Rejects with an Error
   * that names the address and what to do when it can't be had.
   */
  async listen(address: Address): Promise<Address> {
    if (this.#isOver()) throw new Error('this daemon is closed')
    const listener = await this.#transport.listen(address, this.#acceptor)
    this.#listeners.push(listener)
    if (this.#isOver()) await listener.close()
    return listener.address
  }

  /** Takes no more connections and drops those that are open; calls that run go on and answer nobody. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#listeners.map((listener) => listener.close()))
  }

  // Asked again after a wait, in which it may have changed.
  #isOver(): boolean {
    return this.#isClosed
  }
}

function acceptorOf(
  invoker: Invoker,
  clock: Clock,
  logger: Logger,
  limits: Limits,
  page: (path: string) => Promise<Page | undefined>,
): Acceptor {
  const channels = new JsonRpc<ServedChannel>((call, channel, settle) => {
    channel.began()
    invoker.run(call, channel, (outcome) => {
      settle(outcome)
      channel.ended()
    })
  }, limits.batchMax)
  const exchanges = new JsonRpc<ConnectionContext>(
    (call, connection, settle) => invoker.run(call, connection, settle),
    limits.batchMax,
  )
  const outputs = new Outputs(limits.outputBytesTotalMax)
  return {
    accept: (channel) => new ServedChannel(channel, channels, clock, logger, limits, outputs),
    exchange: (text, remote) =>
      new Promise((resolve) => exchanges.answer(text, { kind: 'http', remote }, (answer) => resolve(answer))),
    page,
    refuse: (reason) => errorResponse(refusalError(reason, limits)),
  }
}

function refusalError(reason: Refusal, { frameBytesMax }: Limits): RollcallError {
  switch (reason) {
    case 'garbage':
      return new ParseError('this port speaks JSON-RPC 2.0: send JSON')
    case 'too-large':
      return new TooLargeError(frameSentence(frameBytesMax))
    case 'overloaded':
      return new OverloadedError(
        'this process holds too much of unfinished messages, and of this one the most: it was not executed; send it again later, or less at once',
      )
  }
}
