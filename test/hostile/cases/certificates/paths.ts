/** Who may issue what to whom: authorities and their limits (RFC 5280 section 6.1). */
import type { Test } from 'tap'
import {
  alternativeNames,
  basicConstraints,
  directory,
  dns,
  email,
  extendedKeyUsage,
  ip,
  keyUsage,
  microsoft,
  nameConstraints,
  otherName,
  purposes,
  signerNames,
  type Template
} from '../../../fixtures/certificates.ts'
import { type Bytes, pem, printable } from '../../../fixtures/der.ts'
import type { Acceptance, HostileCase, Refusal } from '../../hostile-case.ts'
import {
  acceptedIssuer,
  acceptedSigner,
  authorityWith,
  issuerHost,
  offer,
  publish,
  publishedIssuing,
  refusedIssuer,
  refusedSigner,
  signerOf,
  signerWith,
  storeHost,
  strangerKeys
} from '../../hostile-pki.ts'
import { hostileStage } from '../../stage.ts'

type Extensions = NonNullable<Template['extensions']>
const [dispatch = ''] = signerNames

const refusedPurpose = (what: string, extensions: Extensions): Refusal =>
  refusedSigner(what, 'CERTIFICATE_PURPOSE_REFUSED', () => ({ extensions }))
const refusedAuthority = (what: string, extensions: Extensions): Refusal =>
  refusedIssuer(what, 'CERTIFICATE_CHAIN_REFUSED', name => ({ issuer: authorityWith(name, { extensions }) }))
const acceptedAuthority = (what: string, extensions: Extensions): Acceptance =>
  acceptedIssuer(what, name => ({ issuer: authorityWith(name, { extensions }) }))

/** The lowest of several authorities in a row; the first allows so many below it. */
const row = (name: string, pathLength: number, between: number) => {
  let issuer = authorityWith(`${name}, first`, { pathLength })
  for (let index = 0; index < between; index++) issuer = authorityWith(`${name}, ${index}`, { above: issuer })
  return { issuer }
}

/** A certificate of a server, which the genuine authority has issued to somebody, as it would to anybody. */
const leafAsIssuer = (what: string, code: Refusal['code'], extensions: Extensions): Refusal =>
  refusedIssuer(what, code, name => {
    const issuer = { ...signerWith({ keys: strangerKeys, extensions }), url: `http://${issuerHost}/${encodeURIComponent(name)}.crt` }
    return { issuer, signer: signerOf(issuer) }
  })

const constrained =
  (_what: string, constraints: Parameters<typeof nameConstraints>[0], san: Bytes[] = [dns(dispatch)]) =>
  (name: string) => {
    const issuer = authorityWith(name, { extensions: { nc: nameConstraints(constraints) } })
    return { issuer, signer: signerOf(issuer, { extensions: { san: alternativeNames(san) } }) }
  }
const forbidden = (what: string, constraints: Parameters<typeof nameConstraints>[0], san?: Bytes[]): Refusal =>
  refusedIssuer(what, 'CERTIFICATE_CHAIN_REFUSED', constrained(what, constraints, san))
const permitted = (what: string, constraints: Parameters<typeof nameConstraints>[0], san?: Bytes[]): Acceptance =>
  acceptedIssuer(what, constrained(what, constraints, san))

const numbered = (count: number, of: (index: number) => Bytes): Bytes[] => Array.from({ length: count }, (_, index) => of(index))

/** Each of many names would have to be compared with each of many constraints. */
async function manyNames(t: Test): Promise<void> {
  const many = (count: number, size: number) => {
    const name = `many ${count} ${size}`
    const of = (index: number): Bytes => dns(`${index.toString(36).padStart(size, 'a')}.b`)
    const issuer = authorityWith(name, {
      extensions: { nc: nameConstraints({ excluded: numbered(count, index => dns(`q${index.toString(36)}`)) }) }
    })
    const signer = signerOf(issuer, { extensions: { san: alternativeNames([dns(dispatch), ...numbered(count, of)]) } })
    return { issuer, signer }
  }
  const stage = await hostileStage(t)
  const small = many(1000, 2)
  t.ok(
    small.signer.der.length < 16 * 1024 && small.issuer.der.length < 16 * 1024,
    'a thousand short names are within the limit of downloads'
  )
  offer(stage, small.signer)
  publish(stage, small.issuer)
  const started = performance.now()
  const downloads = { [storeHost]: 1, [issuerHost]: 1 }
  await stage.refuses(t, stage.valid(), { what: 'a million comparisons', status: 401, code: 'CERTIFICATE_CHAIN_REFUSED', downloads })
  t.ok(performance.now() - started < 5000, 'and are given up soon')
  t.match((await stage.send(stage.valid())).body.detail, /too many comparisons/, 'for this reason')

  const large = many(1000, 20)
  t.ok(large.signer.der.length > 16 * 1024, 'a thousand longer ones are not')
  offer(stage, large.signer)
  publish(stage, large.issuer)
  const tooLarge = { status: 503, code: 'CERTIFICATE_UNREADABLE', downloads: { [storeHost]: 1 } } as const
  await stage.refuses(t, stage.valid(), { what: 'more than a download may have', ...tooLarge })

  const few = many(300, 2)
  offer(stage, few.signer)
  publish(stage, few.issuer)
  await stage.accepts(t, stage.valid(), 'what a busy authority may have')
}

