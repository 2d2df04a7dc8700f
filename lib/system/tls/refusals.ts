/** Why there is no TLS with the other end, in words: what happened, and what to do. */
import type { X509Certificate } from 'node:crypto'
import { TlsError, type TlsReason } from '../../rpc/errors.js'
import { commonNameIn, namesOf } from './certificate.js'

/** By the codes of OpenSSL and Node.js. What is missing here is `unfit`. */
const REASONS: Readonly<Record<string, TlsReason>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  CERT_REVOKED: 'revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'other-authority',
  UNABLE_TO_GET_ISSUER_CERT: 'other-authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'other-authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'other-authority',
  CERT_SIGNATURE_FAILURE: 'other-authority',
  CERT_UNTRUSTED: 'other-authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'other-host',
}

/** What came is no TLS at all. */
const NO_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_RECORD_LAYER_FAILURE',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_HTTP_REQUEST',
])

/** How the other end, which is no program of this project, says that it takes none, or not this one. */
const ALERT = /^ERR_SSL_.*ALERT_.*(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/

export interface Dialled {
  /** The other end's certificate. Undefined: none has come. */
  readonly shown: X509Certificate | undefined
  /** It was found to be good. */
  readonly isOpen: boolean
}

/**
 * Of an error by which a connection to `host` was lost that this process has dialled. Undefined: it has nothing to do
 * with TLS.
 */
export function whyNotDialled(error: Error, host: string, { shown, isOpen }: Dialled): TlsError | undefined {
  const code = codeOf(error)
  if (code === undefined) return undefined
  if (ALERT.test(code))
    return TlsError.because(
      'unfit',
      `it does not take the certificate of this process: ${error.message}`,
      error,
    )
  if (isOpen) return undefined
  if (NO_TLS.has(code))
    return TlsError.because(
      'plaintext',
      'it does not speak TLS: start it with --tls-cert and --tls-key, or call it without --tls-ca',
      error,
    )
  const reason = REASONS[code]
  if (reason !== undefined || !code.startsWith('E'))
    return TlsError.because(reason ?? 'unfit', ofTheirs(reason ?? 'unfit', host, shown, error), error)
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO')
    return TlsError.because('unfit', `TLS came to nothing: ${error.message}`, error)
  return undefined
}

function ofTheirs(reason: TlsReason, host: string, shown: X509Certificate | undefined, error: Error): string {
  const whose = shown === undefined ? 'its certificate' : `its certificate (${titleOf(shown)})`
  switch (reason) {
    case 'expired':
      return `${whose} has expired${shown ? ` on ${dateOf(shown.validTo)}` : ''}: renew it there (rollcall certs --renew)`
    case 'not-yet-valid':
      return `${whose} counts only${shown ? ` from ${shown.validFrom} on` : ' later'}: set the clocks of both hosts right`
    case 'revoked':
      return `${whose} was taken back by its authority, as --tls-crl says: have another one signed`
    case 'self-signed':
      return `${whose} is signed by itself alone: have it signed by an authority that --tls-ca names, or name it there`
    case 'other-authority':
      return `${whose} is signed by ${issuerOf(shown)}, which is no authority that --tls-ca names: give the file of the one that has signed it`
    case 'other-host':
      return `${whose} is for ${namesIn(shown)}, and not for ${host}: dial it by one of those, or have one signed with that name`
    default:
      return `${whose} can't be used: ${badList(codeOf(error)) ?? error.message}`
  }
}

/** What is said to whoever has connected and shown `shown`; undefined: nothing. `code`: what is wrong with it. */
export function whyNotTaken(code: string, shown: X509Certificate | undefined): TlsError {
  if (shown === undefined)
    return TlsError.because(
      'no-certificate',
      'this port takes only those who show a certificate of its authority, and none was shown: give one with --tls-cert and --tls-key',
    )
  const reason = REASONS[code] ?? 'unfit'
  return TlsError.because(
    reason,
    `the certificate that was shown (${titleOf(shown)}) ${ofYours(reason, shown, code)}`,
  )
}

function ofYours(reason: TlsReason, shown: X509Certificate, code: string): string {
  switch (reason) {
    case 'expired':
      return `has expired on ${dateOf(shown.validTo)}: renew it (rollcall certs --renew)`
    case 'not-yet-valid':
      return `counts only from ${shown.validFrom} on: set the clocks of both hosts right`
    case 'revoked':
      return 'was taken back by its authority: have another one signed'
    case 'self-signed':
      return 'is signed by itself alone: have it signed by the authority of this port'
    case 'other-authority':
      return `is signed by ${issuerOf(shown)}, which is no authority of this port: show one that is signed by the authority in its --tls-ca`
    default:
      return `can't be used ${badList(code) ?? `for this (${code}): it must be made for clients`}`
  }
}

/** What is wrong is the list of those that were taken back. Undefined: it is something else. */
function badList(code = ''): string | undefined {
  if (!code.includes('CRL')) return undefined
  return `as the list of --tls-crl is none of its authority, or counts no more (${code}): give one that does`
}

/** What is said when a certificate counts no more that did when the connection began. */
export const REVOKED =
  'the certificate of this connection is not accepted any more, as the authorities, or what they have taken back, were changed: it ends; ' +
  'calls that have no answer yet may have run'

function codeOf(error: Error): string | undefined {
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' ? code : undefined
}

function titleOf(certificate: X509Certificate): string {
  const name = commonNameIn(certificate.subject)
  return name === '' ? `number ${certificate.serialNumber}` : name
}

function issuerOf(certificate: X509Certificate | undefined): string {
  const name = commonNameIn(certificate?.issuer ?? '')
  return name === '' ? 'another authority' : `"${name}"`
}

function namesIn(certificate: X509Certificate | undefined): string {
  const names = certificate === undefined ? [] : namesOf(certificate)
  return names.length === 0 ? 'no host' : names.join(', ')
}

/** As X.509 has it in words; what is no date stays what it is. */
function dateOf(text: string): string {
  const at = Date.parse(text)
  return Number.isNaN(at) ? text : new Date(at).toISOString().slice(0, 10)
}
