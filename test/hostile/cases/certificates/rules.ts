/** Certificates that break a rule of X.509 which every public one keeps. */
import { alternativeNames, dns, extension, ids, keyId, nameOf, signerNames, type Template } from '../../../fixtures/certificates.ts'
import { bits, nothing, octets, oid, sequence, tlv, utf8 } from '../../../fixtures/der.ts'
import { genuine } from '../../genuine-pki.ts'
import type { HostileCase, Refusal } from '../../hostile-case.ts'
import { acceptedSigner, authorityWith, refusedIssuer, refusedSigner, type Wrong } from '../../hostile-pki.ts'

const unknownId = '1.3.6.1.4.1.55738.666.1'
const [dispatch = ''] = signerNames

const malformed = (what: string, wrong: Wrong): Refusal => refusedSigner(what, 'CERTIFICATE_MALFORMED', () => wrong)
const extended = (what: string, extensions: NonNullable<Template['extensions']>): Refusal => malformed(what, { extensions })
const refusedAuthority = (what: string, extensions: NonNullable<Template['extensions']>): Refusal =>
  refusedIssuer(what, 'CERTIFICATE_CHAIN_REFUSED', name => ({ issuer: authorityWith(name, { extensions }) }))
/** What cannot be read is as good as not there: whoever may have the right one can be asked again. */
const unreadableAuthority = (what: string, wrong: Wrong): Refusal => ({
  ...refusedIssuer(what, 'CERTIFICATE_ISSUER_UNREACHABLE', name => ({ issuer: authorityWith(name, wrong) })),
  status: 503
})

export const ruleCases: HostileCase[] = [
  {
    subject: 'an extension that nobody here understands, and that must be understood',
    variants: [
      extended('of an unknown kind', { unknown: extension(unknownId, nothing, true) }),
      extended('of a certificate that was never issued', { poison: extension('1.3.6.1.4.1.11129.2.4.3', nothing, true) }),
      extended('policy constraints', { policies: extension(ids.policyConstraints, sequence(tlv(0x80, Buffer.from([0]))), true) }),
      extended('policy constraints that are not critical', {
        policies: extension(ids.policyConstraints, sequence(tlv(0x80, Buffer.from([0]))))
      }),
      refusedAuthority('of the authority', { unknown: extension(unknownId, nothing, true) }),
      acceptedSigner('but one that need not be understood', () => ({ extensions: { unknown: extension(unknownId, nothing) } }))
    ]
  },
  {
    subject: 'an extension twice',
    variants: [
      extended('the names', { again: alternativeNames([dns(dispatch)]) }),
      extended('other names', { again: alternativeNames([dns('evil.test')]) }),
      extended('the purposes', { again: extension(ids.eku, sequence(oid('1.3.6.1.5.5.7.3.1'))) }),
      extended('an unknown one', { one: extension(unknownId, nothing), two: extension(unknownId, nothing) }),
      unreadableAuthority('of the authority', { extensions: { again: extension(ids.ski, octets(Buffer.from([1]))) } })
    ]
  },
  {
    subject: 'a certificate of another version',
    variants: [
      malformed('the first', { version: 1 }),
      malformed('the second', { version: 2 }),
      malformed('the fourth', { version: 4 }),
      refusedIssuer('the authority of the first', 'CERTIFICATE_CHAIN_REFUSED', name => ({ issuer: authorityWith(name, { version: 1 }) }))
    ]
  },
  {
    subject: 'an extension that is not what it has to be',
    variants: [
      extended('a key identifier that is critical', { ski: extension(ids.ski, octets(keyId(genuine.signer.keys)), true) }),
      extended('no key identifier of the issuer', { aki: undefined }),
      extended('names that are mere text', { san: extension(ids.san, utf8(dispatch)) }),
      extended('an empty list of names', { san: alternativeNames([]) }),
      extended('a name of an unknown kind', { san: alternativeNames([dns(dispatch), tlv(0x9f, Buffer.from('x'))]) }),
      extended('bytes behind it', { san: extension(ids.san, Buffer.concat([sequence(dns(dispatch)), Buffer.from([0])])) }),
      extended('basic constraints with a truth value that is neither', {
        basicConstraints: extension(ids.basicConstraints, sequence(tlv(1, Buffer.from([1]))), true)
      }),
      extended('a key usage of three bytes', { keyUsage: extension(ids.keyUsage, bits(Buffer.from([0x80, 0, 1])), true) }),
      extended('a nest without end', { san: extension(ids.san, nest(2000)) }),
      unreadableAuthority('a constraint of names that is empty', {
        extensions: { nc: extension(ids.nameConstraints, sequence(), true) }
      }),
      extended('an address of the issuer that is no address', { aia: extension(ids.aia, Buffer.from('http://evil.test/')) })
    ]
  },
  {
    subject: 'a serial number that is none',
    variants: [
      malformed('zero', { serial: 0n }),
      malformed('below zero', { serial: Buffer.from([0x80]) }),
      malformed('of 22 bytes', { serial: Buffer.alloc(22, 0x7f) }),
      malformed('with zeros in front', { serial: Buffer.from([0, 0, 1]) }),
      malformed('empty', { serial: Buffer.alloc(0) })
    ]
  },
  {
    subject: 'a name that is none',
    variants: [
      malformed('no issuer', { issuerName: sequence() }),
      malformed('no subject', { subject: sequence() }),
      malformed('a subject that is not UTF-8', { subject: nameOf(['CN', tlv(0x0c, Buffer.from([0xc3, 0x28]))]) }),
      malformed('a subject with an empty part', { subject: sequence(tlv(0x31)) }),
      malformed('an attribute whose kind is cut', { subject: sequence(tlv(0x31, sequence(tlv(6, Buffer.from([0x55, 0x84])), utf8('x')))) })
    ]
  }
]

/** Sequences in one another. */
function nest(depth: number): Buffer {
  let inner: Buffer = Buffer.from(nothing)
  for (let level = 0; level < depth; level++) inner = sequence(inner)
  return inner
}
