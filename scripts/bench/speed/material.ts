import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tlsCertificate } from '../../../src/sandbox/certificates/certificate-authority.ts'
import { pemOf } from '../../../src/sandbox/certificates/issue-certificate.ts'
import { referralEvent } from '../../../src/sandbox/partner-center/callback-event.ts'
import { signCallback } from '../../../src/sandbox/partner-center/sign-callback.ts'
import type { Sandbox } from '../../../src/sandbox/start-sandbox.ts'
import type { Material, Verifier } from './verifiers.ts'

const referralId = '4111fffc-f9ee-4d53-bba6-569135228642'
const eventText = (): string => JSON.stringify(referralEvent('referral-created', referralId, new Date()))

type Signed = Omit<Material, 'dist' | 'settings'>
export interface PeerStore {
  port: number
  tlsRoot: string
  privateKey: KeyObject
  close(): void
}

/** Serves the peers' certificate, and is their certificate's own host. */
export async function startPeerStore(): Promise<PeerStore> {
  const { root, certificate, privateKey } = await tlsCertificate(['echo-api.amazon.com', 's3.amazonaws.com', 'sns.us-east-1.amazonaws.com'])
  const cert = pemOf(certificate)
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const server = createServer({ key, cert }, (_request, response) => response.end(cert))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { port: (server.address() as AddressInfo).port, tlsRoot: pemOf(root), privateKey, close }
}

/** What each of them verifies: as many signed bytes, in the form that it knows. */
export async function materialFor(name: Verifier, sandbox: Sandbox, store: PeerStore): Promise<Signed> {
  if (name === 'sns-validator') return snsMessage(eventText().length, store)
  if (name === 'alexa-verifier') return alexaRequest(eventText().length, store)
  return await callbackMaterial(sandbox)
}

/** A callback as it comes over HTTP, and where its certificate is. */
export async function callbackMaterial({ certificates }: Sandbox): Promise<Signed> {
  const { headers, body } = await signCallback(eventText(), { certificates, inMsHeader: false, tampering: undefined })
  return {
    headers: { host: 'localhost', 'content-length': String(body.length), ...headers },
    body: Buffer.from(body),
    signature: Buffer.from(headers.authorization?.replace('Signature ', '') ?? '', 'base64'),
    publicKey: publicPem(certificates.signer().privateKey),
    port: Number(certificates.connectTo[0]?.split(':').at(-1)),
    tlsRoot: certificates.tlsRoot
  }
}

/** What is signed has `length` bytes; the message as it is sent has more, for its signature is in it. */
function snsMessage(length: number, { port, tlsRoot, privateKey }: PeerStore): Signed {
  const fields = {
    Message: '',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    Timestamp: new Date().toISOString(),
    TopicArn: 'arn:aws:sns:us-east-1:123456789012:a-topic',
    Type: 'Notification'
  }
  const written = (): string =>
    Object.entries(fields)
      .map(([name, value]) => `${name}\n${value}\n`)
      .join('')
  fields.Message = 'm'.repeat(length - written().length)
  const signature = sign('sha256', Buffer.from(written()), privateKey)
  const body = JSON.stringify({
    ...fields,
    SignatureVersion: '2',
    Signature: signature.toString('base64'),
    SigningCertURL: 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService.pem'
  })
  return { headers: {}, body: Buffer.from(body), signature, publicKey: publicPem(privateKey), port, tlsRoot }
}

/** Its time has to be of today: it refuses what is older than two and a half minutes. */
function alexaRequest(length: number, { port, tlsRoot, privateKey }: PeerStore): Signed {
  const request = {
    version: '1.0',
    request: { type: 'LaunchRequest', timestamp: new Date(Date.now() + 3_600_000).toISOString(), text: '' }
  }
  request.request.text = 't'.repeat(length - JSON.stringify(request).length)
  const body = Buffer.from(JSON.stringify(request))
  const signature = sign('sha256', body, privateKey)
  const headers = {
    signaturecertchainurl: 'https://s3.amazonaws.com/echo.api/echo-api-cert.pem',
    'signature-256': signature.toString('base64')
  }
  return { headers, body, signature, publicKey: publicPem(privateKey), port, tlsRoot }
}

/** One letter of the text is another one; the signature is what it was. */
export function forged(material: Material): Material {
  const text = material.body.toString('latin1')
  const at = text.search(/created|tttt|mmmm/)
  return { ...material, body: Buffer.from(`${text.slice(0, at)}x${text.slice(at + 1)}`, 'latin1') }
}

function publicPem(privateKey: KeyObject): string {
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  return createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' }).toString()
}
