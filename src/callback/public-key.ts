import { createPublicKey, type KeyObject } from 'node:crypto'
import { bitString, children, type Der, DerError, integerBytes, oid, readDer, tags } from './der.ts'

/** What can be said of a subjectPublicKeyInfo without loading it. */
export type PublicKeyForm =
  | { readonly type: 'rsa'; readonly bits: number; readonly exponent: bigint }
  | { readonly type: 'ec'; readonly curve: string }
  | { readonly type: 'other' }

const rsaEncryption = '1.2.840.113549.1.1.1'
const ecPublicKey = '1.2.840.10045.2.1'
const curves: Record<string, string> = { '1.2.840.10045.3.1.7': 'P-256', '1.3.132.0.34': 'P-384', '1.3.132.0.35': 'P-521' }

export function publicKeyForm(element: Der): PublicKeyForm {
  const [algorithm, key, ...rest] = children(element, tags.sequence)
  if (algorithm === undefined || rest.length > 0) throw new DerError('has a malformed public key')
  const { bytes, unused } = bitString(key)
  const [type, parameters, ...others] = children(algorithm, tags.sequence)
  if (unused !== 0 || others.length > 0) throw new DerError('has a malformed public key')
  switch (oid(type)) {
    case rsaEncryption: {
      if (parameters?.tag !== tags.null || parameters.value.length > 0) throw new DerError('has a malformed public key')
      const [modulus, exponent, ...more] = children(readDer(bytes), tags.sequence)
      if (more.length > 0) throw new DerError('has a malformed public key')
      return { type: 'rsa', bits: positive(modulus).toString(2).length, exponent: positive(exponent) }
    }
    case ecPublicKey: {
      // Named curves only: with parameters of one's own, a foreign public key gets a private key of one's choice (CVE-2020-0601).
      const curve = parameters?.tag === tags.oid ? curves[oid(parameters)] : undefined
      return curve === undefined ? { type: 'other' } : { type: 'ec', curve }
    }
    default:
      return { type: 'other' }
  }
}

function positive(element: Der | undefined): bigint {
  const bytes = integerBytes(element)
  if ((bytes[0] ?? 0) >= 0x80 || bytes.length > 2049) throw new DerError('has a malformed public key')
  return BigInt(`0x${bytes.toString('hex')}`)
}

/** The key of a DER subjectPublicKeyInfo, or nothing when it cannot be used. */
export function loadPublicKey(spki: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

/**
 * Why a key must not be used, or nothing. RSA of 2048 to 8192 bits (above, one check costs a dozen others) in whole bytes, and EC on the
 * curves of the public web. Forgeries of RSA padding need the very low exponents; the lowest in today's public roots is 43147
 * (NetLock Arany). Source: CA/Browser Forum baseline requirements 6.1.5 and 6.1.6.
 */
export function keyFault(form: PublicKeyForm): string | undefined {
  if (form.type === 'other') return 'has a key that is neither RSA nor on the curves P-256, P-384 or P-521'
  if (form.type === 'ec') return undefined
  if (form.bits < 2048 || form.bits > 8192 || form.bits % 8 !== 0) return `has an RSA key of ${form.bits} bits`
  if (form.exponent < 32_769n || form.exponent % 2n === 0n) return 'has an RSA key with a weak exponent'
  return undefined
}
