import { createVerify, type KeyObject } from 'node:crypto'

/**
 * Whether the signature (RSA PKCS #1 v1.5 with SHA-256) covers exactly these bytes. The type of the key is looked at first, since node
 * would otherwise verify ECDSA or PSS without a word.
 */
export function isSignatureOver(bytes: Uint8Array, signature: Buffer, key: KeyObject): boolean {
  if (!isSigningKey(key) || signature.length !== signatureLength(key)) return false
  try {
    // A little faster than the one-shot `verify`, measured on Node 20.
    return createVerify('sha256').update(bytes).verify(key, signature)
  } catch {
    return false
  }
}

/** The length of the key's signatures, in bytes. */
export function signatureLength(key: KeyObject): number {
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
}

function isSigningKey({ type, asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  const bits = asymmetricKeyDetails?.modulusLength ?? 0
  return type === 'public' && asymmetricKeyType === 'rsa' && bits >= 2048 && bits <= 4096
}
