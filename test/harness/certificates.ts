/** Certificates for a test, in a folder that goes with it. */
import { createPrivateKey, createPublicKey, sign, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  Certificate,
  CertificateList,
  RevokedCertificate,
  TBSCertList,
  Time,
  Version,
} from '@peculiar/asn1-x509'
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

  /** A list of those that the authority has taken back, which counts until so many days from now. In `crl.pem`. */
  revoke(files: readonly Files[], days = 30): string {
    const { subject } = parsed(this.ca).tbsCertificate
    const { from, to } = period([-1, days])
    const signature = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' })
    const tbsCertList = new TBSCertList({
      version: Version.v2,
      signature,
      issuer: subject,
      thisUpdate: new Time(from),
      nextUpdate: new Time(to),
      ...(files.length > 0 && { revokedCertificates: files.map((each) => revoked(each, from)) }),
    })
    const content = Buffer.from(AsnConvert.serialize(tbsCertList))
    const signed = sign('sha256', content, this.#authority.key)
    const list = new CertificateList({
      tbsCertList,
      signatureAlgorithm: signature,
      signature: new Uint8Array(signed).buffer,
    })
    const text = Buffer.from(AsnConvert.serialize(list)).toString('base64')
    return this.write('crl.pem', `-----BEGIN X509 CRL-----\n${text}\n-----END X509 CRL-----\n`)
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

function parsed(file: string): Certificate {
  return AsnConvert.parse(new X509Certificate(readFileSync(file)).raw, Certificate)
}

function revoked({ cert }: Files, at: Date): RevokedCertificate {
  const { serialNumber } = parsed(cert).tbsCertificate
  return new RevokedCertificate({ userCertificate: serialNumber, revocationDate: new Time(at) })
}
