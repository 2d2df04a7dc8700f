/** TLS beneath whatever a connection speaks: what a listener and a dialler know of it. */
import type { Socket } from 'node:net'
import type { Address, PeerCertificate } from '../ports.js'
import type { TlsError } from '../rpc/errors.js'
import type { UnfinishedInput } from './unfinished-input.js'

export type TcpAddress = Extract<Address, { kind: 'tcp' }>

export interface Security {
  /** Begins to connect. */
  dial(address: TcpAddress): SecureDial
  /** For the connections of one listener, until it is closed. */
  layer(parts: LayerParts): Layer
  /** When this process's own certificate ends, as it is by now, in milliseconds since 1970. Undefined: it has none. */
  readonly certificateEndsAt: number | undefined
  /** The same of the first of its lists of certificates that were taken back. */
  readonly revocationsEndAt: number | undefined
}

/** A socket that is there once it tells 'secureConnect'. */
export interface SecureDial {
  readonly socket: Socket
  /** What its error means. */
  readonly why: (error: Error) => Error
  /** Of whoever is there, once the socket is. Undefined: not yet. */
  readonly peerCertificate: () => PeerCertificate | undefined
}

export interface LayerParts {
  /** Handshakes count there. */
  readonly unfinished: UnfinishedInput
}

/** A connection that has come in, and is to speak TLS. */
export interface Securable {
  readonly socket: Socket
  /** The handshake is done. From now on `socket` takes the place of the one before. */
  secured(socket: Socket, outcome: Shown): void
  /** What was shown does not count any more. */
  revoked(sentence: string): void
}

/** What the other end has shown. */
export interface Shown {
  readonly peerCertificate: PeerCertificate | undefined
  /** Why nothing is taken from it. Undefined: all is well. */
  readonly refusal: TlsError | undefined
}

export interface Layer {
  /** Takes over a connection whose first bytes are `head`. */
  take(connection: Securable, head: Buffer): void
  close(): void
}
