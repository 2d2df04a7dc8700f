/** How a process identifies itself, and whom it trusts, when it speaks TLS. */
import { isObject } from '../json.js'
import { checkOptions, TEXT, type Rule, type Rules } from './options.js'
import { InvalidParamsError } from './errors.js'

/**
 * TLS for the TCP connections that a process opens, and, where it listens, for those it accepts. The files are PEM;
 * they are read again when they change, and open connections go on.
 */
export interface TlsOptions {
  /**
   * File of the certificate authorities to trust, both when connecting and when accepting connections. Default: those
   * that Node.js knows.
   */
  readonly ca?: string | undefined
  /**
   * File of the certificates that these authorities have revoked, with a list (CRL) of each authority. Revoked
   * certificates are refused. Default: revocation is not checked.
   */
  readonly crl?: string | undefined
  /** File of this process's own certificate, followed by any intermediate ones. Required where it listens. */
  readonly cert?: string | undefined
  /** File of the private key for `cert`. */
  readonly key?: string | undefined
  /**
   * Whether whoever connects must have a certificate from one of the authorities; only meaningful where the process
   * listens. Default `none`.
   */
  readonly clientCert?: ClientCert | undefined
}

/** Which certificates are demanded of those who connect. */
export type ClientCert = 'required' | 'none'

export const CLIENT_CERT: readonly ClientCert[] = ['required', 'none']

const RULES: Rules<TlsOptions> = {
  ca: TEXT,
  crl: TEXT,
  cert: TEXT,
  key: TEXT,
  clientCert: {
    holds: (value) => CLIENT_CERT.some((known) => known === value),
    wanted: CLIENT_CERT.join(' or '),
  },
}

/** Of the option `tls`: true is an empty object, false is none. What is in it is looked at by {@link checkTls}. */
export const TLS: Rule = {
  holds: (value) => typeof value === 'boolean' || isObject(value),
  wanted: 'true, false, or an object of files: { ca, crl, cert, key }',
}

/** `listens`: it takes connections, for which it needs a certificate of its own. @throws InvalidParamsError */
export function checkTls(options: TlsOptions, listens: boolean): void {
  checkOptions('tls', options, RULES)
  const { ca, crl, cert, key, clientCert } = options
  if ((cert === undefined) !== (key === undefined))
    throw new InvalidParamsError('tls: cert and key belong together: give both files (--tls-cert, --tls-key)')
  if (listens && cert === undefined)
    throw new InvalidParamsError(
      'tls: who listens needs a certificate and its key: give both files (--tls-cert, --tls-key)',
    )
  if (crl !== undefined && ca === undefined)
    throw new InvalidParamsError(
      'tls: of certificates that were taken back, say by whom: give the file of the authority (--tls-ca)',
    )
  if (clientCert === 'required' && ca === undefined)
    throw new InvalidParamsError(
      'tls: to demand certificates of those who connect, say whose: give the file of the authority (--tls-ca)',
    )
}
