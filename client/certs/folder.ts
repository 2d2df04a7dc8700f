/** A folder of certificates: the authority's, and one for each host and client, with their keys beside them. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, UsageError } from '../../lib/command-line/report.js'
import { issue, type Authority, type Issued, type Period, type Subject } from './issue.js'

/** Signs all others of a folder. */
export const AUTHORITY = 'ca'
const AUTHORITY_DAYS = 3650
const DAY_MS = 24 * 60 * 60 * 1000
/** The clocks of hosts differ. */
const BACKDATED_MS = 60 * 60 * 1000
const OWNER_ONLY = 0o600
const FOR_ALL = 0o644

/** One of the folder's certificates, and the name of its files: `node1` for `node1.pem` and `node1-key.pem`. */
export interface Kept {
  readonly file: string
  readonly certificate: X509Certificate
}

export class CertificateFolder {
  readonly path: string

  /** It need not be there yet. */
  constructor(path: string) {
    this.path = path
  }

  /** That of the authority first. */
  list(): readonly Kept[] {
    if (!existsSync(this.path)) return []
    const files = readdirSync(this.path).filter((file) => /(?<!-key)\.pem$/.test(file))
    const kept = files.map((file) => this.#read(file.slice(0, -'.pem'.length)))
    return kept.sort((a, b) => Number(b.file === AUTHORITY) - Number(a.file === AUTHORITY))
  }

  has(file: string): boolean {
    return existsSync(this.certificateOf(file))
  }

  certificateOf(file: string): string {
    return join(this.path, `${file}.pem`)
  }

  keyOf(file: string): string {
    return join(this.path, `${file}-key.pem`)
  }

  /** The one whose key is here, or a new one. @throws CommandError when its key is gone */
  authority(): Authority {
    if (!this.has(AUTHORITY)) this.#found()
    const { certificate } = this.#read(AUTHORITY)
    const key = createPrivateKey(this.#text(this.keyOf(AUTHORITY)))
    return { commonName: commonNameOf(certificate), key, publicKey: certificate.publicKey }
  }

  /** Signs a certificate for `subject`, with a new key. `how`: whether there is one that it takes the place of. */
  add(file: string, subject: Subject, days: number, how: 'new' | 'renewed'): Kept {
    const issued = issue(subject, periodOf(days), this.authority())
    if (how === 'new') this.#write(file, issued)
    else this.#replace(file, issued)
    return this.#read(file)
  }

  #found(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 })
    const founded = new Date().toISOString().slice(0, 10)
    const subject = { purpose: 'authority', commonName: `rollcall certs ${founded}`, names: [] } as const
    this.#write(AUTHORITY, issue(subject, periodOf(AUTHORITY_DAYS)))
  }

  /** The certificate comes last: what is there has a key. */
  #write(file: string, { certificate, key }: Issued): void {
    writeNew(this.keyOf(file), key, OWNER_ONLY)
    writeNew(this.certificateOf(file), certificate, FOR_ALL)
  }

  /** Whoever reads both between the two renames finds that they do not belong together, and reads them again. */
  #replace(file: string, { certificate, key }: Issued): void {
    const files = [
      [this.keyOf(file), key, OWNER_ONLY],
      [this.certificateOf(file), certificate, FOR_ALL],
    ] as const
    for (const [path, text, mode] of files) {
      rmSync(`${path}.new`, { force: true })
      writeNew(`${path}.new`, text, mode)
    }
    for (const [path] of files) renameSync(`${path}.new`, path)
  }

  #read(file: string): Kept {
    const path = this.certificateOf(file)
    try {
      return { file, certificate: new X509Certificate(this.#text(path)) }
    } catch (error) {
      if (error instanceof CommandError) throw error
      throw new UsageError(`${path} is no certificate in PEM: it does not belong into this folder`)
    }
  }

  #text(path: string): string {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new CommandError(
        'NO_FILE',
        `${path} can't be read, and nothing can be signed without it: ${reason}`,
      )
    }
  }
}

function writeNew(path: string, text: string, mode: number): void {
  writeFileSync(path, text, { flag: 'wx', mode })
}

function periodOf(days: number): Period {
  const now = Date.now()
  return { from: new Date(now - BACKDATED_MS), to: new Date(now + days * DAY_MS) }
}

export function commonNameOf({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? ''
}

/** How many days it counts from now on, rounded up; zero or less: it counts no more. */
export function daysLeft({ validTo }: X509Certificate): number {
  return Math.ceil((Date.parse(validTo) - Date.now()) / DAY_MS)
}
