/** One listening socket that speaks lines, HTTP and WebSocket, told apart by each connection's first bytes. */
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { ms } from '../ports.js'
import type { Acceptor, Address, Listener } from '../ports.js'
import { formatAddress } from '../rpc/uri-grammar.js'
import { systemClock } from './clock.js'
import { afterInput } from '../rpc/deadlines.js'
import { TlsError } from '../rpc/errors.js'
import { errorResponse } from '../rpc/messages/response.js'
import { rawRefusal } from './http-answers.js'
import { HttpDoor, type HttpOptions } from './http-door.js'
import { LinesChannel } from './lines-channel.js'
import { ReadingTurns } from './reading-turns.js'
import { sniff, sniffTls } from './sniff.js'
import type { Seats } from './seats.js'
import type { Security } from './security.js'
import { FAREWELL, farewell } from './sockets.js'
import { inPlaceOfStale } from './stale-socket.js'
import { whyNoSocketAt } from './unix-sockets.js'
import type { UnfinishedInput } from './unfinished-input.js'
import { Visit } from './visit.js'
import { WebSocketDoor, type WebSocketOptions } from './websocket-door.js'

export interface ListenerOptions {
  readonly frameBytesMax: number
  readonly silenceMs: number
  readonly unfinished: UnfinishedInput
  readonly seats: Seats
  /** As in WebSocketOptions. */
  readonly pingMs: WebSocketOptions['pingMs']
  /** As in HttpOptions. */
  readonly keepAliveMs: HttpOptions['keepAliveMs']
  /** Of what comes by TCP. Default: it is taken as it is. */
  readonly security?: Security | undefined
}

/** Rejects with an Error that names the address and what to do. */
export async function openListener(
  address: Address,
  acceptor: Acceptor,
  options: ListenerOptions,
): Promise<Listener> {
  const visits = new Set<Visit>()
  const readings = new ReadingTurns(systemClock)
  const { heard } = readings
  const server = createServer({ pauseOnConnect: true, noDelay: true, keepAlive: true, allowHalfOpen: true })
  await bind(server, address)
  const actual = actualAddress(server, address)
  const http = new HttpDoor(acceptor, { ...options, heard }, new WebSocketDoor(acceptor, options), [
    formatAddress(actual),
  ])
  const listen = ({ socket }: Visit): void => {
    socket.on('data', heard).once('end', heard)
    socket.once(FAREWELL, () => socket.on('data', heard))
  }
  const converse = (visit: Visit): void => {
    const { socket, refusal } = visit
    greet(socket, options.silenceMs, sniff, (head, language) => {
      if (language === 'http') http.take(visit, head)
      else if (refusal !== undefined) turnAway(socket, errorResponse(refusal))
      else if (language === 'lines') serveLines(visit, head, acceptor, options)
      else turnAway(socket, acceptor.refuse('garbage'))
    })
  }
  const layer = address.kind === 'unix' ? undefined : options.security?.layer(options)
  const secure = (visit: Visit): void => {
    const { socket } = visit
    greet(socket, options.silenceMs, sniffTls, (head, language) => {
      if (language === 'tls') layer?.take(visit, head)
      else if (language === 'http') leaveWith(socket, rawRefusal(400, PLAINTEXT))
      else turnAway(socket, errorResponse(TlsError.because('plaintext', PLAINTEXT)))
    })
  }
  const receive = (visit: Visit): void => {
    options.seats.read(visit)
    listen(visit)
    if (layer === undefined) converse(visit)
    else secure(visit)
  }
  const secured = (visit: Visit): void => {
    listen(visit)
    converse(visit)
  }
  server.on('connection', (socket) => {
    const visit = new Visit(socket, acceptor, { receive, secured })
    visits.add(visit)
    readings.add(visit)
    // A reset must not end the process, whoever owns the socket by then.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      heard()
      visits.delete(visit)
      readings.delete(visit)
      options.seats.leave(visit)
    })
    options.seats.take(visit)
  })
  server.on('error', () => undefined)
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => (stopping ??= new Promise((resolve) => server.close(() => resolve())))
  const close = (): Promise<void> => {
    const stopped = stop()
    layer?.close()
    for (const visit of visits) visit.end()
    return stopped
  }
  return { address: actual, stop: () => void stop(), close }
}

