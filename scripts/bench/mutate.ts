import { isDeepStrictEqual } from 'node:util'
import { type CertificateSource, certificateSource } from '../../src/callback/certificate-source.ts'
import type { Headers } from '../../src/callback/read-headers.ts'
import { verifyCallback } from '../../src/callback/verify-callback.ts'
import { Failure, failureFrom } from '../../src/failure.ts'
import {
  at,
  authority,
  extendedKeyUsage,
  issuerUrls,
  issuingName,
  microsoft,
  nameOf,
  purposes,
  rsaKeys,
  signerNames,
  signingCertificate
} from '../../test/fixtures/certificates.ts'
import { pem } from '../../test/fixtures/der.ts'
import { certificateHosts, certificateUrl, eventBody, signedCallback } from '../../test/fixtures/signed-callback.ts'
import type { Bench } from '../bench.ts'
import { progress, round } from './figures.ts'
import { oneOf, type Random, seededRandom } from './fuzz/random.ts'
import { callbackMutations, harmlessChanges, type SentCallback, signatureHeaders } from './mutate/callback-mutations.ts'
import { certificateMutations } from './mutate/certificate-mutations.ts'
import { counts, emptyTally, type Tally, tallied } from './mutate/tally.ts'

const maxMs = 1000

/**
 * Certificates and callbacks that were good, each with one thing changed, through the verifier as the service uses it: none may be accepted, none may
 * end in anything but its Failure, none may take long. Whatever leaves the signed bytes, the signature and the meaning as they were is no mutation;
 * such changes are tried besides, and have to be accepted.
 */
export const mutate: Bench = {
  summary: 'certificates and callbacks with one thing changed: none may be accepted',
  options: {
    certificates: { default: '5000', text: 'How many changed certificates, leaf and intermediates.' },
    callbacks: { default: '5000', text: 'How many changed callbacks.' },
    seed: { default: '1', text: 'The same seed makes the same choices; the keys are fresh.' }
  },
  async run(options) {
    const random = seededRandom(Number(options.seed))
    const chain = genuineChain()
    const certificates = emptyTally()
    const callbacks = emptyTally()
    const harmless = emptyTally()
    await mutateCertificates(chain, Number(options.certificates), random, certificates)
    await mutateCallbacks(chain, Number(options.callbacks), random, { callbacks, harmless })
    progress(`certificates by mutation: ${counts(certificates.mutations)}\n`)
    progress(`certificates by code: ${counts(certificates.codes)}\n`)
    progress(`callbacks by mutation: ${counts(callbacks.mutations)}\n`)
    progress(`callbacks by code: ${counts(callbacks.codes)}\n`)

    const both = [certificates, callbacks]
    const sum = (list: readonly Tally[], code: string): number => list.reduce((total, { codes }) => total + (codes.get(code) ?? 0), 0)
    const [accepted, crashed] = [sum(both, 'accepted'), sum(both, 'INTERNAL')]
    const tried = [...harmless.codes.values()].reduce((total, count) => total + count, 0)
    const worstMs = Math.max(certificates.worstMs, callbacks.worstMs)
    const line = `mutate, seed ${options.seed}: certificates ${options.certificates}, callbacks ${options.callbacks}, accepted ${accepted}, crashes ${crashed}, worst ${round(worstMs)} ms; harmless changes ${tried}, accepted ${sum([harmless], 'accepted')}`
    return { line, ok: accepted === 0 && crashed === 0 && worstMs <= maxMs && sum([harmless], 'accepted') === tried }
  }
}

type Chain = ReturnType<typeof genuineChain>

/** The shape of the public chain of today: leaf, issuing authority, cross-signed root, pinned root, each pointing to its issuer. */
function genuineChain() {
  const urls = { issuing: 'http://www.microsoft.com/issuing.crt', crossSigned: 'http://www.microsoft.com/xsign.crt' }
  const serverOnly = extendedKeyUsage(purposes.serverAuth)
  const root = authority({ keys: rsaKeys(), subject: nameOf(['O', 'Test Trust'], ['CN', 'Global Root G2']) })
  const crossSigned = authority({ issuer: root, keys: rsaKeys(), extensions: { eku: serverOnly } })
  const issuing = authority({
    issuer: crossSigned,
    keys: rsaKeys(),
    subject: issuingName,
    pathLength: 0,
    extensions: { eku: serverOnly, aia: issuerUrls(urls.crossSigned) }
  })
  const keys = rsaKeys()
  const leaf = signingCertificate({ issuer: issuing, keys, extensions: { aia: issuerUrls(urls.issuing) } })
  const files = { [certificateUrl]: leaf.der, [urls.issuing]: issuing.der, [urls.crossSigned]: crossSigned.der }
  return { root, files, keys }
}

