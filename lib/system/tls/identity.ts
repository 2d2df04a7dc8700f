/** What a process shows and whom it trusts: read from files, and read anew when they have changed. */
import { createPrivateKey, type X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { Clock, Logger } from '../../ports.js'
import { InvalidParamsError } from '../../rpc/errors.js'
import type { TlsOptions } from '../../rpc/tls-options.js'
import { WatchedFiles } from '../watched-files.js'
import { certificatesIn, commonNameIn } from './certificate.js'
import { DailyWarning, type Ending } from './daily-warning.js'

/** What was read together. */
export interface Credentials {
  /** What the files hold. */
  readonly texts: SecureContextOptions
  readonly context: SecureContext
  /** Empty: those that Node.js knows. */
  readonly authorities: readonly X509Certificate[]
  /** Whether its authority has taken it back. */
  readonly isRevoked: Revocations['isRevoked']
  /** Of the lists of what was taken back. */
  readonly term: Revocations['term']
  /** Authorities of which no list is there, though there are some: nobody is taken whose certificate they have signed. */
  readonly unlisted: readonly X509Certificate[]
  /** This process's own. */
  readonly own: X509Certificate | undefined
}

/** What authorities have taken back. */
export interface Revocations {
  readonly isRevoked: (certificate: X509Certificate) => boolean
  /** Whether one of the lists is that authority's. */
  readonly isOf: (authority: X509Certificate) => boolean
  /**
   * From when to when the list counts that ends first, in milliseconds since 1970. Undefined: there is none, or it does
   * not say.
   */
  readonly term: { readonly begunAt: number; readonly endsAt: number } | undefined
}

export interface IdentityPorts {
  readonly clock: Clock
  readonly logger: Logger
  /** Reads lists of what was taken back. Left out: there is none. */
  readonly readRevoked?: ReadRevoked | undefined
}

/** `lists`: each one's DER. @throws Error for what is none */
export type ReadRevoked = (lists: readonly Buffer[]) => Revocations

/** So long before its end it is said each day that a certificate ends. */
const WARNED_MS = 30 * 24 * 60 * 60 * 1000
/** Lists may count for a month, or a day: what is left of that when it is said that they end. */
const WARNED_SHARE = 1 / 4
/** Of some 400,000 certificates. */
const REVOCATIONS_BYTES_MAX = 16 * 1024 * 1024

export class Identity {
  readonly #options: TlsOptions
  readonly #ports: IdentityPorts
  readonly #hearers = new Set<() => void>()
  readonly #files: WatchedFiles<Credentials>
  readonly #certificateEnds: DailyWarning
  readonly #listEnds: DailyWarning

  /** @throws InvalidParamsError for a file that can't be read, or holds something else */
  constructor(options: TlsOptions, ports: IdentityPorts) {
    const { ca, crl, cert, key } = options
    this.#options = options
    this.#ports = ports
    this.#certificateEnds = new DailyWarning(ports)
    this.#listEnds = new DailyWarning(ports)
    this.#files = new WatchedFiles({
      files: [ca, crl, cert, key].flatMap((file) => file ?? []),
      read: () => read(options, ports.readRevoked),
      renewed: (now) => this.#renewed(now),
      failed: (error) => this.#failed(error),
      looked: () => this.#warnOfEnd(),
      clock: ports.clock,
    })
    this.#warnOfUnlisted(this.#files.last)
    this.#warnOfEnd()
  }

  /** As the files are by now. */
  get current(): Credentials {
    this.look()
    return this.#files.last
  }

  /** Told after what counts has changed. The result takes it back. */
  onChange(hearer: () => void): () => void {
    this.#hearers.add(hearer)
    return () => void this.#hearers.delete(hearer)
  }

  /** Whether the files have changed. */
  look(): void {
    this.#files.look()
  }

  /** Looks by itself, too, until the result is called. */
  watch(): () => void {
    return this.#files.watch()
  }

  #failed(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    this.#ports.logger.error(
      `the files of TLS were not read anew, and what counted before still does: ${why}`,
    )
  }

  #renewed(now: Credentials): void {
    const { own } = now
    this.#ports.logger.info(
      `the files of TLS were read anew${own === undefined ? '' : `: ${commonNameIn(own.subject)} until ${own.validTo}`}`,
    )
    this.#warnOfUnlisted(now)
    this.#certificateEnds.forget()
    this.#listEnds.forget()
    this.#warnOfEnd()
    for (const hearer of [...this.#hearers]) hearer()
  }

  #warnOfUnlisted({ unlisted }: Credentials): void {
    for (const { subject } of unlisted)
      this.#ports.logger.warn(
        `${this.#options.crl} (--tls-crl) holds no list of ${commonNameIn(subject)}: whoever shows a certificate of that ` +
          'authority is not taken',
      )
  }

  #warnOfEnd(): void {
    const { own, term } = this.#files.last
    this.#certificateEnds.look(own && endOfCertificate(own, this.#options))
    this.#listEnds.look(term && endOfList(term, this.#options))
  }
}

