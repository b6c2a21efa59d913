import forge from 'node-forge'
import t from 'tap'
import { checkChain, Failure } from '../../src/callback/check-chain.ts'
import { type CertificatePlan, judgedAt, plannedAuthority, plannedLeaf, rsaLabels } from '../fixtures/arbitraries/certificate-plan.ts'
import { holds } from '../fixtures/arbitraries/holds.ts'
import { planKeys } from '../fixtures/arbitraries/plan-keys.ts'
import { chains } from '../fixtures/arbitraries/worlds.ts'
import { type ForgeOptions, forgeIssuer } from '../fixtures/forge-certificates.ts'

const issue = forgeIssuer(planKeys())

function outcome(leaf: Buffer, intermediates: Buffer[], roots: Buffer[]): string {
  try {
    return `accepted with ${checkChain({ leaf, intermediates, roots, at: judgedAt, purpose: 'serverAuth' }).length}`
  } catch (error) {
    if (error instanceof Failure) return error.code
    throw error
  }
}

t.test('a sound chain that node-forge issued is accepted, and one without its root is not', async t => {
  await holds(t, 20, chains(rsaLabels), async chain => {
    const [root = Buffer.alloc(0), ...rest] = chain.map(plan => issue(plan))
    const leaf = rest.pop() ?? root
    return (
      outcome(leaf, rest, [root]) === `accepted with ${chain.length}` &&
      outcome(leaf, [...rest, root], []) === 'CERTIFICATE_CHAIN_UNTRUSTED'
    )
  })
})

t.test('node-forge itself takes the chains that are accepted here', async t => {
  // A second opinion: https://github.com/digitalbazaar/forge, pki.verifyCertificateChain.
  await holds(t, 10, chains(rsaLabels), async chain => {
    const [root, ...rest] = chain.map(plan => forge.pki.certificateFromAsn1(forge.asn1.fromDer(issue(plan).toString('latin1'))))
    if (root === undefined) return false
    return forge.pki.verifyCertificateChain(forge.pki.createCaStore([root]), rest.toReversed(), { validityCheckDate: judgedAt })
  })
})

const root = plannedAuthority('root', 'rsa1')
const middle = plannedAuthority('middle', 'rsa2', root, { basicConstraints: { isCa: true, pathLength: 0 } })
const leaf = plannedLeaf('rsa3', middle)
const rootDer = issue(root)
const middleDer = issue(middle)

const withLeaf = (more: Partial<CertificatePlan>, options?: ForgeOptions) =>
  outcome(issue({ ...leaf, ...more }, options), [middleDer], [rootDer])
const withMiddle = (more: Partial<CertificatePlan>, options?: ForgeOptions) =>
  outcome(issue(leaf), [issue({ ...middle, ...more }, options)], [rootDer])
const withRoot = (more: Partial<CertificatePlan>, options?: ForgeOptions) =>
  outcome(issue(leaf), [middleDer], [issue({ ...root, ...more }, options)])

const valid = (notBefore: string, notAfter: string): ForgeOptions => ({
  change: ({ validity }) => Object.assign(validity, { notBefore: new Date(notBefore), notAfter: new Date(notAfter) })
})
const named = (...fields: forge.pki.CertificateField[]): ForgeOptions => ({ change: certificate => certificate.setSubject(fields) })
const extended = (...extensions: object[]): ForgeOptions => ({
  change: certificate => certificate.setExtensions([...certificate.extensions, ...extensions])
})
const anything = '\u0004\u0001\u0000'

