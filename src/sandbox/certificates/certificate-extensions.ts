import forge from 'node-forge'

/** An extension in the form that node-forge issues; `value` holds the DER of those it does not know. */
export interface Extension {
  name?: string
  id?: string
  critical?: boolean
  [field: string]: unknown
}

/** The extensions of RFC 5280, section 4.2, that the certificates of today's public web carry. */
export const basicConstraints = ({ isCa, pathLength }: { isCa: boolean; pathLength?: number }): Extension => ({
  name: 'basicConstraints',
  critical: true,
  cA: isCa,
  ...(pathLength !== undefined && { pathLenConstraint: pathLength })
})

type Usage = 'digitalSignature' | 'keyEncipherment' | 'keyCertSign' | 'cRLSign'

export const keyUsage = (...usages: Usage[]): Extension => ({
  name: 'keyUsage',
  critical: true,
  ...Object.fromEntries(usages.map(usage => [usage, true]))
})

export const serverAuth = (): Extension => ({ name: 'extKeyUsage', serverAuth: true })

export const dnsNames = (...names: string[]): Extension => ({ name: 'subjectAltName', altNames: names.map(value => ({ type: 2, value })) })

/** Where the issuer's certificate is, and where its OCSP responder would be. */
export const authorityInfo = ({ issuerUrl, ocspUrl }: { issuerUrl: string; ocspUrl?: string }): Extension => ({
  id: '1.3.6.1.5.5.7.1.1',
  value: der(
    sequence(
      sequence(oid('1.3.6.1.5.5.7.48.2'), uri(issuerUrl)),
      ...(ocspUrl === undefined ? [] : [sequence(oid('1.3.6.1.5.5.7.48.1'), uri(ocspUrl))])
    )
  )
})

/** «Organization validated» of the CA/Browser Forum. */
export const organizationValidated = (): Extension => ({ id: '2.5.29.32', value: der(sequence(sequence(oid('2.23.140.1.2.2')))) })

const { asn1 } = forge
const sequence = (...parts: forge.asn1.Asn1[]): forge.asn1.Asn1 => asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, parts)
const oid = (id: string): forge.asn1.Asn1 => asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer(id).getBytes())
const uri = (url: string): forge.asn1.Asn1 => asn1.create(asn1.Class.CONTEXT_SPECIFIC, 6, false, url)
const der = (value: forge.asn1.Asn1): string => asn1.toDer(value).getBytes()
