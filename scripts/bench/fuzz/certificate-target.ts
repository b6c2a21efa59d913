import { type Certificate, readableCertificates, readCertificate } from '../../../src/callback/certificate.ts'
import { checkLeaf } from '../../../src/callback/check-leaf.ts'
import { nameText } from '../../../src/callback/distinguished-name.ts'
import { pathFault } from '../../../src/callback/path-rules.ts'
import { issuerCertificates } from '../../../src/callback/read-certificates.ts'
import {
  alternativeNames,
  at,
  authority,
  directory,
  dns,
  email,
  endEntity,
  ip,
  issuerUrls,
  nameConstraints,
  nameOf,
  otherName,
  purposes,
  rsaKeys,
  uri
} from '../../../test/fixtures/certificates.ts'
import { oid, pem } from '../../../test/fixtures/der.ts'
import type { FuzzTarget } from './fuzz-loop.ts'
import { refusalPlace } from './refusal-place.ts'

/** The reader of certificates, and the rules that a signer and its issuers are held against; no signature is computed. */
export function certificateTarget(): FuzzTarget {
  const names = [
    dns('*.example.com'),
    email('me@example.com'),
    uri('https://example.com/'),
    ip(192, 0, 2, 1),
    directory(['CN', 'x']),
    otherName()
  ]
  const constraints = {
    permitted: [dns('example.com'), ip(192, 0, 2, 0, 255, 255, 255, 0)],
    excluded: [email('.example.com'), uri('evil.test')]
  }
  const root = authority({ keys: rsaKeys() })
  const issuer = authority({ issuer: root, pathLength: 1, extensions: { nc: nameConstraints(constraints) } })
  const leaf = endEntity({
    issuer,
    subject: nameOf(['O', 'Test Trust'], ['CN', 'leaf.example.com']),
    keys: rsaKeys(),
    extensions: { san: alternativeNames(names), aia: issuerUrls('http://www.example.com/a.crt') }
  })
  const [readLeaf, readIssuer] = [readCertificate(leaf.der), readCertificate(issuer.der)]
  return {
    seeds: [leaf.der, issuer.der, root.der, Buffer.from(pem(leaf.der))],
    tokens: Object.values(purposes).map(oid),
    isDer: true,
    run(input) {
      readableCertificates(issuerCertificates(input))
      let certificate: Certificate | undefined
      const read = refusalPlace(() => {
        certificate = readCertificate(input)
      })
      if (certificate === undefined) return [read]
      if (!certificate.der.equals(input)) throw new Error('A certificate is not the bytes that it was read from.')
      nameText(certificate.subject)
      const one = certificate
      const context = { at, purpose: 'serverAuth', isAnchor: false } as const
      return [
        `as an issuer: ${pathFault([readLeaf], one, { ...context, budget: { comparisons: 10_000 } })?.replace(/^.*» /, '')}`,
        `below one with constraints: ${pathFault([one], readIssuer, { ...context, budget: { comparisons: 10_000 } })?.replace(/^.*» /, '')}`,
        refusalPlace(() => checkLeaf(one, { at, organization: 'Test Trust', issuerOrganization: '*', names: ['leaf.example.com'] }))
      ]
    }
  }
}
