/** Certificates of a small authority: X.509 of version 3, with keys on the curve P-256. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'

/** A certificate and its key, as PEM. */
export interface Issued {
  readonly certificate: string
  readonly key: string
}

/** Who signs: its name, and the key that it signs with. */
export interface Authority {
  readonly commonName: string
  readonly key: KeyObject
  readonly publicKey: KeyObject
}

/** From when to when it counts. */
export interface Period {
  readonly from: Date
  readonly to: Date
}

/** What a certificate is good for: an authority signs others; a host is dialled, and dials; a client dials. */
export type Purpose = 'authority' | 'host' | 'client'

export interface Subject {
  readonly purpose: Purpose
  readonly commonName: string
  /** Names of the DNS, and addresses, that it is dialled by. */
  readonly names: readonly string[]
}

const COMMON_NAME = '2.5.4.3'
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const SERIAL_BYTES = 16

/** A new key, and what `authority` says of it; undefined: it signs itself. */
export function issue(subject: Subject, period: Period, authority?: Authority): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer = authority ?? { commonName: subject.commonName, key: privateKey, publicKey }
  const content = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(),
    signature: algorithm(),
    issuer: nameOf(signer.commonName),
    validity: new Validity({ notBefore: period.from, notAfter: period.to }),
    subject: nameOf(subject.commonName),
    subjectPublicKeyInfo: publicKeyInfo(publicKey),
    extensions: new Extensions(extensionsOf(subject, publicKey, signer)),
  })
  const certificate = new Certificate({
    tbsCertificate: content,
    signatureAlgorithm: algorithm(),
    signatureValue: bytes(sign('sha256', Buffer.from(AsnConvert.serialize(content)), signer.key)),
  })
  return {
    certificate: pem('CERTIFICATE', AsnConvert.serialize(certificate)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function extensionsOf({ purpose, names }: Subject, own: KeyObject, signer: Authority): Extension[] {
  const isAuthority = purpose === 'authority'
  const usages = isAuthority
    ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign
    : KeyUsageFlags.digitalSignature
  const extensions = [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: isAuthority }), true),
    extension(id_ce_keyUsage, new KeyUsage(usages), true),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(identifierOf(own))),
    extension(
      id_ce_authorityKeyIdentifier,
      new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(identifierOf(signer.publicKey)) }),
    ),
  ]
  if (isAuthority) return extensions
  const purposes = purpose === 'host' ? [id_kp_serverAuth, id_kp_clientAuth] : [id_kp_clientAuth]
  extensions.push(extension(id_ce_extKeyUsage, new ExtendedKeyUsage(purposes)))
  if (names.length > 0)
    extensions.push(extension(id_ce_subjectAltName, new SubjectAlternativeName(names.map(generalName))))
  return extensions
}

function generalName(name: string): GeneralName {
  return new GeneralName(isIP(name) === 0 ? { dNSName: name } : { iPAddress: name })
}

function extension(extnID: string, value: object, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

function nameOf(commonName: string): Name {
  const value = new AttributeValue({ utf8String: commonName })
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])])
}

function algorithm(): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 })
}

function publicKeyInfo(key: KeyObject): SubjectPublicKeyInfo {
  return AsnConvert.parse(key.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo)
}

/** RFC 5280, section 4.2.1.2. */
function identifierOf(key: KeyObject): ArrayBuffer {
  return bytes(
    createHash('sha1')
      .update(Buffer.from(publicKeyInfo(key).subjectPublicKey))
      .digest(),
  )
}

/** Positive, and never shorter than it is written: RFC 5280, section 4.1.2.2. */
function serialNumber(): ArrayBuffer {
  const serial = randomBytes(SERIAL_BYTES)
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f)
  return bytes(serial)
}

function bytes(buffer: Uint8Array): ArrayBuffer {
  return new Uint8Array(buffer).buffer
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
