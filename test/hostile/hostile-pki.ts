/** What a hostile certificate store and hostile issuers hand out: certificates that differ from the genuine ones in one thing. */
import {
  authority,
  extendedKeyUsage,
  type Issued,
  issuerUrls,
  microsoft,
  nameOf,
  purposes,
  rsaKeys,
  signingCertificate,
  type Template
} from '../fixtures/certificates.ts'
import { bits, integer, nothing, oid, printable, sequence, tlv } from '../fixtures/der.ts'
import { certificateUrl } from '../fixtures/signed-callback.ts'
import type { SignedRequest } from './exchange.ts'
import { genuine, issuingUrl } from './genuine-pki.ts'
import type { Acceptance, Refusal } from './hostile-case.ts'
import type { FileAnswer } from './served-files.ts'
import type { HostileStage } from './stage.ts'

export const storeHost = new URL(certificateUrl).hostname
export const issuerHost = new URL(issuingUrl).hostname

const dayMs = 24 * 60 * 60 * 1000

/** A key that nobody trusts; whoever needs one has this one, for they take long to make. */
export const strangerKeys = rsaKeys()

/** Where a certificate differs from the genuine one. */
export type Wrong = Partial<Template>

/** The genuine signer's certificate, with its own key, but for what is wrong with it. */
export function signerWith({ extensions, ...template }: Wrong = {}): Issued {
  return signingCertificate({
    issuer: genuine.issuing,
    keys: genuine.signer.keys,
    ...template,
    extensions: { aia: issuerUrls(issuingUrl), ...extensions }
  })
}

/** An authority, and where its certificate is to be had. */
export interface Published extends Issued {
  url: string
  /** Who issued it, where that is no root. */
  above?: Published
}

export const publishedIssuing: Published = { ...genuine.issuing, url: issuingUrl }

export const authorityName = (name: string, organization = microsoft): Buffer =>
  nameOf(['C', printable('US')], ['O', organization], ['CN', name])

type AuthorityTemplate = Wrong & { pathLength?: number; above?: Published }

/** An issuing authority of the expected organization, below the pinned root or below another authority, but for what is wrong with it. */
export function authorityWith(name: string, { above, extensions, ...template }: AuthorityTemplate = {}): Published {
  const issued = authority({
    issuer: above ?? genuine.root,
    subject: authorityName(name),
    ...template,
    extensions: {
      eku: extendedKeyUsage(purposes.serverAuth),
      ...(above && { aia: issuerUrls(above.url) }),
      ...extensions
    }
  })
  return { ...issued, url: `http://${issuerHost}/pkiops/certs/${encodeURIComponent(name)}.crt`, ...(above && { above }) }
}

/** A signer's certificate of this authority. */
export function signerOf(issuer: Published, { extensions, ...template }: Wrong = {}): Issued {
  return signerWith({ issuer, ...template, extensions: { aia: issuerUrls(issuer.url), ...extensions } })
}

/** The certificate store hands out this from now on. A day goes by first: so long is a signer kept who was accepted. */
export function offer(stage: HostileStage, answer: FileAnswer | Issued): void {
  stage.pass(dayMs)
  serve(stage, answer)
}

function serve(stage: HostileStage, answer: FileAnswer | Issued): void {
  stage.files.serve(certificateUrl, isIssued(answer) ? answer.der : answer)
}

function isIssued(answer: FileAnswer | Issued): answer is Issued {
  return typeof answer === 'object' && 'der' in answer
}

/** The certificates of the authority, and of those above it, are to be had where they say. */
export function publish(stage: HostileStage, { url, der, above }: Published): void {
  stage.issuers.serve(url, der)
  if (above) publish(stage, above)
}

/** A signer that is made at this moment of the service. */
type MakeSigner = (now: Date) => Wrong

/**
 * A signer that is refused for what his certificate says of itself: nothing is fetched on its behalf. He signs the request, where his key can
 * make a signature that is looked at.
 */
export function refusedSigner(what: string, code: Refusal['code'], make: MakeSigner): Refusal {
  return { what, status: 401, code, downloads: { [storeHost]: 1 }, break: (request, stage) => signedByMade(request, stage, make) }
}

/** A signer whom nothing is held against. */
export function acceptedSigner(what: string, make: MakeSigner): Acceptance {
  return { what, bend: (request, stage) => signedByMade(request, stage, make) }
}

function signedByMade(request: SignedRequest, stage: HostileStage, make: MakeSigner): SignedRequest {
  stage.pass(dayMs)
  const signer = signerWith(make(stage.service().now()))
  serve(stage, signer)
  return isAbleToSign(signer) ? stage.valid({ signer }) : request
}

function isAbleToSign({ keys: { privateKey } }: Issued): boolean {
  const { modulusLength = 0 } = privateKey.asymmetricKeyDetails ?? {}
  return privateKey.asymmetricKeyType === 'rsa' && modulusLength > 2040 && modulusLength <= 4096
}

/** The authority above the signer, and the signer, where there is more to say of him; made under this name, at this moment of the service. */
type MakeBranch = (name: string, now: Date) => { issuer: Published; signer?: Issued }

/** A signer that is refused for an authority above him; so many of them are fetched. */
export function refusedIssuer(what: string, code: Refusal['code'], make: MakeBranch, fetched = 1): Refusal {
  return {
    what,
    status: 401,
    code,
    downloads: { [storeHost]: 1, [issuerHost]: fetched },
    break: (_request, stage) => signedBelowMade(what, stage, make)
  }
}

/** An authority above the signer that nothing is held against. */
export function acceptedIssuer(what: string, make: MakeBranch): Acceptance {
  return { what, bend: (_request, stage) => signedBelowMade(what, stage, make) }
}

function signedBelowMade(name: string, stage: HostileStage, make: MakeBranch): SignedRequest {
  stage.pass(dayMs)
  const { issuer, signer = signerOf(issuer) } = make(name, stage.service().now())
  serve(stage, signer)
  publish(stage, issuer)
  return stage.valid({ signer })
}

/** An RSA public key of these numbers, which nobody needs to have the private key of. */
export function rsaSpki(modulus: bigint | Uint8Array, exponent: bigint | Uint8Array): Buffer {
  return sequence(sequence(oid('1.2.840.113549.1.1.1'), nothing), bits(sequence(integer(modulus), integer(exponent))))
}

/** PKCS #7 «certs-only» (RFC 5652 section 5.1). */
export function pkcs7(...certificates: readonly Uint8Array[]): Buffer {
  const message = sequence(
    integer(1n),
    Buffer.from([0x31, 0]),
    sequence(oid('1.2.840.113549.1.7.1')),
    tlv(0xa0, ...certificates),
    Buffer.from([0x31, 0])
  )
  return sequence(oid('1.2.840.113549.1.7.2'), tlv(0xa0, message))
}

/** The request under another certificate URL. */
export function withUrl({ headers, ...request }: SignedRequest, url: string): SignedRequest {
  return { ...request, headers: headers.map(([name, value]) => [name, /^x-ms-certificate-url$/i.test(name) ? url : value] as const) }
}
