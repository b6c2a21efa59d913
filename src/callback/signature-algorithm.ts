import { verify } from 'node:crypto'
import type { Certificate } from './certificate.ts'
import { children, type Der, oid, tags } from './der.ts'

export interface SignatureAlgorithm {
  readonly keyType: 'rsa' | 'ec'
  readonly hash: 'sha256' | 'sha384' | 'sha512'
}

/** RSA PKCS #1 v1.5 and ECDSA with SHA-2: what the public web's authorities sign with. Source: CA/Browser Forum baseline requirements 7.1.3.2. */
const algorithms: Record<string, SignatureAlgorithm> = {
  '1.2.840.113549.1.1.11': { keyType: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { keyType: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { keyType: 'rsa', hash: 'sha512' },
  '1.2.840.10045.4.3.2': { keyType: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { keyType: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { keyType: 'ec', hash: 'sha512' }
}

/** The algorithm, or nothing when it is not one of those accepted: SHA-1 and MD5, PSS, DSA, EdDSA, or odd parameters. */
export function readSignatureAlgorithm(element: Der): SignatureAlgorithm | undefined {
  const [id, parameters, ...rest] = children(element, tags.sequence)
  const algorithm = algorithms[oid(id)]
  if (algorithm === undefined || rest.length > 0) return undefined
  const isNull = parameters?.tag === tags.null && parameters.value.length === 0
  return parameters === undefined || (algorithm.keyType === 'rsa' && isNull) ? algorithm : undefined
}

/** Whether `issuer`'s key made the signature of `certificate`. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const { signatureAlgorithm: algorithm, tbs, signature } = certificate
  const key = issuer.publicKey()
  if (algorithm === undefined || key === undefined || key.asymmetricKeyType !== algorithm.keyType) return false
  try {
    return verify(algorithm.hash, tbs, key, signature)
  } catch {
    return false
  }
}
