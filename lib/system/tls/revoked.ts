/** Lists of the certificates that authorities have taken back: RFC 5280, section 5. */
import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate, CertificateList, type Name } from '@peculiar/asn1-x509'
import type { ReadRevoked } from './identity.js'

export const readRevoked: ReadRevoked = (lists) => {
  const revoked = new Set(lists.flatMap((list) => keysIn(list)))
  return ({ raw }) => {
    const { issuer, serialNumber } = AsnConvert.parse(raw, Certificate).tbsCertificate
    return revoked.has(keyOf(issuer, serialNumber))
  }
}

function keysIn(list: Buffer): readonly string[] {
  const { issuer, revokedCertificates = [] } = AsnConvert.parse(list, CertificateList).tbsCertList
  return revokedCertificates.map(({ userCertificate }) => keyOf(issuer, userCertificate))
}

/** A number is an authority's own. */
function keyOf(issuer: Name, serialNumber: ArrayBuffer): string {
  return [AsnConvert.serialize(issuer), serialNumber]
    .map((each) => Buffer.from(each).toString('hex'))
    .join(' ')
}