/** What is said in plain text where TLS is spoken. */
const PLAINTEXT = 'this port speaks TLS only: call it with --tls-ca, or connect({ tls }), or https:'

/** Waits for the first bytes, and tells them and their language. The socket is paused from then on. */
function greet<L>(
  socket: Socket,
  silenceMs: number,
  sniff: (head: Uint8Array) => L | undefined,
  tell: (head: Buffer, language: L) => void,
): void {
  let head: Buffer = Buffer.alloc(0)
  const leave = (): void => void socket.destroy()
  const silence = afterInput(systemClock, ms(silenceMs), leave)
  const decide = (chunk: Buffer): void => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    const language = sniff(head)
    if (language === undefined) return
    stop()
    tell(head, language)
  }
  const stop = (): void => {
    silence.cancel()
    socket.pause()
    socket.off('data', decide).off('end', leave).off('close', stop)
  }
  socket.on('data', decide).on('end', leave).on('close', stop).resume()
}

function serveLines(visit: Visit, head: Buffer, acceptor: Acceptor, options: ListenerOptions): void {
  const { socket, peerCertificate } = visit
  const channel = new LinesChannel(socket, {
    frameBytesMax: options.frameBytesMax,
    stallMs: options.silenceMs,
    served: { refuse: (reason) => acceptor.refuse(reason), unfinished: options.unfinished, peerCertificate },
  })
  const handlers = acceptor.accept(channel)
  visit.speaks({
    with: handlers,
    turnAway: (response) => {
      channel.send(response)
      channel.close()
    },
    leave: () => channel.destroy(),
  })
  channel.start(handlers, head)
}

function turnAway(socket: Socket, response: string): void {
  leaveWith(socket, `${response}\n`)
}

/** The last word. */
function leaveWith(socket: Socket, text: string): void {
  socket.write(text)
  farewell(socket)
}

async function bind(server: Server, address: Address): Promise<void> {
  const why = address.kind === 'unix' ? whyNoSocketAt(address.path) : undefined
  if (why !== undefined) throw new Error(`can not listen on ${formatAddress(address)}: ${why}`)
  const first = await boundAt(server, address)
  if (first === undefined) return
  const error =
    address.kind === 'unix'
      ? await inPlaceOfStale(address.path, first, () => boundAt(server, address))
      : first
  if (error !== undefined) throw bindError(error, address)
}

/** Undefined: it listens there. */
function boundAt(server: Server, address: Address): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const settle = (error?: NodeJS.ErrnoException): void => {
      server.off('error', settle).off('listening', settle)
      resolve(error)
    }
    server.once('error', settle).once('listening', settle)
    if (address.kind === 'unix') server.listen({ path: address.path })
    else server.listen({ host: address.host, port: address.port, ipv6Only: address.host.includes(':') })
  })
}

const BIND_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is taken by another process: end that one or choose another port',
  EACCES: 'this user may not have it: choose a port from 1024 on',
  EADDRNOTAVAIL: 'this machine has no such address: choose one of its own, such as 127.0.0.1 or 0.0.0.0',
  ENOTFOUND: 'the host name is unknown: check its spelling or use an address',
  EAI_AGAIN: 'the host name can not be resolved now: check the network or use an address',
}

const PATH_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there, or it is another file: choose another path',
  EACCES: 'its folder is not there, or this user may not write there: choose another path',
}

function bindError(error: NodeJS.ErrnoException, address: Address): Error {
  const all = address.kind === 'unix' ? PATH_ADVICE : BIND_ADVICE
  const advice = all[error.code ?? ''] ?? error.message
  return new Error(`can not listen on ${formatAddress(address)}: ${advice}`, { cause: error })
}

function actualAddress(server: Server, asked: Address): Address {
  const bound = server.address()
  if (asked.kind === 'unix' || bound === null || typeof bound === 'string') return asked
  return { kind: 'tcp', host: asked.host, port: bound.port }
}
