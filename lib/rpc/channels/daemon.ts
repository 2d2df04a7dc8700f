/** Serves the objects of one process to whoever connects: lines, WebSocket and HTTP on each address it listens on. */
import type {
  Acceptor,
  Address,
  ByteStream,
  Clock,
  Listener,
  Logger,
  Ms,
  Page,
  Refusal,
  Requester,
  Transport,
  WebAnswer,
  WebRequest,
} from '../../ports.js'
import { OverloadedError, ParseError, TooLargeError } from '../errors.js'
import type { RollcallError } from '../errors.js'
import { Exchanges } from './exchanges.js'
import type { ExposedOf } from '../handing/exports.js'
import { Host } from '../host.js'
import type { Elsewhere } from '../host.js'
import type { Gate } from '../gate.js'
import type { ConnectionContext } from '../exposed.js'
import { DEFAULT_LIMITS } from '../limits.js'
import type { Limits } from '../limits.js'
import type { Referred } from '../handing/references.js'
import type { SaidWith } from './peer.js'
import { errorResponse } from '../messages/response.js'
import { servedOf, UNKNOWN_BYTES_MAX } from './served.js'
import { ServedChannel } from './served-channel.js'
import type { Served } from './served.js'
import { formatAddress } from '../uri-grammar.js'
import { withoutStack } from '../../without-stack.js'

export type { Limits } from '../limits.js'

export interface DaemonOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly logger: Logger
  readonly limits?: Partial<Limits>
  /** Answers HTTP GET. Default: there are no pages. */
  readonly pages?: (path: string) => Promise<Page | undefined>
  /** Methods that other processes have. Default: none. */
  readonly elsewhere?: Elsewhere
  /** Judges who calls what. Default: everybody may call everything. */
  readonly gate?: Gate | undefined
  /** How an object can be called that is handed to the other end of a connection. Default: none can. */
  readonly exposedOf?: ExposedOf
  /** What references stand for that come over a connection. Default: they can't be followed. */
  readonly referred?: Referred
  readonly saidWith?: SaidWith | undefined
  /** Whether callers are told where in the source an error was thrown. Default true. */
  readonly stacks?: boolean | undefined
  /**
   * Told of each lasting connection that comes, lines or WebSocket. What it returns is awaited before any of its calls
   * runs; where that rejects, they are answered with the error, and the connection ends. Default: nobody wants to know.
   */
  readonly connected?: (connection: ConnectionContext) => Promise<void> | undefined
  /** What HTTP may do beyond calls posted to `/` and pages. Default: nothing. */
  readonly web?: WebOptions
}

export interface WebOptions {
  /** Origins beside the daemon's own whose pages may call it: `https://app.example`. Default none. */
  readonly origins?: readonly string[] | undefined
  /** Names beside its own that the daemon is called by, with or without a port: `node1.example`. Default none. */
  readonly hosts?: readonly string[] | undefined
  /** Answers a request whose path is neither `/` nor a page's. Never rejects. Default: there is nothing. */
  readonly request?: ((request: WebRequest) => Promise<WebAnswer>) | undefined
}

export class Daemon {
  /** The objects that are served. They may come and go while the daemon listens. */
  readonly host: Host
  readonly #transport: Transport
  readonly #listeners: Listener[] = []
  readonly #acceptor: Acceptor
  readonly #hosts: string[]
  readonly #clock: Clock
  readonly #open = new Set<ServedChannel>()
  readonly #exchanges: Exchanges
  #isClosed = false

  constructor({
    transport,
    clock,
    logger,
    limits,
    pages,
    elsewhere,
    gate,
    connected,
    exposedOf,
    referred,
    saidWith,
    stacks,
    web,
  }: DaemonOptions) {
    this.host = new Host(elsewhere, gate)
    const all = { ...DEFAULT_LIMITS, ...limits }
    this.#transport = transport
    this.#hosts = [...(web?.hosts ?? [])]
    const served = {
      ...servedOf(this.host, all, { clock, logger, exposedOf, referred, saidWith, stacks }),
      open: this.#open,
    }
    this.#clock = clock
    this.#exchanges = new Exchanges(served.rpc, served.turns)
    this.#acceptor = {
      ...acceptorOf(served, this.#exchanges, judgedPages(pages, gate), connected),
      ...(gate && {
        isKnown: (from: Requester) => gate.isKnown(from),
        judging: (from: Requester) => gate.judging?.(from),
        strangerBytesMax: UNKNOWN_BYTES_MAX,
      }),
      ...(web?.origins && { origins: web.origins }),
      hosts: this.#hosts,
      ...(web?.request && { web: web.request }),
    }
  }

