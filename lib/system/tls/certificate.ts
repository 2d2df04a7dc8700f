/** What X.509 certificates say. */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { PeerCertificate } from '../../ports.js'

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Those in a file of PEM, in their order. @throws Error for what is none */
export function certificatesIn(text: string): readonly X509Certificate[] {
  return (text.match(BLOCK) ?? []).map((block) => new X509Certificate(block))
}

export function peerCertificate(certificate: X509Certificate): PeerCertificate {
  return {
    commonName: commonNameIn(certificate.subject),
    names: namesOf(certificate),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  }
}

/** In a subject, or an issuer, as Node.js writes it: a line for each part. Empty: there is none. */
export function commonNameIn(subject: string): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? ''
}

/**
 * One that has signs in it by which names are told apart stands in quotes, as JSON: it is no host's, and
 * must not pass for several.
 */
const NAME = /(?:^|, )(DNS|IP Address|[^:,"]+):("(?:[^"\\]|\\.)*"|[^,]*)/g

export function namesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return [...subjectAltName.matchAll(NAME)].flatMap(([, kind = '', name = '']) => {
    if (kind !== 'DNS' && kind !== 'IP Address') return []
    return name.startsWith('"') ? [] : [shortest(name)]
  })
}

/** Node.js writes an address of IPv6 with all its zeros. */
function shortest(name: string): string {
  return isIP(name) === 6 ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name
}

/** Whose word counts. */
interface Trust {
  readonly authorities: readonly X509Certificate[]
  /** Whether its authority has taken it back. */
  readonly isRevoked: (certificate: X509Certificate) => boolean
}

/**
 * Whether one of `authorities` has signed one of `chain`: a certificate, the one that has signed it, and so on, as they
 * were found to belong together. Whatever has expired, or was taken back, ends it.
 */
export function isSigned(
  chain: readonly X509Certificate[],
  { authorities, isRevoked }: Trust,
  nowMs: number,
): boolean {
  for (const certificate of chain) {
    if (Date.parse(certificate.validTo) < nowMs || isRevoked(certificate)) return false
    if (authorities.some((authority) => isBy(certificate, authority))) return true
  }
  return false
}

function isBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  if (certificate.fingerprint256 === authority.fingerprint256) return true
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}
