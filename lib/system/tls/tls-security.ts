/** TLS on Node's own: for what a process dials, and for what comes in where it listens. */
import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { TlsOptions } from '../../rpc/tls-options.js'
import type { Layer, LayerParts, SecureDial, Security, TcpAddress } from '../security.js'
import { isSigned, peerCertificate } from './certificate.js'
import { Identity, type IdentityPorts } from './identity.js'
import { chainOf, TlsLayer } from './tls-layer.js'
import { REVOKED, whyNotDialled } from './refusals.js'

export class TlsSecurity implements Security {
  readonly #options: TlsOptions
  readonly #ports: IdentityPorts
  readonly #identity: Identity
  readonly #dialled = new Set<TLSSocket>()

  /** @throws InvalidParamsError for a file that can't be read, or does not belong to the others */
  constructor(options: TlsOptions, ports: IdentityPorts) {
    this.#options = { ...options }
    this.#ports = ports
    this.#identity = new Identity(this.#options, ports)
    this.#identity.onChange(() => this.#judgeAnew())
  }

  dial({ host, port }: TcpAddress): SecureDial {
    const socket = connect({
      host,
      port,
      secureContext: this.#identity.current.context,
      // Whatever the environment says: NODE_TLS_REJECT_UNAUTHORIZED is not for this.
      rejectUnauthorized: true,
      // Names alone may be told so; the address is compared all the same.
      ...(isIP(host) === 0 && { servername: host }),
    })
    socket.setNoDelay(true).setKeepAlive(true)
    let shown: X509Certificate | undefined
    // Before it is judged: a socket that was ended for it tells nothing any more.
    socket.prependListener('secure', () => (shown = chainOf(socket)[0]))
    socket.once('secureConnect', () => this.#dialled.add(socket))
    socket.once('close', () => this.#dialled.delete(socket))
    return {
      socket,
      why: (error) => whyNotDialled(error, host, { shown, isOpen: this.#dialled.has(socket) }) ?? error,
      peerCertificate: () =>
        shown !== undefined && this.#dialled.has(socket) ? peerCertificate(shown) : undefined,
    }
  }

  layer(parts: LayerParts): Layer {
    const isDemanded = this.#options.clientCert === 'required'
    return new TlsLayer(this.#identity, isDemanded, { ...parts, ...this.#ports })
  }

  get certificateEndsAt(): number | undefined {
    const { own } = this.#identity.current
    return own && Date.parse(own.validTo)
  }

  get revocationsEndAt(): number | undefined {
    return this.#identity.current.term?.endsAt
  }

  #judgeAnew(): void {
    const { current } = this.#identity
    if (current.authorities.length === 0) return
    for (const socket of this.#dialled)
      if (!isSigned(chainOf(socket), current, this.#ports.clock.wall())) socket.destroy(new Error(REVOKED))
  }
}