  /** HTTP may call it by the host of `address`, too: others know it there. */
  answersTo(address: Address): void {
    if (address.kind === 'tcp') this.#hosts.push(formatAddress(address))
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

  /** Serves whoever is at the other end of the stream. @throws InvalidParamsError for what is none */
  accept(stream: ByteStream): void {
    if (this.#isOver()) throw new Error('this daemon is closed')
    this.#transport.accept?.(stream, this.#acceptor)
  }

  /**
   * Takes no more connections and no more calls, which are told that they were not executed, and closes when those that
   * run have their outcomes, at the latest after `patience`.
   */
  async end(patience: Ms): Promise<void> {
    if (this.#isClosed) return
    this.host.close()
    for (const listener of this.#listeners) listener.stop?.()
    const ended = Promise.all([...[...this.#open].map((each) => each.end(patience)), this.#exchanges.idle()])
    await this.#within(patience, ended)
    await this.close()
  }

  #within(patience: Ms, ended: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(patience, resolve)
      // What was answered last is on its way out by then.
      void ended.then(() => this.#clock.soon(resolve)).finally(() => timer.cancel())
    })
  }

  /** Takes no more connections and drops those that are open; calls that run go on and answer nobody. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#listeners.map((listener) => listener.close()))
    // No listener knows of those that came over streams.
    for (const each of this.#open) each.leave()
  }

  // Asked again after a wait, in which it may have changed.
  #isOver(): boolean {
    return this.#isClosed
  }
}

function acceptorOf(
  served: Served,
  exchanges: Exchanges,
  page: Acceptor['page'],
  connected: DaemonOptions['connected'],
): Acceptor {
  const { holdings, limits } = served
  const longest = Math.min(limits.callBytesMax, limits.frameBytesMax)
  return {
    accept: (channel) => {
      const connection = new ServedChannel(channel, served)
      served.open?.add(connection)
      // Members have connections of lines. Who else shows only a certificate there is asked about with his first call:
      // what finds out who that is may be slow, or gone, and no member waits for it.
      const judging = channel.kind === 'lines' ? undefined : served.judging(connection)
      if (judging !== undefined) connection.judged(judging)
      const admission = connected?.(connection)
      if (admission !== undefined) void connection.admit(admission)
      return connection
    },
    exchange: exchanges.answer.bind(exchanges),
    page,
    refuse: (reason) => errorResponse(withoutStack(() => refusalError(reason, longest))),
    bodyBytesMax: longest,
    grown: (holder) => {
      if (holder.heldBytes > limits.outputBytesMax) holder.drop()
      holdings.grown(holder)
    },
    shrunk: (holder) => holdings.closed(holder),
  }
}

function judgedPages(pages: DaemonOptions['pages'], gate: Gate | undefined): Acceptor['page'] {
  return async (path, from) => {
    const why = await gate?.whyNoPage(path, from)
    return why === undefined ? pages?.(path) : unauthorizedPage(why)
  }
}

function unauthorizedPage(why: string): Page {
  const headers = { 'www-authenticate': 'Bearer' }
  return { status: 401, contentType: 'text/plain; charset=utf-8', body: `${why}\n`, headers }
}

function refusalError(reason: Refusal, longest: number): RollcallError {
  switch (reason) {
    case 'garbage':
      return new ParseError('this port speaks JSON-RPC 2.0: send JSON')
    case 'too-large':
      return new TooLargeError(`a message is at most ${longest} bytes long: it was not executed`)
    case 'too-large-of-stranger':
      return new TooLargeError(
        `a message of whoever has not shown who it is has at most ${UNKNOWN_BYTES_MAX} bytes: it was not executed; show it ` +
          'before, over HTTP by Authorization: Bearer TOKEN',
      )
    case 'overloaded':
      return new OverloadedError(
        'this process holds too much of unfinished messages, and of this one the most: it was not executed; send it again later, or less at once',
      )
    case 'too-many':
      return new OverloadedError(
        'this process has as many connections as it can have, and this one is too much: use fewer, or come back later',
      )
  }
}
