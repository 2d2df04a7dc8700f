/** TLS for the connections of one listener. */
import { constants, X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { isObject } from '../../json.js'
import type { Clock, Logger } from '../../ports.js'
import type { Layer, LayerParts, Securable, Shown } from '../security.js'
import { remoteOf } from '../sockets.js'
import { isSigned, peerCertificate } from './certificate.js'
import { Handshakes, type Newcomer } from './handshakes.js'
import type { Identity } from './identity.js'
import { REVOKED, whyNotTaken } from './refusals.js'

interface Parts extends LayerParts {
  readonly clock: Clock
  readonly logger: Logger
}

/** What a handshake makes this process hold, about: its messages may be so long. */
const HANDSHAKE_BYTES = 64 * 1024
/** So often it is said who was turned away. */
const TOLD_EVERY_MS = 10_000

export class TlsLayer implements Layer {
  readonly #identity: Identity
  readonly #isDemanded: boolean
  readonly #parts: Parts
  readonly #server: Server
  readonly #handshakes: Handshakes
  /** By where they come from. */
  readonly #pending = new Map<string, Pending>()
  /** Those that have shown a certificate. */
  readonly #shown = new Map<TLSSocket, Securable>()
  readonly #stop: readonly (() => void)[]
  #toldAt: number | undefined
  #untold = 0

  /** `isDemanded`: who connects must show a certificate. */
  constructor(identity: Identity, isDemanded: boolean, parts: Parts) {
    this.#identity = identity
    this.#isDemanded = isDemanded
    this.#parts = parts
    this.#handshakes = new Handshakes(parts.clock)
    this.#server = createServer({
      requestCert: isDemanded,
      // Who shows the wrong one, or none, is told so in words, when he says his first ones.
      rejectUnauthorized: false,
      pauseOnConnect: true,
      ...this.#context(),
    })
    this.#server.on('secureConnection', (socket) => this.#secured(socket))
    this.#server.on('tlsClientError', (error) => this.#failed(error))
    this.#stop = [identity.onChange(() => this.#changed()), identity.watch()]
  }

  take(connection: Securable, head: Buffer): void {
    const { socket } = connection
    socket.unshift(head)
    const pending = new Pending(connection, {
      begin: () => {
        if (socket.destroyed) return this.#over(pending)
        this.#identity.look()
        this.#parts.unfinished.holds(pending, HANDSHAKE_BYTES)
        this.#pending.set(placeOf(socket), pending)
        this.#server.emit('connection', socket)
      },
      over: () => this.#over(pending),
    })
    socket.once('close', () => this.#over(pending))
    this.#handshakes.want(pending)
  }

  close(): void {
    for (const stop of this.#stop) stop()
  }

  #over(pending: Pending): void {
    this.#handshakes.over(pending)
    this.#parts.unfinished.holds(pending, 0)
    if (this.#pending.get(pending.place) === pending) this.#pending.delete(pending.place)
  }

  #secured(socket: TLSSocket): void {
    socket.on('error', () => undefined)
    const pending = this.#pending.get(placeOf(socket))
    if (pending === undefined) {
      socket.destroy()
      return
    }
    this.#over(pending)
    const shown = this.#judge(socket)
    if (shown.refusal !== undefined) this.#turnedAway(remoteOf(socket), shown.refusal.message)
    if (shown.peerCertificate !== undefined) this.#keep(socket, pending.connection)
    pending.connection.secured(socket, shown)
  }

  #judge(socket: TLSSocket): Shown {
    if (!this.#isDemanded) return { peerCertificate: undefined, refusal: undefined }
    const [certificate] = chainOf(socket)
    const fault: unknown = socket.authorizationError
    if (certificate !== undefined && fault == null)
      return { peerCertificate: peerCertificate(certificate), refusal: undefined }
    return { peerCertificate: undefined, refusal: whyNotTaken(String(fault), certificate) }
  }

  #keep(socket: TLSSocket, connection: Securable): void {
    this.#shown.set(socket, connection)
    socket.once('close', () => this.#shown.delete(socket))
  }

  /** Such as that the other end does not take the certificate of this process. Who only leaves says nothing by it. */
  #failed({ code, message }: NodeJS.ErrnoException): void {
    if (code !== 'ECONNRESET') this.#tell(`a handshake of TLS came to nothing: ${message}`)
  }

  #changed(): void {
    this.#server.setSecureContext(this.#context())
    const { current } = this.#identity
    const now = this.#parts.clock.wall()
    for (const [socket, connection] of this.#shown) {
      if (isSigned(chainOf(socket), current, now)) continue
      this.#turnedAway(remoteOf(socket), 'its certificate counts no more')
      connection.revoked(REVOKED)
    }
  }

  #context() {
    const { texts } = this.#identity.current
    // Each connection is judged by the authorities that there are by then.
    return this.#isDemanded ? { ...texts, secureOptions: constants.SSL_OP_NO_TICKET } : texts
  }

  #turnedAway(remote: string, why: string): void {
    this.#tell(`turned away ${remote}: ${why}`)
  }

  /** Once in a while: whoever knocks without end fills no disk. */
  #tell(what: string): void {
    const { clock, logger } = this.#parts
    this.#untold += 1
    if (this.#toldAt !== undefined && clock.now() - this.#toldAt < TOLD_EVERY_MS) return
    logger.warn(this.#untold === 1 ? what : `${what}; and ${this.#untold - 1} more like this before`)
    this.#toldAt = clock.now()
    this.#untold = 0
  }
}

/** A connection that is not secured yet. */
class Pending implements Newcomer {
  readonly connection: Securable
  readonly place: string
  readonly address: string
  readonly begin: () => void
  readonly #over: () => void

  constructor(
    connection: Securable,
    { begin, over }: { readonly begin: () => void; readonly over: () => void },
  ) {
    this.connection = connection
    this.begin = begin
    this.#over = over
    this.place = placeOf(connection.socket)
    this.address = connection.socket.remoteAddress ?? ''
  }

  drop(): void {
    this.#over()
    this.connection.socket.destroy()
  }

  /** Of all that is unfinished it is too much. */
  refuse(): void {
    this.drop()
  }
}

/** A socket and the one that speaks TLS over it come from the same one. */
function placeOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

/**
 * The other end's certificate, the one that has signed it, and so on. By Node's older way: after the newer one,
 * `getPeerX509Certificate`, Node itself finds no certificate any more that it could compare with the host.
 */
export function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  let next: unknown = socket.getPeerCertificate(true)
  // One that has signed itself is its own issuer; of a socket that has ended there is none.
  while (isObject(next) && Buffer.isBuffer(next['raw'])) {
    const certificate = new X509Certificate(next['raw'])
    if (chain.some(({ fingerprint256 }) => fingerprint256 === certificate.fingerprint256)) break
    chain.push(certificate)
    next = next['issuerCertificate']
  }
  return chain
}