/** A fresh source over these files; every other address is empty. */
function sourceOf({ root }: Chain, files: Readonly<Record<string, Buffer>>): CertificateSource {
  return certificateSource({
    roots: [pem(root.der)],
    intermediates: [],
    organization: microsoft,
    issuerOrganization: microsoft,
    names: signerNames,
    issuerHosts: ['www.microsoft.com'],
    now: () => at,
    async download(url) {
      const file = files[url]
      if (file === undefined) throw new Failure('CERTIFICATE_UNREACHABLE', 'There is no such file.')
      return file
    }
  })
}

const codeOf = (judged: Promise<unknown>): Promise<string> =>
  judged.then(
    () => 'accepted',
    error => failureFrom(error).code
  )

async function mutateCertificates(chain: Chain, count: number, random: Random, tally: Tally): Promise<void> {
  const urls = Object.keys(chain.files)
  const kinds = Object.entries(certificateMutations)
  for (let made = 0; made < count; ) {
    const url = urls[made % urls.length] ?? certificateUrl
    const good = chain.files[url] ?? Buffer.alloc(0)
    const other = chain.files[oneOf(urls, random) ?? url] ?? good
    const [name = '', mutation] = oneOf(kinds, random) ?? []
    const changed = mutation?.(good, random, other)
    if (changed === undefined || changed.equals(good)) continue
    made += 1
    const files = { ...chain.files, [url]: changed }
    const code = await tallied(tally, name, () => codeOf(sourceOf(chain, files).get(certificateUrl)))
    if (code === 'accepted' || code === 'INTERNAL') progress(`${code}: ${name} of ${url}: ${changed.toString('base64')}\n`)
  }
}

async function mutateCallbacks(
  chain: Chain,
  count: number,
  random: Random,
  { callbacks, harmless }: { callbacks: Tally; harmless: Tally }
): Promise<void> {
  const trust = { certificates: sourceOf(chain, chain.files), hosts: certificateHosts }
  const judge = (sent: SentCallback, forms: 'exact' | 'serialisations') =>
    codeOf(verifyCallback({ headers: headersOf(sent), body: sent.body }, trust, forms))
  const updated = Buffer.from(String(eventBody).replace('created', 'updated'))
  const kinds = Object.entries(callbackMutations)
  const changes = Object.entries(harmlessChanges)
  for (let made = 0; made < count; ) {
    const place = oneOf(['authorization', 'x-ms-signature', 'x-ms-signature without the word'], random) ?? 'authorization'
    const [good, other] = [
      sentAs(signedCallback(chain.keys.privateKey, eventBody), place),
      sentAs(signedCallback(chain.keys.privateKey, updated), place)
    ]
    const forms = random(2) === 0 ? 'exact' : 'serialisations'
    if (made % 10 === 0) {
      const [name = '', change] = oneOf(changes, random) ?? []
      const code = await tallied(harmless, name, () => judge(change?.(good, random, other) ?? good, forms))
      if (code !== 'accepted') progress(`${code}, but harmless: ${name}\n`)
    }
    const [name = '', mutation] = oneOf(kinds, random) ?? []
    const changed = mutation?.(good, random, other)
    if (changed === undefined || isSame(good, changed, forms) || isSame(other, changed, forms)) continue
    made += 1
    const code = await tallied(callbacks, name, () => judge(changed, forms))
    if (code === 'accepted' || code === 'INTERNAL')
      progress(`${code}: ${name}, ${forms}: ${JSON.stringify({ ...changed, body: String(changed.body) })}\n`)
  }
}

function sentAs({ headers, body }: ReturnType<typeof signedCallback>, place: string): SentCallback {
  const { authorization = '', ...others } = headers
  const [name = '', ...without] = place.split(' ')
  const signature = without.length > 0 ? String(authorization).replace('Signature ', '') : String(authorization)
  return { headers: [[name, signature], ...Object.entries(others).map(([key, value]) => [key, String(value)] as const)], body }
}

/** As node hands them on: a list where a name comes again. */
function headersOf({ headers }: SentCallback): Headers {
  const found: Record<string, string[]> = {}
  for (const [name, value] of headers) found[name] = [...(Object.hasOwn(found, name) ? (found[name] ?? []) : []), value]
  return found
}

/** Whether the same signature is said to cover a body of the same meaning; in the exact mode, the same bytes. */
function isSame(one: SentCallback, two: SentCallback, forms: 'exact' | 'serialisations'): boolean {
  const signing = ({ headers }: SentCallback) =>
    headers
      .filter(([name]) => signatureHeaders.includes(name.toLowerCase()))
      .map(([name, value]) => `${name.toLowerCase()}: ${value.replace(/^Signature /, '')}`)
      .sort()
  return (
    isDeepStrictEqual(signing(one), signing(two)) && (one.body.equals(two.body) || (forms !== 'exact' && isSameJson(one.body, two.body)))
  )
}

function isSameJson(one: Buffer, two: Buffer): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(String(one)), JSON.parse(String(two)))
  } catch {
    return false
  }
}
