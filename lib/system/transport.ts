/** The transport on Node's sockets. */
import { connect, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { performance } from 'node:perf_hooks'
import type {
  Acceptor,
  Address,
  ByteStream,
  DialHandlers,
  DialledChannel,
  PeerCertificate,
  Transport,
} from '../ports.js'
import { loggedTransport, type WireLog } from '../rpc/channels/wire-log.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { KEEP_ALIVE_TIMEOUT_MS } from '../rpc/keep-alive.js'
import { DEFAULT_LIMITS } from '../rpc/limits.js'
import { formatAddress } from '../rpc/uri-grammar.js'
import { outside } from './along.js'
import { connectionsMax } from './descriptors.js'
import { demandProtected, type Exposure } from './exposure.js'
import { duplexOf } from './given-streams.js'
import { dialLending, type LendingSocket } from './lent-reads.js'
import { LinesChannel } from './lines-channel.js'
import { openListener, type ListenerOptions } from './listener.js'
import { Seats } from './seats.js'
import type { Security } from './security.js'
import { UnfinishedInput } from './unfinished-input.js'
import { whyNoSocketAt } from './unix-sockets.js'

export interface TransportOptions {
  /** The longest message in bytes. Default: as in {@link DEFAULT_LIMITS}, and so is the next. */
  readonly frameBytesMax?: number
  /**
   * A connection that has not said what it speaks, or has begun a message and stopped, for this long ends.
   * Milliseconds.
   */
  readonly silenceMs?: number
  /** How long a connection of HTTP stays open from one request to the next. Milliseconds. Default 5,000. */
  readonly keepAliveMs?: number | undefined
  /** A WebSocket whose other end is silent for so long is pinged, and ends after as long again. Default 30,000 ms. */
  readonly pingMs?: number
  /** How many connections may come in at all listeners together. Default: as many as leave storage its descriptors. */
  readonly connectionsMax?: number
  /** Told each message. Default: nobody wants to know. */
  readonly log?: WireLog | undefined
  /** Opens the way to a place. Default: a socket of this machine. */
  readonly dial?: ((place: string) => ByteStream) | undefined
  /** What is dialled is read as in lent-reads.ts: for who takes no frames, which would be copied. Default false. */
  readonly isReadInPlace?: boolean
  /** For all that comes and goes by TCP. Default: nothing is secured. */
  readonly security?: Security | undefined
  /** How what listens is protected. Default: it is nobody's business. */
  readonly exposure?: Exposure | undefined
}

const PING_TIMEOUT_MS = 30_000
/** Of all connections to all listeners. */
const UNFINISHED_BYTES_MAX = 128 * 1024 * 1024

type AcceptedOptions = Pick<ListenerOptions, 'frameBytesMax' | 'silenceMs' | 'unfinished'>

/** What a channel is made of that this process dials. */
interface Dialled {
  readonly stream: Duplex
  /** What a socket tells when it is there. */
  readonly opens: 'connect' | 'secureConnect'
  /** What its error means. Left out: what it says. */
  readonly why?: (error: Error) => Error
  /** As of a dialled channel. Left out: nothing is shown. */
  readonly peerCertificate?: () => PeerCertificate | undefined
  /** As in LinesOptions. */
  readonly lend?: LendingSocket['lend']
}

export function createTransport(options: TransportOptions = {}): Transport {
  const { frameBytesMax, silenceMs } = { ...DEFAULT_LIMITS, ...options }
  const unfinished = new UnfinishedInput(UNFINISHED_BYTES_MAX)
  const seats = new Seats({
    connectionsMax: options.connectionsMax ?? connectionsMax(),
    now: () => performance.now(),
    // What has come in by then is heard first.
    after: (delayMs, task) => void setTimeout(() => setImmediate(task), delayMs).unref(),
  })
  const { security, keepAliveMs = KEEP_ALIVE_TIMEOUT_MS, pingMs = PING_TIMEOUT_MS } = options
  const listening = { frameBytesMax, silenceMs, unfinished, seats, security, keepAliveMs, pingMs }
  const transport: Transport = {
    dial: (address, handlers) => dialled(streamTo(address, options), handlers, frameBytesMax),
    listen: async (address, acceptor) => {
      demandProtected(address, options.exposure)
      return openListener(address, acceptor, listening)
    },
    accept: (stream, acceptor) => accept(duplexOf(stream), acceptor, listening),
  }
  return options.log === undefined ? transport : loggedTransport(transport, options.log)
}

function dialled(
  { stream, opens, why, peerCertificate, lend }: Dialled,
  handlers: DialHandlers,
  frameBytesMax: number,
): DialledChannel {
  const dialled = { ...(why && { why }), ...(peerCertificate && { dialledCertificate: peerCertificate }) }
  const channel = new LinesChannel(stream, { frameBytesMax, stallMs: 0, lend, ...dialled })
  if (stream instanceof Socket && stream.connecting) stream.once(opens, () => handlers.opened())
  else if (!stream.destroyed) process.nextTick(() => handlers.opened())
  // It will not say so again.
  else if (stream.closed) process.nextTick(() => handlers.closed(new Error('the stream had ended before')))
  channel.start(handlers)
  return channel
}

/** It outlives the call that it is opened for, and brings what others have to say. */
function streamTo(address: Address, { dial, security, isReadInPlace }: TransportOptions): Dialled {
  if (dial !== undefined) return { stream: given(() => dial(formatAddress(address))), opens: 'connect' }
  if (security === undefined || address.kind === 'unix')
    return { ...outside(() => open(address, isReadInPlace === true)), opens: 'connect' }
  const { socket, ...more } = outside(() => security.dial(address))
  return { stream: socket, opens: 'secureConnect', ...more }
}

function given(dial: () => ByteStream): Duplex {
  try {
    return outside(() => duplexOf(dial()))
  } catch (error) {
    return new Socket().destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

function accept(stream: Duplex, acceptor: Acceptor, options: AcceptedOptions): void {
  // Nobody would hear of its end.
  if (stream.destroyed) throw new InvalidParamsError('accept: the stream has ended; there is nobody to serve')
  const channel = new LinesChannel(stream, {
    frameBytesMax: options.frameBytesMax,
    stallMs: options.silenceMs,
    served: { refuse: (reason) => acceptor.refuse(reason), unfinished: options.unfinished },
  })
  channel.start(acceptor.accept(channel))
}

function open(address: Address, isReadInPlace: boolean): Pick<Dialled, 'stream' | 'lend'> {
  const why = address.kind === 'unix' ? whyNoSocketAt(address.path) : undefined
  if (why !== undefined) return { stream: new Socket().destroy(new Error(why)) }
  const to =
    address.kind === 'unix'
      ? { path: address.path }
      : { host: address.host, port: address.port, noDelay: true, keepAlive: true }
  return isReadInPlace ? dialLending(to) : { stream: connect(to) }
}
