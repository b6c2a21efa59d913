import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { Failure } from '../failure.ts'

export interface Seal {
  /** Encrypts and authenticates `text`; `about` is bound to it, so that a sealed value cannot be moved to another row. */
  close(text: string, about: string): string
  /** @throws STORE_KEY_WRONG when the value was sealed with another key, for another row, or was changed */
  open(sealed: string, about: string): string
  /** A keyed hash in hex. */
  hash(text: string): string
}

/** AES-256-GCM and HMAC-SHA-256 under two keys derived from the one of the environment (HKDF, RFC 5869). `key` has 32 bytes. */
export function seal(key: Uint8Array): Seal {
  const derive = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', `referral-connector ${purpose}`, 32))
  const encryption = derive('encryption')
  const hashing = derive('hashing')
  return {
    close(text, about) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', encryption, nonce).setAAD(Buffer.from(about))
      const parts = [nonce, cipher.update(text, 'utf8'), cipher.final()]
      return `v1.${Buffer.concat([...parts, cipher.getAuthTag()]).toString('base64url')}`
    },
    open(sealed, about) {
      const bytes = Buffer.from(sealed.slice(3), 'base64url')
      try {
        if (!sealed.startsWith('v1.') || bytes.length < 28) throw new RangeError('not a sealed value')
        const decipher = createDecipheriv('aes-256-gcm', encryption, bytes.subarray(0, 12), { authTagLength: 16 })
        decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(-16))
        return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new Failure('STORE_KEY_WRONG', 'A stored value cannot be opened with the present ENCRYPTION_KEY.', { cause })
      }
    },
    hash: text => createHmac('sha256', hashing).update(text).digest('hex')
  }
}
