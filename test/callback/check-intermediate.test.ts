import t from 'tap'
import { readCertificate } from '../../src/callback/certificate.ts'
import { intermediateFault } from '../../src/callback/check-intermediate.ts'
import { certificateIndex } from '../../src/callback/find-path.ts'
import {
  at,
  authority,
  dns,
  ecKeys,
  extendedKeyUsage,
  type Issued,
  keyUsage,
  nameConstraints,
  nameOf,
  purposes
} from '../fixtures/certificates.ts'
import { crossSigned, issuing, leaf, root } from '../fixtures/signing-world.ts'

const faultOf = (certificate: Issued, pool: Issued[] = [crossSigned, issuing]): string | undefined =>
  intermediateFault(readCertificate(certificate.der), {
    anchors: certificateIndex([readCertificate(root.der)]),
    pool: certificateIndex(pool.map(({ der }) => readCertificate(der))),
    at
  })

const second = 1000
const noRoom = authority({ issuer: root, pathLength: 0 })
const attacker = authority({ subject: root.name })

const table: [string, Issued, RegExp | undefined, Issued[]?][] = [
  ['one right below a root', crossSigned, undefined],
  ['one further down, with its issuer at hand', issuing, undefined],
  ['one further down, without it', issuing, /^No path leads from it/, []],
  ['a server', leaf, /not an authority/],
  [
    'an authority that may not sign certificates',
    authority({ issuer: root, extensions: { keyUsage: keyUsage('crlSign') } }),
    /may not sign/
  ],
  ['one for mail only', authority({ issuer: root, extensions: { eku: extendedKeyUsage(purposes.emailProtection) } }), /TLS servers/],
  ['an ended one', authority({ issuer: root, notAfter: new Date(at.getTime() - second) }), /past its end/],
  ['one that begins later', authority({ issuer: root, notBefore: new Date(at.getTime() + second) }), /before its start/],
  ['an unknown root', authority(), /^No path leads from it/],
  ['one below a root of the same name', authority({ issuer: attacker }), /^No path leads from it/],
  ['one under an authority that may have none below it', authority({ issuer: noRoom }), /more authorities than it allows/, [noRoom]],
  ['a chain that is good but for its order', issuing, undefined, [issuing, crossSigned]]
]

t.test('an intermediate is of use when it is an authority that leads to a root', async t => {
  for (const [name, certificate, expected, pool] of table) {
    const fault = faultOf(certificate, pool)
    if (expected === undefined) t.equal(fault, undefined, name)
    else t.match(fault, expected, name)
  }
})

t.test('constraints of its issuers hold for it as for any path', async t => {
  const strict = authority({ issuer: root, extensions: { nc: nameConstraints({ permitted: [dns('example.com')] }) } })
  t.equal(faultOf(authority({ issuer: strict }), [strict]), undefined, 'it has no DNS name of its own')
  const weak = authority({ issuer: root, keys: ecKeys('P-256'), subject: nameOf(['CN', 'weak']), hash: 'sha1' })
  t.match(faultOf(weak), /No path|algorithm/)
})