/** As many authorities of one name as fit into the settings, none of which has signed what is below it. */
async function manyAuthorities(t: Test): Promise<void> {
  const name = 'one of many'
  const others = numbered(500, () => authorityWith(name).der)
  const issuer = authorityWith(name)
  const stage = await hostileStage(t, { env: { CALLBACK_INTERMEDIATES: others.map(der => pem(der)).join('') } })
  offer(stage, signerWith({ issuer, extensions: { aia: undefined } }))
  const started = performance.now()
  await stage.refuses(t, stage.valid(), { status: 401, code: 'CERTIFICATE_CHAIN_REFUSED', downloads: { [storeHost]: 1 } })
  t.ok(performance.now() - started < 5000)
}

export const pathCases: HostileCase[] = [
  {
    subject: 'an authority as the signer',
    variants: [
      refusedPurpose('that may sign certificates', {
        basicConstraints: basicConstraints(true),
        keyUsage: keyUsage('digitalSignature', 'keyCertSign')
      }),
      refusedPurpose('that says so only by the way', { basicConstraints: basicConstraints(true, undefined, false) }),
      refusedPurpose('that may have none below it', { basicConstraints: basicConstraints(true, 0) }),
      refusedSigner('by its key usage alone', 'CERTIFICATE_MALFORMED', () => ({
        extensions: { keyUsage: keyUsage('digitalSignature', 'keyCertSign') }
      })),
      refusedSigner('by its path length alone', 'CERTIFICATE_MALFORMED', () => ({
        extensions: { basicConstraints: basicConstraints(false, 0) }
      })),
      acceptedSigner('not by saying nothing of it', () => ({ extensions: { basicConstraints: undefined } }))
    ]
  },
  {
    subject: 'somebody who issues certificates and may not',
    variants: [
      acceptedSigner('the holder of a certificate, who signs no others', () => ({})),
      leafAsIssuer('the holder of a certificate', 'CERTIFICATE_CHAIN_REFUSED', {}),
      leafAsIssuer('without basic constraints', 'CERTIFICATE_CHAIN_REFUSED', { basicConstraints: undefined }),
      leafAsIssuer('without basic constraints and key usage (CVE-2026-33896)', 'CERTIFICATE_CHAIN_REFUSED', {
        basicConstraints: undefined,
        keyUsage: undefined
      }),
      refusedAuthority('an authority without basic constraints and key usage (CVE-2026-33896)', {
        basicConstraints: undefined,
        keyUsage: undefined
      }),
      refusedAuthority('an authority without basic constraints', { basicConstraints: undefined }),
      refusedAuthority('an authority by its key usage alone', { basicConstraints: basicConstraints(false) }),
      refusedAuthority('an authority whose basic constraints are not critical', {
        basicConstraints: basicConstraints(true, undefined, false)
      }),
      refusedAuthority('an authority whose key is for other things', { keyUsage: keyUsage('digitalSignature', 'crlSign') })
    ]
  },
  {
    subject: 'more authorities in a row than one of them allows',
    variants: [
      refusedIssuer('one below none', 'CERTIFICATE_CHAIN_REFUSED', name => row(name, 0, 1), 2),
      refusedIssuer('two below none', 'CERTIFICATE_CHAIN_REFUSED', name => row(name, 0, 2), 3),
      refusedIssuer('two below one', 'CERTIFICATE_CHAIN_REFUSED', name => row(name, 1, 2), 3),
      refusedIssuer(
        'below the genuine issuer, which allows none',
        'CERTIFICATE_CHAIN_REFUSED',
        name => ({
          issuer: authorityWith(name, { above: publishedIssuing })
        }),
        2
      ),
      acceptedIssuer('none below none', name => row(name, 0, 0)),
      acceptedIssuer('two below two', name => row(name, 2, 2))
    ]
  },
  {
    subject: 'a certificate for another purpose',
    variants: [
      refusedPurpose('for code', { eku: extendedKeyUsage(purposes.codeSigning) }),
      refusedPurpose('for mail', { eku: extendedKeyUsage(purposes.emailProtection) }),
      refusedPurpose('for clients', { eku: extendedKeyUsage(purposes.clientAuth) }),
      refusedPurpose('for anything, but not by name', { eku: extendedKeyUsage(purposes.any) }),
      refusedPurpose('for nothing in particular', { eku: undefined }),
      refusedPurpose('with a key that is for encryption only', { keyUsage: keyUsage('keyEncipherment') }),
      refusedPurpose('with a key that is for lists of revoked ones only', { keyUsage: keyUsage('crlSign') }),
      refusedSigner('for no purpose at all', 'CERTIFICATE_MALFORMED', () => ({ extensions: { eku: extendedKeyUsage() } })),
      refusedSigner('with a key that is for nothing', 'CERTIFICATE_MALFORMED', () => ({ extensions: { keyUsage: keyUsage() } })),
      acceptedSigner('for servers and clients', () => ({
        extensions: { eku: extendedKeyUsage(purposes.clientAuth, purposes.serverAuth) }
      })),
      acceptedSigner('with a key whose use is open', () => ({ extensions: { keyUsage: undefined } }))
    ]
  },
  {
    subject: 'an authority for another purpose',
    variants: [
      refusedAuthority('for mail', { eku: extendedKeyUsage(purposes.emailProtection) }),
      refusedAuthority('for code', { eku: extendedKeyUsage(purposes.codeSigning) }),
      refusedAuthority('for clients', { eku: extendedKeyUsage(purposes.clientAuth) }),
      refusedIssuer(
        'below one for mail',
        'CERTIFICATE_CHAIN_REFUSED',
        name => {
          const above = authorityWith(`${name}, above`, { extensions: { eku: extendedKeyUsage(purposes.emailProtection) } })
          return { issuer: authorityWith(name, { above }) }
        },
        2
      ),
      acceptedAuthority('for all of them', { eku: undefined }),
      acceptedAuthority('for any purpose', { eku: extendedKeyUsage(purposes.any) })
    ]
  },
  {
    subject: 'an authority that must not name the signer',
    variants: [
      forbidden('by his own name', { excluded: [dns(dispatch)] }),
      forbidden('by a name above his', { excluded: [dns('microsoft.com')] }),
      forbidden('by all names', { excluded: [dns('')] }),
      forbidden('in other case', { excluded: [dns('MICROSOFT.com')] }),
      forbidden('because it may name others only', { permitted: [dns('example.com')] }),
      forbidden('because a name that ends alike is another', { permitted: [dns('soft.com')] }),
      forbidden('by his organization', { excluded: [directory(['C', printable('US')], ['O', microsoft])] }),
      forbidden('because it may name another organization only', { permitted: [directory(['O', 'Contoso'])] }),
      forbidden('for a second name', { permitted: [dns('microsoft.com')] }, [dns(dispatch), dns('evil.test')]),
      forbidden('for an address beside it', { excluded: [ip(0, 0, 0, 0, 0, 0, 0, 0)] }, [dns(dispatch), ip(10, 0, 0, 1)]),
      forbidden('for a mailbox beside it', { permitted: [email('example.com')] }, [dns(dispatch), email('a@evil.test')]),
      forbidden('for a name of a kind that cannot be judged', { excluded: [otherName()] }, [dns(dispatch), otherName()]),
      forbidden('for a wildcard that touches what is excluded (CVE-2025-61727)', { excluded: [dns('a.evil.test')] }, [
        dns(dispatch),
        dns('*.evil.test')
      ]),
      refusedIssuer(
        'by one above it',
        'CERTIFICATE_CHAIN_REFUSED',
        name => {
          const above = authorityWith(`${name}, above`, { extensions: { nc: nameConstraints({ excluded: [dns('microsoft.com')] }) } })
          return { issuer: authorityWith(name, { above }) }
        },
        2
      ),
      permitted('but one that may', { permitted: [dns('microsoft.com')] }),
      permitted('but one that must not name others', { excluded: [dns('example.com')] })
    ]
  },
  {
    subject: 'certificates that are made to keep a verifier busy',
    variants: [
      { what: 'a thousand names under a thousand constraints', story: manyNames },
      { what: 'five hundred authorities of one name', story: manyAuthorities }
    ]
  }
]
