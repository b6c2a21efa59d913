import { constants, verify, X509Certificate } from 'node:crypto'
import type { Headers } from '../../../src/callback/read-headers.ts'

export type FetchBytes = (url: string) => Promise<Buffer>

/**
 * What Microsoft's own sample does with a callback, told again for Node: the same steps in the same order, weaknesses included. Any address is
 * downloaded, for every callback anew; the issuer's organization is looked for in its name as a text; the digest is the one that the sender
 * names. Two things are left out in its favour: the operating system's check of the chain, and the connection, which is kept.
 * Source: learn.microsoft.com/partner-center/developer/partner-center-webhooks, «How to authenticate the callback».
 */
export async function isAuthorizedByTheSample(headers: Headers, body: Buffer, fetchBytes: FetchBytes): Promise<boolean> {
  const header = (name: string): string | undefined => headers[name]?.toString()
  const [scheme, parameter] = header('authorization')?.split(' ') ?? []
  const other = header('x-ms-signature')
  if (parameter === undefined && other === undefined) return false
  if (scheme !== undefined && scheme !== 'Signature' && other !== undefined && !other.startsWith('Signature')) return false
  const url = header('x-ms-certificate-url')
  const algorithm = header('x-ms-signature-algorithm')
  if (url === undefined || algorithm === undefined) return false
  const signature = Buffer.from(parameter ?? other?.split(' ')[1] ?? '', 'base64')

  const certificate = new X509Certificate(await fetchBytes(url))
  if (!certificate.issuer.includes('O=Microsoft Corporation')) return false

  const [kind, digest = '', ...more] = algorithm.split('-')
  if (kind?.toUpperCase() !== 'RSA' || more.length > 0) return false
  const content = Buffer.from(body.toString('utf8'))
  return verify(digest, content, { key: certificate.publicKey, padding: constants.RSA_PKCS1_PADDING }, signature)
}