t.test("what node-forge writes into a leaf is judged by the leaf's rules", async t => {
  for (const [name, code, expected] of [
    ['as it is', withLeaf({}), 'accepted with 3'],
    [
      'a name of many parts, letters and string types',
      withLeaf(
        {},
        named(
          { shortName: 'C', value: 'DE' },
          { shortName: 'O', value: 'Łódź & Søn', valueTagClass: forge.asn1.Type.UTF8 as unknown as forge.asn1.Class },
          { type: '2.5.4.97', value: 'VATDE-123456789' },
          { name: 'emailAddress', value: 'me@example.com', valueTagClass: forge.asn1.Type.IA5STRING as unknown as forge.asn1.Class },
          { type: '1.3.6.1.4.1.311.60.2.1.3', value: 'DE' }
        )
      ),
      'accepted with 3'
    ],
    ['an unknown extension', withLeaf({}, extended({ id: '1.2.3.4', value: anything })), 'accepted with 3'],
    ['until the year 2050', withLeaf({}, valid('2026-01-01T00:00:00Z', '2050-01-01T00:00:00Z')), 'accepted with 3'],
    ['SHA-384', withLeaf({}, { digest: 'SHA-384' }), 'accepted with 3'],
    ['SHA-512', withLeaf({}, { digest: 'SHA-512' }), 'accepted with 3'],
    ['until a second ago', withLeaf({}, valid('2026-01-01T00:00:00Z', '2026-03-10T11:59:59Z')), 'CERTIFICATE_EXPIRED'],
    ['from a second hence', withLeaf({}, valid('2026-03-10T12:00:01Z', '2027-01-01T00:00:00Z')), 'CERTIFICATE_NOT_YET_VALID'],
    ['its dates the wrong way round', withLeaf({}, valid('2027-01-01T00:00:00Z', '2026-01-01T00:00:00Z')), 'CERTIFICATE_NOT_YET_VALID'],
    ['from the last century', withLeaf({}, valid('1950-01-01T00:00:00Z', '1999-12-31T23:59:59Z')), 'CERTIFICATE_EXPIRED'],
    ['an unknown critical extension', withLeaf({ unknownCritical: ['1.2.3.4'] }), 'CERTIFICATE_MALFORMED'],
    ['a critical extension with a long arc', withLeaf({ unknownCritical: ['1.2.4294967295.1'] }), 'CERTIFICATE_MALFORMED'],
    [
      'the same extension twice',
      withLeaf({}, extended({ id: '1.2.3.4', value: anything }, { id: '1.2.3.4', value: anything })),
      'CERTIFICATE_MALFORMED'
    ],
    ['critical inhibitAnyPolicy', withLeaf({ unknownCritical: ['2.5.29.54'] }), 'CERTIFICATE_MALFORMED'],
    ['a critical Netscape type', withLeaf({}, extended({ name: 'nsCertType', server: true, critical: true })), 'CERTIFICATE_MALFORMED'],
    ['SHA-1', withLeaf({}, { digest: 'SHA-1' }), 'CERTIFICATE_MALFORMED'],
    ['MD5', withLeaf({}, { digest: 'MD5' }), 'CERTIFICATE_MALFORMED'],
    [
      'a serial number of 21 bytes',
      withLeaf({}, { change: it => Object.assign(it, { serialNumber: '7f'.repeat(21) }) }),
      'CERTIFICATE_MALFORMED'
    ],
    ['a negative serial number', withLeaf({}, { change: it => Object.assign(it, { serialNumber: 'ff01' }) }), 'CERTIFICATE_MALFORMED'],
    ['version 1', withLeaf({}, { change: it => Object.assign(it, { version: 0 }) }), 'CERTIFICATE_MALFORMED'],
    ['no name at all', withLeaf({}, named()), 'CERTIFICATE_MALFORMED'],
    ['an authority', withLeaf({ basicConstraints: { isCa: true } }), 'CERTIFICATE_PURPOSE_REFUSED'],
    ['for mail', withLeaf({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] }), 'CERTIFICATE_PURPOSE_REFUSED'],
    ['an RSA key of 1024 bits', withLeaf({ key: 'weak' }), 'CERTIFICATE_KEY_REFUSED']
  ] as const) {
    t.equal(code, expected, name)
  }
})

t.test('what node-forge writes into an authority is judged wherever it stands', async t => {
  const faults: [string, Partial<CertificatePlan>, ForgeOptions | undefined, string | undefined][] = [
    ['until a second ago', {}, valid('2026-01-01T00:00:00Z', '2026-03-10T11:59:59Z'), undefined],
    ['from a second hence', {}, valid('2026-03-10T12:00:01Z', '2027-01-01T00:00:00Z'), undefined],
    ['an unknown critical extension', { unknownCritical: ['1.2.3.4'] }, undefined, undefined],
    ['no authority', { basicConstraints: { isCa: false } }, undefined, undefined],
    ['may not sign certificates', { keyUsage: ['digitalSignature', 'cRLSign'] }, undefined, undefined],
    ['for mail', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] }, undefined, undefined],
    ['permits another domain', { constraints: { permitted: ['example.org'], excluded: [] } }, undefined, undefined],
    ['excludes the domain', { constraints: { permitted: [], excluded: ['com'] } }, undefined, undefined],
    ['version 1', {}, { change: it => Object.assign(it, { version: 0 }) }, undefined],
    [
      'the same extension twice',
      {},
      extended({ id: '1.2.3.4', value: anything }, { id: '1.2.3.4', value: anything }),
      'CERTIFICATE_CHAIN_UNTRUSTED'
    ],
    ['another name', {}, named({ shortName: 'CN', value: 'another' }), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['another key', { key: 'rsa4' }, undefined, 'CERTIFICATE_CHAIN_UNTRUSTED']
  ]
  for (const [name, words, options, code = 'CERTIFICATE_CHAIN_REFUSED'] of faults) {
    t.equal(withMiddle(words, options), code, `the middle: ${name}`)
    t.equal(withRoot(words, options), code, `the root: ${name}`)
  }
  t.equal(withMiddle({}, { digest: 'SHA-1' }), 'CERTIFICATE_CHAIN_UNTRUSTED', 'the middle: SHA-1')
  t.equal(withRoot({}, { digest: 'MD5' }), 'accepted with 3', 'the root is trusted, whatever it signs itself with')
  t.equal(withMiddle({ signedBy: 'rsa4' }), 'CERTIFICATE_CHAIN_UNTRUSTED', 'the middle: signed by somebody else')
  const lower = plannedAuthority('lower', 'rsa4', middle)
  t.equal(
    outcome(issue(plannedLeaf('rsa3', lower)), [middleDer, issue(lower)], [rootDer]),
    'CERTIFICATE_CHAIN_REFUSED',
    'a path length of 0'
  )
})
