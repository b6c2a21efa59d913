import { readFileSync, statSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { issuerCertificates } from '../callback/read-certificates.ts'
import { UsageError } from './command.ts'

/** All that a trust store of a whole operating system takes. */
const maxBytes = 4 * 1024 * 1024

/** The bytes of a file, or of the standard input for `-`. @throws UsageError */
export async function readCertificateFile(path: string): Promise<Buffer> {
  if (path === '-') return await buffer(process.stdin)
  try {
    if (statSync(path).size > maxBytes) throw new UsageError(`The file «${path}» is too large for certificates.`)
    return readFileSync(path)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`The file «${path}» cannot be read.`)
  }
}

/** The certificates of a file as DER: PEM with any text around them, DER, bare base64, or PKCS #7 in any of these. */
export function certificatesIn(bytes: Buffer): Buffer[] {
  const wrapped = [...bytes.toString('latin1').matchAll(/-----BEGIN (PKCS7|CMS)-----([A-Za-z0-9+/=\s]+)-----END \1-----/g)]
  return [...issuerCertificates(bytes), ...wrapped.flatMap(([, , body = '']) => issuerCertificates(Buffer.from(body)))]
}
