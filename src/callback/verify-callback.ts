import { Failure } from '../failure.ts'
import type { ReferralEvent } from '../schemas/callback.ts'
import type { CertificateSource, Signer } from './certificate-source.ts'
import { checkCertificateUrl } from './certificate-url.ts'
import { isSignatureOver, signatureLength } from './check-signature.ts'
import { readEvent } from './read-event.ts'
import { type Headers, readHeaders } from './read-headers.ts'
import { type MatchedForm, type Serialisation, serialisations } from './serialisations.ts'

/** A callback as it came: all of its headers, names in any case, and its body byte for byte. */
export interface Callback {
  headers: Headers
  body: Uint8Array
}

/** Whom to believe. */
export interface Trust {
  certificates: CertificateSource
  /** Hosts a signing certificate may be downloaded from. */
  hosts: readonly string[]
}

/** What was proven. */
export interface VerifiedCallback {
  event: ReferralEvent
  signer: Signer
  /** Which bytes the signature covers. */
  matched: MatchedForm
}

/**
 * Proves that a callback comes from Partner Center; the value it gives is the proof. Cheapest and safest check first, and the body is parsed
 * only once its signature holds. `forms` says whether only the exact bytes count or, for a body that a flow has re-serialised, also the
 * written list of forms it may have had; the signature proves each of them.
 * Source: learn.microsoft.com/partner-center/developer/partner-center-webhooks, «How to authenticate the callback».
 *
 * @throws CALLBACK_… and CERTIFICATE_… Failures: 400 malformed, 401 forged, 503 cannot be told at the moment
 */
export async function verifyCallback(
  callback: Callback,
  trust: Trust,
  forms: 'exact' | 'serialisations' = 'exact'
): Promise<VerifiedCallback> {
  const { certificateUrl, signature } = readHeaders(callback.headers)
  // Whoever parsed the body before has lost what was signed.
  if (!(callback.body instanceof Uint8Array) || callback.body.length === 0)
    throw new Failure('CALLBACK_BODY_MISSING', 'The callback has no body.')
  const known = trust.certificates.known(certificateUrl) ?? (await firstKnown(certificateUrl, trust))
  const candidates: readonly Serialisation[] =
    forms === 'exact' ? [{ form: 'as-sent', bytes: callback.body }] : serialisations(callback.body)
  const proven = prove(candidates, signature, known) ?? (await proveRenewed(candidates, signature, known, { trust, certificateUrl }))
  if (proven === undefined) throw mismatch(signature, known)
  return { event: readEvent(proven.bytes), signer: proven.signer, matched: proven.form }
}

/** A URL is checked before anything is asked of it. */
async function firstKnown(certificateUrl: string, { certificates, hosts }: Trust): Promise<Signer> {
  checkCertificateUrl(certificateUrl, hosts)
  return await certificates.get(certificateUrl)
}

type Proof = Serialisation & { signer: Signer }

function prove(candidates: readonly Serialisation[], signature: Buffer, signer: Signer): Proof | undefined {
  for (const { form, bytes } of candidates) if (isSignatureOver(bytes, signature, signer.publicKey)) return { form, bytes, signer }
  return undefined
}

/** The certificate may have been renewed under its old name. */
async function proveRenewed(
  candidates: readonly Serialisation[],
  signature: Buffer,
  tried: Signer,
  { trust, certificateUrl }: { trust: Trust; certificateUrl: string }
): Promise<Proof | undefined> {
  const signer = await trust.certificates.renewed(certificateUrl, tried)
  return signer && prove(candidates, signature, signer)
}

function mismatch(signature: Buffer, { publicKey }: Signer): Failure {
  const expected = signatureLength(publicKey)
  return signature.length === expected
    ? new Failure('CALLBACK_SIGNATURE_MISMATCH', 'The signature does not cover the body.')
    : new Failure('CALLBACK_SIGNATURE_MALFORMED', `The signature has ${signature.length} bytes; this key makes ${expected}.`)
}
