/**
 * HTTP on a socket that has begun to speak it: POST / is a call, GET is a page, Upgrade is WebSocket; what else there
 * is the acceptor says. The sockets come from the listener's own server, so the time that a client may take is watched
 * here.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Acceptor, Requester } from '../ports.js'
import { isJsonType, isListedOrigin, originHeaders, PREFLIGHT_HEADERS, refusalOf } from '../rpc/web-policy.js'
import { HEADER_BYTES_MAX, refuse, refuseRaw, refuseUnread, send } from './http-answers.js'
import { bearerOf } from './bearer.js'
import { readBody } from './http-body.js'
import { endOf, HttpConnection } from './http-connection.js'
import { headWithoutUpgrade, pathOf, queryOf, targetHostsOf } from './http-target.js'
import { SLICE_LENGTH } from './output.js'
import { SlicedResponse } from './sliced-response.js'
import { farewell, remoteOf } from './sockets.js'
import type { UnfinishedInput } from './unfinished-input.js'
import type { Visit } from './visit.js'
import type { WebSocketDoor } from './websocket-door.js'
import { writingTurns } from './writing-turns.js'

export interface HttpOptions {
  /** Longest body in bytes. */
  readonly frameBytesMax: number
  /**
   * A request whose head is not complete after this long, or whose body stands still for so long, ends its connection;
   * so does one whose body is not complete after this long and who has not shown who it is. Milliseconds.
   */
  readonly silenceMs: number
  /** How long a connection stays open from one request to the next. Milliseconds. */
  readonly keepAliveMs: number
  readonly unfinished: UnfinishedInput
  /** Something was read. */
  readonly heard: () => void
}

/** Who has sent a request, and whether its head alone has shown who that is, or nobody asks. */
interface Asked {
  readonly from: Requester
  readonly isKnown: boolean
}

export class HttpDoor {
  readonly #acceptor: Acceptor
  readonly #options: HttpOptions
  readonly #webSockets: WebSocketDoor
  readonly #authorities: readonly string[]
  readonly #server: Server<typeof IncomingMessage, typeof SlicedResponse>
  readonly #connections = new Map<Duplex, HttpConnection>()

