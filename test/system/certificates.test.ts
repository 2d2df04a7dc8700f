/** What certificates say, and whose word they are. */
import type { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  certificatesIn,
  commonNameIn,
  isSigned,
  namesOf,
  peerCertificate,
} from '../../lib/system/tls/certificate.js'
import { Certificates } from '../harness/certificates.js'

const DAY_MS = 24 * 60 * 60 * 1000
const read = (file: string) => certificatesIn(readFileSync(file, 'utf8'))

t.test('a certificate is told by its common name, its names and its fingerprint', async (t) => {
  const [certificate] = read(new Certificates(t).make({ names: ['a.example', '10.0.0.1', '::1'] }).cert)
  t.match(certificate && peerCertificate(certificate), {
    commonName: 'node1',
    names: ['a.example', '10.0.0.1', '::1'],
    fingerprint: /^[0-9a-f]{64}$/,
  })
})

t.test('a name that holds what parts names is no name, and not several', async (t) => {
  const [certificate] = read(
    new Certificates(t).make({ names: ['a.example, DNS:evil.example', 'b.example'] }).cert,
  )
  t.strictSame(certificate && namesOf(certificate), ['b.example'])
})

t.test('a subject without a common name has an empty one', async (t) => {
  t.equal(commonNameIn('O=somebody\nOU=CN=node1'), '')
})

t.test(
  'a chain counts as long as one of it is by an authority, and none before it has expired',
  async (t) => {
    const [one, other] = [new Certificates(t, 'one'), new Certificates(t, 'other')]
    const chain = read(one.make().cert)
    const [authority] = read(one.ca)
    const signed = (
      shown: readonly X509Certificate[],
      authorities: readonly X509Certificate[],
      at: number,
      revoked?: X509Certificate,
    ): boolean => isSigned(shown, { authorities, isRevoked: (each) => each === revoked }, at)
    t.equal(signed(chain, read(one.ca), Date.now()), true)
    t.equal(signed(chain, read(one.ca), Date.now(), chain[0]), false, 'taken back')
    t.equal(signed(chain, [...read(other.ca), ...read(one.ca)], Date.now()), true)
    t.equal(signed(chain, read(other.ca), Date.now()), false)
    t.equal(signed(chain, read(one.ca), Date.now() + 61 * DAY_MS), false)
    t.equal(signed(authority ? [...chain, authority] : [], read(other.ca), Date.now()), false)
    t.equal(signed([], read(one.ca), Date.now()), false)
  },
)
