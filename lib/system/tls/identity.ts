/** What a process shows and whom it trusts: read from files, and read anew when they have changed. */
import { createPrivateKey, type X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { Clock, Logger } from '../../ports.js'
import { InvalidParamsError } from '../../rpc/errors.js'
import type { TlsOptions } from '../../rpc/tls-options.js'
import { WatchedFiles } from '../watched-files.js'
import { certificatesIn, commonNameIn } from './certificate.js'

/** What was read together. */
export interface Credentials {
  /** What the files hold. */
  readonly texts: SecureContextOptions
  readonly context: SecureContext
  /** Empty: those that Node.js knows. */
  readonly authorities: readonly X509Certificate[]
  /** Whether its authority has taken it back. */
  readonly isRevoked: (certificate: X509Certificate) => boolean
  /** This process's own. */
  readonly own: X509Certificate | undefined
}

export interface IdentityPorts {
  readonly clock: Clock
  readonly logger: Logger
  /** Reads lists of what was taken back. Left out: there is none. */
  readonly readRevoked?: ReadRevoked | undefined
}

/** `lists`: each one's DER. @throws Error for what is none */
export type ReadRevoked = (lists: readonly Buffer[]) => (certificate: X509Certificate) => boolean

const DAY_MS = 24 * 60 * 60 * 1000
/** From then on it is said each day that a certificate ends. */
const WARNED_DAYS = 30

export class Identity {
  readonly #options: TlsOptions
  readonly #ports: IdentityPorts
  readonly #hearers = new Set<() => void>()
  readonly #files: WatchedFiles<Credentials>
  #warnedAt: number | undefined

  /** @throws InvalidParamsError for a file that can't be read, or holds something else */
  constructor(options: TlsOptions, ports: IdentityPorts) {
    const { ca, crl, cert, key } = options
    this.#options = options
    this.#ports = ports
    this.#files = new WatchedFiles({
      files: [ca, crl, cert, key].flatMap((file) => file ?? []),
      read: () => read(options, ports.readRevoked),
      renewed: ({ own }) => this.#renewed(own),
      failed: (error) => this.#failed(error),
      looked: () => this.#warnOfEnd(),
      clock: ports.clock,
    })
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

  #renewed(own: X509Certificate | undefined): void {
    this.#ports.logger.info(
      `the files of TLS were read anew${own === undefined ? '' : `: ${commonNameIn(own.subject)} until ${own.validTo}`}`,
    )
    this.#warnedAt = undefined
    this.#warnOfEnd()
    for (const hearer of [...this.#hearers]) hearer()
  }

  #warnOfEnd(): void {
    const { own } = this.#files.last
    const { clock, logger } = this.#ports
    const wall = clock.wall()
    if (own === undefined || (this.#warnedAt !== undefined && wall - this.#warnedAt < DAY_MS)) return
    const leftMs = Date.parse(own.validTo) - wall
    if (leftMs >= WARNED_DAYS * DAY_MS) return
    this.#warnedAt = wall
    const file = this.#options.cert
    if (leftMs <= 0)
      logger.error(
        `the certificate in ${file} has expired on ${own.validTo}: nobody who dials this process takes it; renew it`,
      )
    else
      logger.warn(
        `the certificate in ${file} ends on ${own.validTo}, in ${Math.ceil(leftMs / DAY_MS)} days: renew it`,
      )
  }
}

/** @throws InvalidParamsError */
function read({ ca, crl, cert, key }: TlsOptions, readRevoked: ReadRevoked = () => () => false): Credentials {
  const trusted = ca === undefined ? {} : { ca: textOf('ca', ca) }
  const authorities = ca === undefined ? [] : certificates('ca', ca, trusted.ca ?? '')
  const shown =
    cert === undefined || key === undefined ? {} : { cert: textOf('cert', cert), key: textOf('key', key) }
  const lists = crl === undefined ? [] : listsIn(crl)
  const isRevoked = revokedIn(lists, crl, readRevoked)
  const texts = { ...trusted, ...shown, ...(lists.length > 0 && { crl: [...lists] }) }
  const [own] = cert === undefined ? [] : certificates('cert', cert, shown.cert ?? '')
  if (own !== undefined) checkKey(shown.key ?? '', own, { cert, key })
  return { texts, context: createSecureContext(texts), authorities, isRevoked, own }
}

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
  const lists = textOf('crl', file).match(LIST) ?? []
  if (lists.length > 0) return lists
  throw noList(file)
}

function revokedIn(
  lists: readonly string[],
  file: string | undefined,
  readRevoked: ReadRevoked,
): Credentials['isRevoked'] {
  const content = lists.map((list) => Buffer.from(list.replace(/-----[^-]+-----/g, ''), 'base64'))
  const isRevoked = attempt(() => readRevoked(content))
  if (isRevoked !== undefined) return isRevoked
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
