/** Lists of certificates that were taken back, however long, and what is none. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { partsOf } from '../../lib/system/tls/der.js'
import { readRevoked } from '../../lib/system/tls/revoked.js'
import { Certificates } from '../harness/certificates.js'

const [SEQUENCE, SET, INTEGER, OID, UTF8, PRINTABLE, UTC_TIME, TIME] = [48, 49, 2, 6, 12, 19, 23, 24] as const
const COMMON_NAME = Buffer.of(OID, 3, 85, 4, 3)
const NOTHING = Buffer.of(SEQUENCE, 0)

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const length = Buffer.alloc(5)
  length.writeUInt8(0x84)
  length.writeUInt32BE(content.length, 1)
  return Buffer.concat([Buffer.of(tag), content.length < 128 ? Buffer.of(content.length) : length, content])
}

const text = (tag: number, written: string): Buffer => der(tag, Buffer.from(written))
const nameOf = (tag: number, written: string): Buffer =>
  der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, text(tag, written))))
const entryOf = (number: Uint8Array): Buffer =>
  der(SEQUENCE, der(INTEGER, number), text(UTC_TIME, '261130120000Z'))

/** Of the authority with that name; it counts for December 2026, if it says so. */
function listOf(
  numbers: readonly Uint8Array[],
  name: Buffer,
  next = text(UTC_TIME, '270101000000Z'),
): Buffer {
  const entries = numbers.length === 0 ? [] : [der(SEQUENCE, ...numbers.map(entryOf))]
  const times = [text(TIME, '20261201000000Z'), next]
  const list = der(SEQUENCE, der(INTEGER, Buffer.of(1)), NOTHING, name, ...times, ...entries)
  return der(SEQUENCE, list, NOTHING, Buffer.of(3, 1, 0))
}

/** An authority, and two that it has signed. */
function signed(t: Test) {
  const certificates = new Certificates(t, 'An Authority')
  const read = (file: string): X509Certificate => new X509Certificate(readFileSync(file))
  const made = (): X509Certificate => read(certificates.make({ purpose: 'client' }).cert)
  return { authority: read(certificates.ca), one: made(), other: made() }
}

/** As it stands in the certificate. */
function numberOf({ serialNumber }: X509Certificate): Buffer {
  const bytes = Buffer.from(serialNumber, 'hex')
  return bytes.readUInt8(0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes])
}

t.test(
  'a list says which certificates of its authority count no more, and until when it does itself',
  async (t) => {
    const { authority, one, other } = signed(t)
    const name = nameOf(UTF8, 'An Authority')
    const { isRevoked, isOf, term } = readRevoked([listOf([numberOf(one)], name)])
    t.strictSame([isRevoked(one), isRevoked(other), isOf(authority)], [true, false, true])
    t.match(term, { begunAt: Date.UTC(2026, 11, 1), endsAt: Date.UTC(2027, 0, 1) })
    const others = readRevoked([listOf([numberOf(one)], nameOf(UTF8, 'Another One'))])
    t.strictSame(
      [others.isRevoked(one), others.isOf(authority)],
      [false, false],
      'a number is its authority’s own',
    )
    t.equal(readRevoked([listOf([], name, Buffer.alloc(0))]).term, undefined, 'it need not say until when')
  },
)

t.test('the first of several that ends is told', async (t) => {
  const name = nameOf(UTF8, 'An Authority')
  const soon = listOf([], name, text(UTC_TIME, '261224000000Z'))
  t.match(readRevoked([listOf([], name), soon]).term, { endsAt: Date.UTC(2026, 11, 24) })
})

t.test('an authority is known by its name, however that is written', async (t) => {
  const { authority, one } = signed(t)
  const { isRevoked, isOf } = readRevoked([listOf([numberOf(one)], nameOf(PRINTABLE, ' AN  authority'))])
  t.strictSame([isOf(authority), isRevoked(one)], [true, true])
})

t.test('bug: a list of more than 3,300 certificates could not be read', async (t) => {
  const { one, other } = signed(t)
  const numbers = Array.from({ length: 20_000 }, (_, at) => Buffer.of(1, at >> 16, (at >> 8) & 255, at & 255))
  const list = listOf([...numbers, numberOf(one)], nameOf(UTF8, 'An Authority'))
  const { isRevoked } = readRevoked([list])
  t.strictSame([isRevoked(one), isRevoked(other)], [true, false])
})

t.test('what is cut off, or something else, is none', async (t) => {
  const list = listOf([Buffer.of(7)], nameOf(UTF8, 'An Authority'))
  for (let length = 0; length < list.length; length++)
    t.throws(() => readRevoked([list.subarray(0, length)]), Error, `${length} bytes`)
  const wrong = [
    Buffer.from('no list at all'),
    der(SEQUENCE, der(SET)),
    listOf([], nameOf(UTF8, 'An Authority'), text(UTC_TIME, 'tomorrow')),
    Buffer.of(SEQUENCE, 0x80, 0, 0),
    Buffer.of(SEQUENCE, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1),
  ]
  for (const each of wrong) t.throws(() => readRevoked([each]), Error)
  t.throws(() => [...partsOf(Buffer.of(SEQUENCE))], Error)
})
