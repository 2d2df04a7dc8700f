/** The transport on Node's sockets. */
import { connect, Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Address, DialHandlers, DialledChannel, Transport } from '../ports.js'
import { loggedTransport, type WireLog } from '../rpc/channels/wire-log.js'
import { DEFAULT_LIMITS } from '../rpc/limits.js'
import { outside } from './along.js'
import { connectionsMax } from './descriptors.js'
import { LinesChannel } from './lines-channel.js'
import { openListener } from './listener.js'
import { Seats } from './seats.js'
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
  /** How many connections may come in at all listeners together. Default: as many as leave storage its descriptors. */
  readonly connectionsMax?: number
  /** Told each message. Default: nobody wants to know. */
  readonly log?: WireLog | undefined
}

/** Of all connections to all listeners. */
const UNFINISHED_BYTES_MAX = 128 * 1024 * 1024

export function createTransport(options: TransportOptions = {}): Transport {
  const { frameBytesMax, silenceMs } = { ...DEFAULT_LIMITS, ...options }
  const unfinished = new UnfinishedInput(UNFINISHED_BYTES_MAX)
  const seats = new Seats({
    connectionsMax: options.connectionsMax ?? connectionsMax(),
    now: () => performance.now(),
    // What has come in by then is heard first.
    after: (delayMs, task) => void setTimeout(() => setImmediate(task), delayMs).unref(),
  })
  const listening = { frameBytesMax, silenceMs, unfinished, seats }
  const transport: Transport = {
    dial: (address, handlers) => dial(address, handlers, frameBytesMax),
    listen: (address, acceptor) => openListener(address, acceptor, listening),
  }
  return options.log === undefined ? transport : loggedTransport(transport, options.log)
}

function dial(address: Address, handlers: DialHandlers, frameBytesMax: number): DialledChannel {
  // It outlives the call that it is opened for, and brings what others have to say.
  const socket = outside(() => open(address))
  const channel = new LinesChannel(socket, { frameBytesMax, stallMs: 0 })
  socket.once('connect', () => handlers.opened())
  channel.start(handlers)
  return channel
}

function open(address: Address): Socket {
  if (address.kind === 'unix') return openAt(address.path)
  return connect({ host: address.host, port: address.port, noDelay: true, keepAlive: true })
}

function openAt(path: string): Socket {
  const why = whyNoSocketAt(path)
  return why === undefined ? connect({ path }) : new Socket().destroy(new Error(why))
}
