/** Certificates for a test, in a folder that goes with it. */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { issue, type Authority, type Purpose } from '../../client/certs/issue.js'
import { temporaryFolder } from './processes.js'

const DAY_MS = 24 * 60 * 60 * 1000
const HERE = ['localhost', '127.0.0.1', '::1']

export interface Files {
  readonly cert: string
  readonly key: string
}

export interface Wanted {
  readonly commonName?: string
  readonly purpose?: Purpose
  readonly names?: readonly string[]
  /** From when to when it counts, in days from now. */
  readonly days?: readonly [from: number, to: number]
  /** Default: the folder's own authority. */
  readonly by?: 'itself'
}

/** An authority of its own, whose certificate is in `ca`. */
export class Certificates {
  readonly ca: string
  readonly folder: string
  readonly #authority: Authority
  #next = 0

  constructor(t: { teardown(task: () => unknown): void }, commonName = 'an authority') {
    this.folder = temporaryFolder(t)
    const { certificate, key } = issue({ purpose: 'authority', commonName, names: [] }, period([-1, 60]))
    const secret = createPrivateKey(key)
    this.#authority = { commonName, key: secret, publicKey: createPublicKey(secret) }
    this.ca = this.write('ca.pem', certificate)
  }

  /** A host of this machine, unless told otherwise. */
  make({ commonName = 'node1', purpose = 'host', names = HERE, days = [-1, 60], by }: Wanted = {}): Files {
    const authority = by === 'itself' ? undefined : this.#authority
    const { certificate, key } = issue({ purpose, commonName, names }, period(days), authority)
    const number = this.#next++
    return { cert: this.write(`${number}.pem`, certificate), key: this.write(`${number}-key.pem`, key) }
  }

  /** The file's path. */
  write(file: string, text: string): string {
    const path = join(this.folder, file)
    writeFileSync(path, text)
    return path
  }
}

function period([from, to]: readonly [number, number]): { readonly from: Date; readonly to: Date } {
  const now = Date.now()
  return { from: new Date(now + from * DAY_MS), to: new Date(now + to * DAY_MS) }
}
