import { createHash, type KeyObject } from 'node:crypto'
import { bitString, explicit, implicit, integer, octetString, oid, sequence, yes } from './der-writer.ts'

/** The extensions of RFC 5280, section 4.2, that the certificates of today's public web carry. Each gives one Extension. */
export const basicConstraints = ({ isCa, pathLength }: { isCa: boolean; pathLength?: number }): Buffer =>
  critical('2.5.29.19', sequence(...(isCa ? [yes()] : []), ...(pathLength === undefined ? [] : [integer(Buffer.from([pathLength]))])))

const usages = { digitalSignature: 0x80, keyEncipherment: 0x20, keyCertSign: 0x04, cRLSign: 0x02 }

export function keyUsage(...names: (keyof typeof usages)[]): Buffer {
  const bits = names.reduce((all, name) => all | usages[name], 0)
  // DER drops the zero bits at the end of a list of named bits.
  return critical('2.5.29.15', bitString(Buffer.from([bits]), Math.log2(bits & -bits)))
}

export const serverAuth = (): Buffer => extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1')))

export const subjectKeyId = (key: KeyObject): Buffer => extension('2.5.29.14', octetString(keyId(key)))

export const authorityKeyId = (key: KeyObject): Buffer => extension('2.5.29.35', sequence(implicit(0, keyId(key))))

export const dnsNames = (...names: string[]): Buffer =>
  extension('2.5.29.17', sequence(...names.map(name => implicit(2, Buffer.from(name, 'ascii')))))

/** Where the issuer's certificate is, and where its OCSP responder would be. */
export const authorityInfo = ({ issuerUrl, ocspUrl }: { issuerUrl: string; ocspUrl?: string }): Buffer =>
  extension(
    '1.3.6.1.5.5.7.1.1',
    sequence(accessTo('1.3.6.1.5.5.7.48.2', issuerUrl), ...(ocspUrl === undefined ? [] : [accessTo('1.3.6.1.5.5.7.48.1', ocspUrl)]))
  )

/** «Organization validated» of the CA/Browser Forum. */
export const organizationValidated = (): Buffer => extension('2.5.29.32', sequence(sequence(oid('2.23.140.1.2.2'))))

export const extensions = (...list: Buffer[]): Buffer => explicit(3, sequence(...list))

const accessTo = (method: string, url: string): Buffer => sequence(oid(method), implicit(6, Buffer.from(url, 'ascii')))

const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), octetString(value))

const critical = (id: string, value: Buffer): Buffer => sequence(oid(id), yes(), octetString(value))

/** A hash of the key, as RFC 7093, section 2, allows. */
function keyId(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20)
}
