/** `rollcall certs`: a small authority in a folder, and what it has signed. */
import { isIP } from 'node:net'
import { UsageError } from '../../lib/command-line/report.js'
import { printText, say } from '../../lib/system/print.js'
import { AUTHORITY, CertificateFolder, commonNameOf, daysLeft, type Kept } from './folder.js'
import type { Subject } from './issue.js'

export interface CertsOptions {
  /** The folder. */
  readonly out: string
  /** Each with all its names: `node1`, or `node1+10.0.0.1`. */
  readonly hosts: readonly string[]
  readonly clients: readonly string[]
  /** How long what is signed now counts. */
  readonly days: number
  /** What is there already is signed anew, with a new key: what is named, or all but the authority. */
  readonly renew: boolean
}

/** Whoever runs on a host calls what is there by these. */
const LOOPBACK = ['localhost', '127.0.0.1', '::1']
const DNS_NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/i
const CLIENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/
const CLIENT_PREFIX = 'client-'
const KEY_SUFFIX = '-key'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

interface Wanted {
  readonly file: string
  readonly subject: Subject
}

/** @throws UsageError when there is nothing to do, or what is named is there already; nothing is done then */
export function runCerts(options: CertsOptions): void {
  const folder = new CertificateFolder(options.out)
  const wanted = [...options.hosts.map(hostWanted), ...options.clients.map(clientWanted)]
  const all = wanted.length === 0 && options.renew ? folder.list().flatMap(wantedAgain) : wanted
  if (all.length === 0) return show(folder)
  check(folder, all, options.renew)
  const made = all.map(({ file, subject }) =>
    folder.add(file, subject, options.days, folder.has(file) ? 'renewed' : 'new'),
  )
  printText(made.map((kept) => row(folder, kept)).join('\n'))
  if (options.renew)
    say(`whoever has the old ones goes on: copy the new ones there; running processes read them`)
  else for (const line of nextSteps(folder, all)) say(line)
}

function show(folder: CertificateFolder): void {
  const kept = folder.list()
  if (kept.length === 0)
    throw new UsageError(
      `${folder.path} holds no certificates yet: name hosts, such as --hosts node1,node2+10.0.0.2, or clients, such as --client ops`,
    )
  printText(kept.map((each) => row(folder, each)).join('\n'))
}

/** @throws UsageError before anything is written */
function check(folder: CertificateFolder, wanted: readonly Wanted[], renew: boolean): void {
  const files = new Set<string>()
  for (const { file } of wanted) {
    if (files.has(file)) throw new UsageError(`${file} is named twice`)
    files.add(file)
    if (folder.has(file) && !renew)
      throw new UsageError(
        `${folder.certificateOf(file)} is there already, until ${expiry(folder, file)}: leave it out, or give --renew for a new one`,
      )
  }
}

function expiry(folder: CertificateFolder, file: string): string {
  const kept = folder.list().find((each) => each.file === file)
  return kept === undefined ? 'nobody knows when' : dateOf(kept)
}

function row(folder: CertificateFolder, kept: Kept): string {
  const { file, certificate } = kept
  const left = daysLeft(certificate)
  const days = left <= 0 ? 'EXPIRED' : `${left} days`
  return [folder.certificateOf(file), describe(kept), `until ${dateOf(kept)} (${days})`].join('  ')
}

function describe({ file, certificate }: Kept): string {
  if (file === AUTHORITY) return `authority ${commonNameOf(certificate)}`
  const names = namesOf(certificate)
  return isHost(certificate) ? `host ${names.join(', ')}` : `client ${commonNameOf(certificate)}`
}

function dateOf({ certificate }: Kept): string {
  return new Date(certificate.validTo).toISOString().slice(0, 10)
}

function hostWanted(host: string): Wanted {
  const own = host.split('+')
  for (const name of own)
    if (isIP(name) === 0 && !DNS_NAME.test(name))
      throw new UsageError(
        `--hosts takes names and addresses such as node1 or 10.0.0.1, and node1+10.0.0.1 for a host that has both, not "${host}"`,
      )
  const [commonName = ''] = own
  const file = commonName.replaceAll(':', '_')
  if (file.toLowerCase() === AUTHORITY)
    throw new UsageError(`--hosts: "${AUTHORITY}" is the name of the authority's own file`)
  if (file.toLowerCase().startsWith(CLIENT_PREFIX))
    throw new UsageError(
      `--hosts: files of clients begin with "${CLIENT_PREFIX}": name the host otherwise first, such as 10.0.0.1+${commonName}`,
    )
  checkSuffix('--hosts', file)
  return { file, subject: { purpose: 'host', commonName, names: [...new Set([...own, ...LOOPBACK])] } }
}

/** Its certificate would take the place of a key. */
function checkSuffix(flag: string, file: string): void {
  if (file.toLowerCase().endsWith(KEY_SUFFIX))
    throw new UsageError(
      `${flag}: files whose names end in "${KEY_SUFFIX}" are keys: "${file}" can't be one of them`,
    )
}

function clientWanted(commonName: string): Wanted {
  if (!CLIENT_NAME.test(commonName))
    throw new UsageError(`--client takes a name of letters, digits and . _ @ -, not "${commonName}"`)
  checkSuffix('--client', commonName)
  return { file: `${CLIENT_PREFIX}${commonName}`, subject: { purpose: 'client', commonName, names: [] } }
}

function wantedAgain({ file, certificate }: Kept): readonly Wanted[] {
  const purposes = certificate.keyUsage
  if (file === AUTHORITY || !purposes.includes(CLIENT_AUTH)) return []
  const purpose = isHost(certificate) ? 'host' : 'client'
  return [{ file, subject: { purpose, commonName: commonNameOf(certificate), names: namesOf(certificate) } }]
}

function isHost({ keyUsage }: Kept['certificate']): boolean {
  return keyUsage.includes(SERVER_AUTH)
}

function namesOf({ subjectAltName = '' }: Kept['certificate']): readonly string[] {
  return [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,]+)/g)].map(([, name = '']) => shortest(name))
}

/** Node.js writes an address of IPv6 with all its zeros. */
function shortest(name: string): string {
  return isIP(name) === 6 ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name
}

function nextSteps(folder: CertificateFolder, wanted: readonly Wanted[]): readonly string[] {
  const ofPurpose = (purpose: Subject['purpose']): readonly string[] =>
    wanted.flatMap(({ file, subject }) => (subject.purpose === purpose ? [file] : []))
  return [
    `${folder.certificateOf(AUTHORITY)} goes to each host and client; ${folder.keyOf(AUTHORITY)} signs others: keep it where none of them is`,
    ...ofPurpose('host').map(
      (file) =>
        `on ${file}: --tls-ca ${AUTHORITY}.pem --tls-cert ${file}.pem --tls-key ${file}-key.pem --tls-client-cert required`,
    ),
    ...ofPurpose('client').map(
      (file) => `as a client: --tls-ca ${AUTHORITY}.pem --tls-cert ${file}.pem --tls-key ${file}-key.pem`,
    ),
  ]
}
