import { bitString, boolean, children, type Der, DerError, oid, readDer, smallInteger, tags } from './der.ts'
import { type GeneralName, readGeneralName } from './general-names.ts'
import { isBase } from './name-matching.ts'

export interface NameConstraints {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

/** The extensions that a path is judged by. Source: RFC 5280 section 4.2. */
export interface Extensions {
  /** Whether each extension that is there is marked critical, by its object identifier. */
  readonly critical: ReadonlyMap<string, boolean>
  readonly basicConstraints?: { isCa: boolean; pathLength?: number }
  readonly keyUsage?: ReadonlySet<KeyUsage>
  readonly extendedKeyUsage?: readonly string[]
  readonly alternativeNames?: readonly GeneralName[]
  readonly nameConstraints?: NameConstraints
  readonly subjectKeyId?: string
  readonly authorityKeyId?: string
  /** URLs of the issuer's certificate. */
  readonly issuerUrls?: readonly string[]
}

const keyUsages = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'crlSign',
  'encipherOnly',
  'decipherOnly'
] as const
export type KeyUsage = (typeof keyUsages)[number]

export const extensionIds = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  authorityKeyId: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  authorityInformation: '1.3.6.1.5.5.7.1.1'
} as const

/** Reads the extensions of a certificate; what is not known here is only listed in `critical`. @throws DerError also for a repeated one */
export function readExtensions(element: Der | undefined): Extensions {
  const critical = new Map<string, boolean>()
  let known = {}
  if (element !== undefined) {
    const list = children(element, tags.sequence)
    if (list.length === 0) throw new DerError('has an empty list of extensions')
    for (const item of list) {
      const parts = children(item, tags.sequence)
      const id = oid(parts[0])
      if (critical.has(id)) throw new DerError(`has the extension ${id} twice`)
      critical.set(id, parts.length === 3 && boolean(parts[1]))
      const value = parts.at(-1)
      if (parts.length < 2 || parts.length > 3 || value?.tag !== tags.octetString) throw new DerError('has a malformed extension')
      const read = readers[id]
      if (read) known = { ...known, ...read(readDer(value.value)) }
    }
  }
  return { critical, ...known }
}

const readers: Record<string, (element: Der) => Partial<Extensions>> = {
  [extensionIds.subjectKeyId]: element => {
    if (element.tag !== tags.octetString || element.value.length === 0) throw new DerError('has a malformed subject key identifier')
    return { subjectKeyId: element.value.toString('hex') }
  },

  [extensionIds.authorityKeyId]: element => {
    const keyId = children(element, tags.sequence).find(({ tag }) => tag === 0x80)
    return keyId === undefined ? {} : { authorityKeyId: keyId.value.toString('hex') }
  },

  [extensionIds.keyUsage]: element => {
    const { bytes } = bitString(element)
    if (bytes.length > 2) throw new DerError('has a malformed key usage')
    const usages = keyUsages.filter((_usage, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0)
    if (usages.length === 0) throw new DerError('has a key usage that allows nothing')
    return { keyUsage: new Set(usages) }
  },

  [extensionIds.basicConstraints]: element => {
    const parts = children(element, tags.sequence)
    const isCa = parts[0]?.tag === tags.boolean && boolean(parts.shift())
    const pathLength = parts.shift()
    if (parts.length > 0) throw new DerError('has malformed basic constraints')
    return { basicConstraints: { isCa, ...(pathLength !== undefined && { pathLength: smallInteger(pathLength) }) } }
  },

  [extensionIds.extendedKeyUsage]: element => {
    const purposes = children(element, tags.sequence).map(oid)
    if (purposes.length === 0) throw new DerError('has an empty extended key usage')
    return { extendedKeyUsage: purposes }
  },

  [extensionIds.alternativeNames]: element => {
    const alternativeNames = children(element, tags.sequence).map(readGeneralName)
    if (alternativeNames.length === 0) throw new DerError('has an empty list of alternative names')
    return { alternativeNames }
  },

  [extensionIds.nameConstraints]: element => {
    const parts = children(element, tags.sequence)
    const permitted = parts[0]?.tag === 0xa0 ? subtrees(parts.shift()) : []
    const excluded = parts[0]?.tag === 0xa1 ? subtrees(parts.shift()) : []
    if (parts.length > 0 || permitted.length + excluded.length === 0) throw new DerError('has malformed name constraints')
    return { nameConstraints: { permitted, excluded } }
  },

  [extensionIds.authorityInformation]: element => {
    const descriptions = children(element, tags.sequence).map(item => children(item, tags.sequence))
    if (descriptions.length === 0) throw new DerError('has an empty authority information access')
    const issuerUrls = descriptions.flatMap(([method, location, ...rest]) => {
      if (location === undefined || rest.length > 0) throw new DerError('has a malformed authority information access')
      const name = readGeneralName(location)
      return oid(method) === '1.3.6.1.5.5.7.48.2' && name.kind === 'uri' ? [name.text] : []
    })
    return { issuerUrls }
  }
}

/** Minimum and maximum have no use: minimum is 0, and so absent in DER, and maximum is absent. Source: RFC 5280 section 4.2.1.10. */
function subtrees(element: Der | undefined): GeneralName[] {
  const bases = element === undefined ? [] : children(element)
  if (bases.length === 0) throw new DerError('has malformed name constraints')
  return bases.map(item => {
    const [base, ...rest] = children(item, tags.sequence)
    if (base === undefined || rest.length > 0) throw new DerError('has malformed name constraints')
    const name = readGeneralName(base)
    if (!isBase(name)) throw new DerError('has malformed name constraints')
    return name
  })
}
