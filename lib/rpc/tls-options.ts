/** What a process shows of itself, and whom it trusts, when it speaks TLS. */
import { isObject } from '../json.js'
import { checkOptions, TEXT, type Rule, type Rules } from './options.js'
import { InvalidParamsError } from './errors.js'

/**
 * TLS for all that a process dials by TCP, and, where it listens, for all that comes in. The files hold PEM; when they
 * change they are read anew, and connections that are open go on.
 */
export interface TlsOptions {
  /**
   * The file of the authorities whose certificates are accepted, of those that are dialled and of those that dial. Default: those
   * that Node.js knows.
   */
  readonly ca?: string | undefined
  /**
   * The file of the certificates that these authorities have taken back: a list (CRL) of each of them. Nobody who shows
   * one of these is taken. Default: none is looked for.
   */
  readonly crl?: string | undefined
  /** The file of this process's own certificate, followed by those between it and the authority. */
  readonly cert?: string | undefined
  /** The file of its key. */
  readonly key?: string | undefined
  /**
   * Whether who connects must show a certificate of one of the authorities. Of no use where nothing is listened on.
   * Default `none`.
   */
  readonly clientCert?: ClientCert | undefined
}

/** What is demanded of those who connect. */
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
