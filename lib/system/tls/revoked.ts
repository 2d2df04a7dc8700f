/**
 * Lists of the certificates that authorities have taken back: RFC 5280, section 5. They may be long: the library reads
 * but the names in them, as it makes several objects of each entry.
 */
import type { X509Certificate } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import { Name } from '@peculiar/asn1-x509'
import { onlyPartOf, partsOf, type Part } from './der.js'
import type { Revocations } from './identity.js'

const SEQUENCE = 0x30
const INTEGER = 0x02
const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18

interface List {
  /** Whose it is. */
  readonly issuer: string
  readonly begunAt: number
  /** Infinity: it does not say. */
  readonly endsAt: number
  /** Serial numbers, in hexadecimal. An authority's own. */
  readonly numbers: ReadonlySet<string>
}

/** A certificate, by whom it is signed and whose it is. */
interface Signed {
  readonly number: string
  readonly issuer: string
  readonly subject: string
}

/** `lists`: each one's DER. @throws Error for what is none */
export function readRevoked(lists: readonly Buffer[]): Revocations {
  const read = lists.map(listIn)
  const [first] = [...read].sort((one, other) => one.endsAt - other.endsAt)
  return {
    isRevoked: (certificate) => {
      const { number, issuer } = signed(certificate)
      return read.some((list) => list.issuer === issuer && list.numbers.has(number))
    },
    isOf: (authority) => {
      const { subject } = signed(authority)
      return read.some(({ issuer }) => issuer === subject)
    },
    term: first === undefined || first.endsAt === Infinity ? undefined : first,
  }
}

/** CertificateList. */
function listIn(der: Buffer): List {
  const [list] = partsOf(onlyPartOf(der).content)
  const [version, ...others] = partsOf(wanted(list, SEQUENCE).content)
  const [, issuer, begun, ...rest] = version?.tag === INTEGER ? others : [version, ...others]
  const [next] = rest
  const hasEnd = next !== undefined && (next.tag === UTC_TIME || next.tag === GENERALIZED_TIME)
  const entries = rest[hasEnd ? 1 : 0]
  return {
    issuer: nameIn(wanted(issuer, SEQUENCE)),
    begunAt: timeIn(begun),
    endsAt: hasEnd ? timeIn(next) : Infinity,
    numbers: new Set(entries?.tag === SEQUENCE ? numbersIn(entries) : []),
  }
}

function* numbersIn({ content }: Part): Generator<string> {
  for (const entry of partsOf(content)) {
    const [number] = partsOf(wanted(entry, SEQUENCE).content)
    yield wanted(number, INTEGER).content.toString('hex')
  }
}

/** TBSCertificate, of which the first part is left out where it is of version 1. */
function signed({ raw }: X509Certificate): Signed {
  const [certificate] = partsOf(onlyPartOf(raw).content)
  const [version, ...others] = partsOf(wanted(certificate, SEQUENCE).content)
  const [number, , issuer, , subject] = version?.tag === INTEGER ? [version, ...others] : others
  return {
    number: wanted(number, INTEGER).content.toString('hex'),
    issuer: nameIn(wanted(issuer, SEQUENCE)),
    subject: nameIn(wanted(subject, SEQUENCE)),
  }
}

function wanted(part: Part | undefined, tag: number): Part {
  if (part?.tag === tag) return part
  throw new Error('another part stands there than must')
}

/** However it is encoded, and whatever its case and its blanks: RFC 5280, section 7.1. */
function nameIn({ whole }: Part): string {
  const parts = [...AsnConvert.parse(whole, Name)].map((part) =>
    [...part].map(({ type, value }) => `${type}=${folded(value.toString())}`).sort(),
  )
  return JSON.stringify(parts)
}

function folded(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase()
}

/** `261130120000Z`, or with the whole year. */
const TIME = /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/

/** Milliseconds since 1970. */
function timeIn(part: Part | undefined): number {
  const [, year = '', month, day, hour, minute, second] =
    TIME.exec(part?.content.toString('latin1') ?? '') ?? []
  if (year === '') throw new Error('no time stands there')
  const whole = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 50 ? 2000 : 1900)
  return Date.UTC(whole, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
}
