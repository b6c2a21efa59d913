import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { type ChainQuestion, checkChain } from '../../src/callback/check-chain.ts'
import { nameText } from '../../src/callback/distinguished-name.ts'

const der = (path: string): Buffer => new X509Certificate(readFileSync(new URL(path, import.meta.url))).raw
const folder = (name: string): Record<string, Buffer> =>
  Object.fromEntries(readdirSync(new URL(name, import.meta.url)).map(file => [file.replace(/\.pem$/, ''), der(`${name}${file}`)]))

const roots = folder('../../src/callback/roots/')
const intermediates = folder('../../src/callback/intermediates/')
/** A server's certificate of Microsoft's, as public as can be, with its issuer and the cross-signed root above it. */
const leaf = der('../fixtures/www.bing.com.pem')
const issuing = 'microsoft-tls-g2-rsa-ca-ocsp-02'
const crossSigned = 'microsoft-tls-rsa-root-g2-by-digicert-global-root-g2'

const question: ChainQuestion = {
  leaf,
  intermediates: Object.values(intermediates),
  roots: Object.values(roots),
  at: new Date('2026-05-03T03:13:56Z'),
  purpose: 'serverAuth'
}
const without = (certificates: Record<string, Buffer>, name: string): Buffer[] =>
  Object.entries(certificates).flatMap(([file, bytes]) => (file === name ? [] : [bytes]))

t.test('a chain of the public web leads over a cross-signed root to a shipped one', async t => {
  t.same(
    checkChain(question).map(({ subject }) => /CN=([^,]*)/.exec(nameText(subject))?.[1]),
    ['www.bing.com', 'Microsoft TLS G2 RSA CA OCSP 02', 'Microsoft TLS RSA Root G2', 'DigiCert Global Root G2']
  )
})

const refuses = (t: Test, change: Partial<ChainQuestion>, code: string, what: string): void => {
  t.throws(() => checkChain({ ...question, ...change }), { code }, what)
}

t.test('it does not, with any of its links missing or changed', async t => {
  refuses(t, { intermediates: without(intermediates, issuing) }, 'CERTIFICATE_CHAIN_UNTRUSTED', 'without the issuing authority')
  refuses(t, { intermediates: without(intermediates, crossSigned) }, 'CERTIFICATE_CHAIN_UNTRUSTED', 'without the cross-signed root')
  refuses(t, { roots: without(roots, 'digicert-global-root-g2') }, 'CERTIFICATE_CHAIN_UNTRUSTED', 'without the root')
  refuses(t, { at: new Date('2026-05-03T03:13:54Z') }, 'CERTIFICATE_NOT_YET_VALID', 'a second too early')
  refuses(t, { at: new Date('2026-10-30T03:13:56Z') }, 'CERTIFICATE_EXPIRED', 'a second too late')
  const tail = Buffer.from(leaf)
  tail[tail.length - 1] = (tail.at(-1) ?? 0) ^ 1
  refuses(t, { leaf: tail }, 'CERTIFICATE_CHAIN_UNTRUSTED', 'with a bit of the signature changed')
})

t.test('authorities are no servers', async t => {
  for (const [file, bytes] of Object.entries(intermediates)) refuses(t, { leaf: bytes }, 'CERTIFICATE_PURPOSE_REFUSED', file)
})
