import { sign } from 'node:crypto'
import type { CertificateStore, Signer } from '../certificates/certificate-store.ts'

/** What is wrong with a forged callback. */
export type Tampering = 'body' | 'certificate' | 'host' | 'algorithm'

export interface SignedCallback {
  headers: Record<string, string>
  body: string
}

/**
 * The request's headers and body: RSA PKCS#1 v1.5 over the bytes of the body. The signature goes into `Authorization`, or into
 * `x-ms-signature` instead when the registration says so.
 * Source: learn.microsoft.com/partner-center/developer/partner-center-webhooks
 *
 * Forged: `body` has one byte changed after signing, `certificate` is signed under a chain of the same names and other keys, `host` names
 * another account of the same cloud for its certificate, `algorithm` uses and names SHA-1.
 */
export async function signCallback(
  content: string,
  options: { certificates: CertificateStore; inMsHeader: boolean; tampering: Tampering | undefined }
): Promise<SignedCallback> {
  const { certificates, inMsHeader, tampering } = options
  const { privateKey, certificateUrl } = await signerFor(tampering, certificates)
  const [digest, algorithm] = tampering === 'algorithm' ? ['sha1', 'rsa-sha1'] : ['sha256', 'rsa-sha256']
  const signature = `Signature ${sign(digest, Buffer.from(content), privateKey).toString('base64')}`
  return {
    headers: {
      'content-type': 'application/json',
      ...(inMsHeader ? { 'x-ms-signature': signature } : { authorization: signature }),
      'x-ms-certificate-url': certificateUrl,
      'x-ms-signature-algorithm': algorithm,
      'accept-encoding': 'gzip, deflate'
    },
    body: tampering === 'body' ? withOneByteChanged(content) : content
  }
}

async function signerFor(tampering: Tampering | undefined, certificates: CertificateStore): Promise<Signer> {
  if (tampering === 'certificate') return certificates.forgedSigner()
  certificates.restore()
  return tampering === 'host' ? certificates.foreignSigner() : certificates.signer()
}

/** The last digit of the resource's id becomes another one, so that the event is about something else; without an id, the last digit of the date. */
function withOneByteChanged(content: string): string {
  const [, before = '', digit = '', after = ''] = /^(.*?)([0-9a-f])(","ResourceName".*|\+00:00"\})$/s.exec(content) ?? []
  return `${before}${(Number.parseInt(digit, 16) ^ 1).toString(16)}${after}`
}
