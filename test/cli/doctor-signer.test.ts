import t, { type Test } from 'tap'
import { readCertificate } from '../../src/callback/certificate.ts'
import type { PathStep } from '../../src/callback/prove-signer.ts'
import { pathWarnings } from '../../src/cli/path-warnings.ts'
import {
  at,
  authority,
  extendedKeyUsage,
  type Issued,
  issuerUrls,
  issuingName,
  nameOf,
  purposes,
  rsaKeys,
  signingCertificate
} from '../fixtures/certificates.ts'
import { pem } from '../fixtures/der.ts'
import { certificateUrl } from '../fixtures/signed-callback.ts'
import { stored } from '../fixtures/stored.ts'
import { run } from '../fixtures/terminal.ts'
import { serverTls, tlsRoot } from '../hostile/genuine-pki.ts'
import { servedFiles } from '../hostile/served-files.ts'

const dayMs = 24 * 60 * 60 * 1000
const issuingUrl = 'http://www.microsoft.com/pkiops/certs/issuing.crt'
const around = (now: Date, days: number) => ({
  notBefore: new Date(now.getTime() - 400 * dayMs),
  notAfter: new Date(now.getTime() + days * dayMs + 60_000)
})
const keys = { root: rsaKeys(), issuing: rsaKeys(), signer: rsaKeys() }

/** Root, issuing authority and signer that end so many days after `now`. */
function chain(now: Date, days: { root?: number; issuing?: number; signer?: number } = {}) {
  const root = authority({ keys: keys.root, subject: nameOf(['CN', 'Root']), ...around(now, days.root ?? 1000) })
  const issuing = authority({
    issuer: root,
    keys: keys.issuing,
    subject: issuingName,
    ...around(now, days.issuing ?? 500),
    extensions: { eku: extendedKeyUsage(purposes.serverAuth) }
  })
  const signer = signingCertificate({
    issuer: issuing,
    keys: keys.signer,
    ...around(now, days.signer ?? 100),
    extensions: { aia: issuerUrls(issuingUrl) }
  })
  return { root, issuing, signer }
}

const read = ({ der }: Issued) => readCertificate(der)

t.test('a path is warned of before it ends, each part in its own time, with what to do', async t => {
  const path = (days: Parameters<typeof chain>[1], origin: 'shipped' | 'added' | 'fetched' = 'shipped'): PathStep[] => {
    const { root, issuing, signer } = chain(at, days)
    return [
      { position: 'signer', origin: 'given', certificate: read(signer) },
      { position: 'intermediate', origin, certificate: read(issuing) },
      { position: 'root', origin: 'shipped', certificate: read(root) }
    ]
  }
  const ended = read(chain(at, { issuing: -1 }).issuing)
  const warnings = (days: Parameters<typeof chain>[1], pool: Parameters<typeof pathWarnings>[1] = []) => pathWarnings(path(days), pool, at)
  t.same(warnings({ signer: 21, issuing: 42, root: 42 }), [])
  t.match(warnings({ signer: 20 }), [/^The signer CN=pcnotifications.* ends on 2026-03-30, in 20 days\. .*CALLBACK_SIGNER_NAMES/])
  t.match(warnings({ issuing: 41 }), [/^The intermediate .*, in 41 days\. .*«trust add FILE»/])
  t.match(warnings({ root: 41 }), [/^The root CN=Root .*CALLBACK_ROOTS/])
  t.match(warnings({}, [{ certificate: ended, origin: 'configured' }]), [
    /^The configured .* ended on 2026-03-09\. .*CALLBACK_INTERMEDIATES/
  ])
  t.match(warnings({}, [{ certificate: ended, origin: 'added' }]), [/^The added .* ended on .*«trust remove [0-9a-f]{64}»/])
  t.same(warnings({}, [{ certificate: ended, origin: 'fetched' }]), [], 'what the service fetched itself is its own business')
  t.same(warnings({}, [{ certificate: read(authority(around(at, -1))), origin: 'added' }]), [], 'nor is one that the path does not need')
})

/** What doctor finds of the signer; the rest of the settings is missing. */
async function examined(t: Test, days: Parameters<typeof chain>[1], env: Record<string, string> = {}) {
  const { root, issuing, signer } = chain(new Date(), days)
  const files = await servedFiles(t, serverTls([new URL(certificateUrl).hostname]))
  const issuers = await servedFiles(t)
  files.serve(certificateUrl, signer.der)
  issuers.serve(issuingUrl, issuing.der)
  const store = await stored(t, async () => undefined)
  const settings = {
    ...store.env,
    CALLBACK_ROOTS: pem(root.der),
    TLS_ROOTS: pem(tlsRoot.der),
    CONNECT_TO: `${new URL(certificateUrl).hostname}=${files.address},www.microsoft.com=${issuers.address}`,
    ...env
  }
  const { out } = await run(['doctor', '--json'], settings)
  const findings = JSON.parse(out) as Record<string, unknown>[]
  return { finding: findings.find(({ what }) => what === 'Signing certificate'), said: () => run(['doctor'], settings), ...store, issuing }
}

t.test('doctor tells the path of the signer, and that it rests on what was fetched', async t => {
  const { finding, said, withStore } = await examined(t, {})
  t.match(finding, {
    ok: true,
    detail:
      /^CN=pcnotifications[^\n]*, valid for 100 more days\n← CN=Test TLS G2 RSA CA OCSP 02[^\n]* \(fetched, until [^\n]*\n← CN=Root \(configured, until [^\n]*\n.*«trust fetch» adds them for good/
  })
  t.match((await said()).out, /ok +Signing certificate +CN=pcnotifications.*\n +← CN=Test/)
  t.same(await withStore(({ intermediates }) => intermediates.list()), [], 'it only looks')
})

t.test('doctor warns in time, and tells that from a failure', async t => {
  const { finding, said } = await examined(t, { signer: 10, issuing: 30 })
  t.match(finding, { ok: false, warning: true, detail: /valid for 10 more days/, advice: /in 10 days\.[\s\S]*in 30 days\./ })
  t.notOk(finding && 'code' in finding)
  const { code, out, note } = await said()
  t.equal(code, 1)
  t.match(out, /!! +Signing certificate/)
  t.match(note, /The signer CN=pcnotifications.* ends on /)
})

t.test('doctor names the configured intermediate that has ended', async t => {
  const ended = chain(new Date(), { issuing: -1 }).issuing
  const { finding } = await examined(t, { issuing: -1 }, { CALLBACK_INTERMEDIATES: pem(ended.der) })
  t.match(finding, {
    ok: false,
    code: 'CERTIFICATE_CHAIN_REFUSED',
    detail: /The configured intermediate CN=Test TLS G2 RSA CA OCSP 02.* ended on .*CALLBACK_INTERMEDIATES/
  })
  t.notOk(finding && 'warning' in finding)
})