function endOfCertificate({ validTo }: X509Certificate, { cert }: TlsOptions): Ending {
  const at = Date.parse(validTo)
  const result = 'nobody who dials this process takes it'
  return { what: `the certificate in ${cert}`, result, at, isNearFrom: at - WARNED_MS }
}

function endOfList({ begunAt, endsAt }: NonNullable<Revocations['term']>, { crl }: TlsOptions): Ending {
  const what = `a list of certificates that were taken back, in ${crl},`
  const result = 'nobody is taken whose certificate the same authority has signed'
  return { what, result, at: endsAt, isNearFrom: endsAt - (endsAt - begunAt) * WARNED_SHARE }
}

/** @throws InvalidParamsError */
function read(
  { ca, crl, cert, key }: TlsOptions,
  readRevoked: ReadRevoked = () => NOTHING_REVOKED,
): Credentials {
  const trusted = ca === undefined ? {} : { ca: textOf('ca', ca) }
  const authorities = ca === undefined ? [] : certificates('ca', ca, trusted.ca ?? '')
  const shown =
    cert === undefined || key === undefined ? {} : { cert: textOf('cert', cert), key: textOf('key', key) }
  const lists = crl === undefined ? [] : listsIn(crl)
  const { isRevoked, isOf, term } = revokedIn(lists, crl, readRevoked)
  const unlisted = crl === undefined ? [] : authorities.filter((each) => !isOf(each))
  if (crl !== undefined && unlisted.length === authorities.length)
    throw new InvalidParamsError(
      `tls: ${crl} (--tls-crl) holds no list of an authority in ${ca} (--tls-ca), so that nobody would be taken`,
    )
  const texts = { ...trusted, ...shown, ...(lists.length > 0 && { crl: [...lists] }) }
  const [own] = cert === undefined ? [] : certificates('cert', cert, shown.cert ?? '')
  if (own !== undefined) checkKey(shown.key ?? '', own, { cert, key })
  return { texts, context: createSecureContext(texts), authorities, isRevoked, term, unlisted, own }
}

const NOTHING_REVOKED: Revocations = { isRevoked: () => false, isOf: () => false, term: undefined }

function textOf(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new InvalidParamsError(
      `tls: ${file} (--tls-${option}) can't be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

function certificates(option: string, file: string, text: string): readonly X509Certificate[] {
  const found = attempt(() => certificatesIn(text)) ?? []
  if (found.length > 0) return found
  throw new InvalidParamsError(`tls: ${file} (--tls-${option}) holds no certificate in PEM`)
}

/** @throws InvalidParamsError for one that is none, or another certificate's */
function checkKey(text: string, own: X509Certificate, files: Pick<TlsOptions, 'cert' | 'key'>): void {
  const key = attempt(() => createPrivateKey(text))
  if (key === undefined)
    throw new InvalidParamsError(
      `tls: ${files.key} (--tls-key) holds no private key in PEM without a passphrase`,
    )
  if (!own.checkPrivateKey(key))
    throw new InvalidParamsError(
      `tls: the key in ${files.key} is not that of the certificate in ${files.cert}`,
    )
}

const LIST = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g

/** As PEM, each by itself: Node.js reads but the first one of a text. */
function listsIn(file: string): readonly string[] {
  const text = textOf('crl', file)
  if (text.length > REVOCATIONS_BYTES_MAX)
    throw new InvalidParamsError(`tls: ${file} (--tls-crl) has more than ${REVOCATIONS_BYTES_MAX} bytes`)
  const lists = text.match(LIST) ?? []
  if (lists.length > 0) return lists
  throw noList(file)
}

function revokedIn(
  lists: readonly string[],
  file: string | undefined,
  readRevoked: ReadRevoked,
): Revocations {
  const content = lists.map((list) => Buffer.from(list.replace(/-----[^-]+-----/g, ''), 'base64'))
  const revoked = attempt(() => readRevoked(content))
  if (revoked !== undefined) return revoked
  throw noList(file)
}

function noList(file: string | undefined): InvalidParamsError {
  return new InvalidParamsError(`tls: ${file} (--tls-crl) holds no list of certificates (X509 CRL) in PEM`)
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