  /** `authorities`: the listener's own `host:port`, beside loopback names. */
  constructor(
    acceptor: Acceptor,
    options: HttpOptions,
    webSockets: WebSocketDoor,
    authorities: readonly string[],
  ) {
    this.#acceptor = acceptor
    const { bodyBytesMax = options.frameBytesMax } = acceptor
    this.#options = { ...options, frameBytesMax: Math.min(options.frameBytesMax, bodyBytesMax) }
    this.#webSockets = webSockets
    this.#authorities = authorities
    this.#server = createServer({
      ServerResponse: SlicedResponse,
      maxHeaderSize: HEADER_BYTES_MAX,
      keepAliveTimeout: options.keepAliveMs,
    })
    // Node's own name for: answer who has sent a whole request and then no more.
    Object.assign(this.#server, { httpAllowHalfOpen: true })
    this.#server.on('request', (request, response) => this.#request(request, response))
    this.#server.on('upgrade', (request, socket, head) => {
      const connection = this.#connections.get(socket)
      // What is sent behind calls by pipelining is answered behind them.
      connection?.whenIdle(() => this.#upgrade(request, head, connection))
    })
    // Before a body is sent that would be refused for its length: 413 instead of 100.
    this.#server.on('checkContinue', (request, response) => {
      const asked = this.#asked(request, response)
      const isJudged = !asked.isKnown && this.#acceptor.judging?.(asked.from) !== undefined
      const isKnown = isJudged || this.#isKnown(asked.from)
      if (!isTooLong(request, this.#bytesMax(isKnown))) response.writeContinue()
      this.#request(request, response, asked)
    })
    this.#server.on('clientError', (error, socket) => refuseUnread(error, socket))
  }

  /** Takes over a socket whose first bytes, `head`, are those of a request. */
  take(visit: Visit, head: Uint8Array): void {
    const { socket } = visit
    const connection = new HttpConnection(visit, this.#acceptor, this.#options, () =>
      this.#connections.delete(socket),
    )
    this.#connections.set(socket, connection)
    connection.wait()
    // By which Node ends a connection after its last answer: with a reset, where a body is still coming in.
    socket.destroySoon = () => farewell(socket)
    this.#read(socket, head)
  }

  #read(socket: Socket, head: Uint8Array): void {
    socket.unshift(head)
    this.#server.emit('connection', socket)
    socket.resume()
  }

  #request(
    request: IncomingMessage,
    response: SlicedResponse,
    asked: Asked = this.#asked(request, response),
  ): void {
    const { socket } = request
    const connection = this.#connections.get(socket)
    this.#options.heard()
    // Sent behind one whose answer was the connection's last: it is not run.
    if (connection === undefined || socket.writableEnded) return
    if (!connection.begins(request, response, asked.isKnown)) {
      refuse(response, 503, 'too many requests at once on this connection')
      return
    }
    const answered = this.#answer(request, response, asked).then(() => connection.output.grown())
    void answered.catch(() => socket.destroy())
  }

  async #answer(request: IncomingMessage, response: SlicedResponse, asked: Asked): Promise<void> {
    const { origins = [] } = this.#acceptor
    const { origin } = request.headers
    const refusal = this.#refusal(request)
    if (refusal !== undefined) {
      refuse(response, refusal.status, refusal.sentence)
      return
    }
    for (const [name, value] of Object.entries(originHeaders(origin, origins)))
      response.setHeader(name, value)
    if (request.method === 'OPTIONS' && isListedOrigin(origin, origins))
      response.writeHead(204, PREFLIGHT_HEADERS).end()
    else if (request.method === 'GET' || request.method === 'HEAD') await this.#page(request, response, asked)
    else if (pathOf(request) !== '/' && this.#acceptor.web === undefined)
      refuse(response, 404, 'calls are posted to /')
    else if (request.method !== 'POST') refuse(response, 405, 'calls are posted', { allow: 'POST' })
    else if (!isJsonType(request.headers['content-type']))
      refuse(response, 415, 'calls come as application/json, in UTF-8')
    else if (isEncoded(request))
      refuse(response, 415, 'calls come as they are, without a Content-Encoding', {
        'accept-encoding': 'identity',
      })
    else await this.#call(request, response, asked)
  }

  async #call(request: IncomingMessage, response: SlicedResponse, asked: Asked): Promise<void> {
    const { from } = asked
    const isKnown = asked.isKnown || (await this.#isKnownAfterAll(request.socket, from))
    // However slow its line is: each byte is a sign of life. A stranger's would keep him in for as long as he likes.
    const heard = (): void => {
      if (isKnown) this.#connections.get(request.socket)?.wait()
      this.#options.heard()
    }
    const body = await readBody(request, { ...this.#options, frameBytesMax: this.#bytesMax(isKnown), heard })
    if (body.refusal !== undefined) {
      const reason = body.refusal === 'too-large' && !isKnown ? 'too-large-of-stranger' : body.refusal
      const { status, extra } = REFUSED[reason]
      send(response, status, 'application/json', this.#acceptor.refuse(reason), extra)
      return
    }
    if (pathOf(request) !== '/') {
      await this.#web('POST', request, response, from, body.text)
      return
    }
    const answer = await this.#acceptor.exchange(body.text, from)
    // Its parts have yet to be put together, and its bytes to be counted.
    if (answer !== undefined && answer.length > SLICE_LENGTH)
      await writingTurns.turn(answer.length / SLICE_LENGTH)
    if (answer === undefined) response.writeHead(204).end()
    else send(response, 200, 'application/json', answer)
  }

  async #page(request: IncomingMessage, response: SlicedResponse, { from }: Asked): Promise<void> {
    // All of it has come: without a body, too, that is told only to who reads it, and then the answer is waited for.
    request.resume()
    const path = pathOf(request)
    const page = await this.#acceptor.page(path, from)
    if (page !== undefined) send(response, page.status, page.contentType, page.body, page.headers)
    else if (path === '/') refuse(response, 405, 'calls are posted to /', { allow: 'POST' })
    else await this.#web('GET', request, response, from, '')
  }

  async #web(
    method: 'GET' | 'POST',
    request: IncomingMessage,
    response: SlicedResponse,
    from: Requester,
    body: string,
  ): Promise<void> {
    const { traceparent } = request.headers
    const answer = await this.#acceptor.web?.({
      method,
      path: pathOf(request),
      query: queryOf(request),
      body,
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
      ...from,
    })
    if (answer === undefined) refuse(response, 404, 'there is no such page')
    else send(response, answer.status, 'application/json', answer.body, answer.headers)
  }

  #asked(request: IncomingMessage, response: SlicedResponse): Asked {
    const { socket } = request
    const from = {
      remote: remoteOf(socket),
      peerCertificate: this.#connections.get(socket)?.visit.peerCertificate,
      bearer: bearerOf(request),
      onEnd: endOf(request, response),
    }
    return { from, isKnown: this.#isKnown(from) }
  }

  #isKnown(from: Requester): boolean {
    return this.#acceptor.isKnown?.(from) ?? true
  }

  /** It may take a while to find out, and meanwhile nothing of the body is read. */
  async #isKnownAfterAll(socket: Socket, from: Requester): Promise<boolean> {
    await this.#acceptor.judging?.(from)
    const isKnown = this.#isKnown(from)
    const connection = this.#connections.get(socket)
    if (isKnown && connection !== undefined) connection.isKnown = true
    return isKnown
  }

  /** Of a body. */
  #bytesMax(isKnown: boolean): number {
    const { frameBytesMax } = this.#options
    const { strangerBytesMax = frameBytesMax } = this.#acceptor
    return isKnown ? frameBytesMax : Math.min(frameBytesMax, strangerBytesMax)
  }

  #upgrade(request: IncomingMessage, head: Buffer, connection: HttpConnection): void {
    const { socket } = request
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      connection.wait()
      this.#read(socket, Buffer.concat([headWithoutUpgrade(request), head]))
      return
    }
    const refused = connection.visit.refusal
    const refusal =
      refused === undefined ? this.#refusal(request) : { status: 403, sentence: refused.message }
    if (refusal !== undefined) refuseRaw(socket, refusal.status, refusal.sentence)
    else this.#webSockets.take(request, head, connection.visit)
  }

  /** The target may name the host itself, and then both names must be this server's: RFC 9112, section 3.2. */
  #refusal(request: IncomingMessage): { readonly status: number; readonly sentence: string } | undefined {
    const refused = this.#connections.get(request.socket)?.visit.refusal
    // Whoever only looks whether the process works need not show who he is.
    if (refused !== undefined && !(request.method === 'GET' && pathOf(request) === '/livez'))
      return { status: 403, sentence: refused.message }
    if (isPlainCheck(request)) return undefined
    const hosts = targetHostsOf(request)
    if (hosts === undefined) return { status: 400, sentence: 'a request has one Host header' }
    const own = this.#ownAuthorities(request.socket)
    const { origin } = request.headers
    for (const host of hosts) {
      const sentence = refusalOf({ host, origin }, own, this.#acceptor)
      if (sentence !== undefined) return { status: 403, sentence }
    }
    return undefined
  }

  /** The listener's name, and the address at which this very connection has come in. */
  #ownAuthorities({ localAddress, localPort }: Socket): readonly string[] {
    if (localAddress === undefined) return this.#authorities
    const host = localAddress.includes(':') ? `[${localAddress}]` : localAddress
    return [...this.#authorities, `${host}:${localPort}`]
  }
}

/** Load balancers ask in HTTP/1.0, which has no Host; pages, which it keeps out, speak no HTTP/1.0. */
function isPlainCheck(request: IncomingMessage): boolean {
  const { httpVersion, headers, method } = request
  const isUnaddressed = httpVersion === '1.0' && headers.host === undefined && headers.origin === undefined
  return isUnaddressed && (method === 'GET' || method === 'HEAD') && CHECKS.has(pathOf(request))
}

const CHECKS: ReadonlySet<string> = new Set(['/livez', '/readyz'])

function isTooLong({ headers }: IncomingMessage, bytesMax: number): boolean {
  return Number(headers['content-length'] ?? 0) > bytesMax
}

function isEncoded({ headers }: IncomingMessage): boolean {
  return (headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity'
}

const REFUSED = {
  'too-large': { status: 413, extra: { connection: 'close' } },
  'too-large-of-stranger': { status: 413, extra: { connection: 'close' } },
  overloaded: { status: 429, extra: { connection: 'close', 'retry-after': '1' } },
} as const
