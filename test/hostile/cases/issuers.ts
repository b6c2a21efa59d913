/** What the hosts of issuers can do, and what a certificate can send us for: authorities are fetched from where certificates say. */
import type { Test } from 'tap'
import { authority, ecKeys, extendedKeyUsage, issuerUrls, nameOf, purposes } from '../../fixtures/certificates.ts'
import { pem } from '../../fixtures/der.ts'
import { certificateUrl } from '../../fixtures/signed-callback.ts'
import { genuine, issuingUrl } from '../genuine-pki.ts'
import type { Acceptance, HostileCase, Refusal, Refused, Story } from '../hostile-case.ts'
import {
  authorityName,
  authorityWith,
  issuerHost,
  offer,
  type Published,
  pkcs7,
  publish,
  signerOf,
  signerWith,
  storeHost
} from '../hostile-pki.ts'
import type { FileAnswer } from '../served-files.ts'
import { type HostileStage, hostileStage } from '../stage.ts'

const otherHost = 'caissuers.microsoft.com'
const otherUrl = issuingUrl.replace(issuerHost, otherHost)
const asked = (issuers: number): Record<string, number> => ({ [storeHost]: 1, ...(issuers > 0 && { [issuerHost]: issuers }) })

/** The signer names this place of his issuer's certificate; nobody is asked. */
const notAsked = (what: string, url: (stage: HostileStage) => string): Refusal => ({
  what,
  status: 401,
  code: 'CERTIFICATE_CHAIN_UNTRUSTED',
  downloads: asked(0),
  break(request, stage) {
    offer(stage, signerWith({ extensions: { aia: issuerUrls(url(stage)) } }))
    return request
  }
})
const elsewhere = (url: string): Refusal => notAsked(url, () => url)

/** The genuine signer, whose issuer's address answers so. */
const unreachable = (what: string, answer: FileAnswer): Refusal => ({
  what,
  status: 503,
  code: 'CERTIFICATE_ISSUER_UNREACHABLE',
  downloads: asked(1),
  break(request, stage) {
    offer(stage, genuine.signer)
    stage.issuers.serve(issuingUrl, answer)
    return request
  }
})
const status =
  (code: number, headers: Record<string, string> = {}): FileAnswer =>
  (_request, response) =>
    void response.writeHead(code, headers).end(genuine.issuing.der)

/** The genuine signer's issuer, in another form. */
const accepted = (what: string, answer: (issuer: Published) => FileAnswer): Acceptance => ({
  what,
  bend(_request, stage) {
    const issuer = authorityWith(what)
    const signer = signerOf(issuer)
    offer(stage, signer)
    stage.issuers.serve(issuer.url, answer(issuer))
    return stage.valid({ signer })
  }
})

/** A stage of its own, for what was fetched stays at hand. */
const refusedStory = (
  what: string,
  expected: Refused,
  arrange: (stage: HostileStage) => { signer?: ReturnType<typeof signerWith> }
): Story => ({
  what,
  async story(t) {
    const stage = await hostileStage(t)
    const { signer = genuine.signer } = arrange(stage)
    offer(stage, signer)
    await stage.refuses(t, stage.valid({ signer }), expected)
  }
})

const untrusted = (issuers: number): Refused => ({ status: 401, code: 'CERTIFICATE_CHAIN_UNTRUSTED', downloads: asked(issuers) })

/** Authorities in a row, each naming the next; the last is below the root. */
function tower(height: number): Published {
  let lowest = authorityWith(`tower ${height}`)
  for (let level = height - 1; level > 0; level--) lowest = authorityWith(`tower ${level}`, { above: lowest })
  return lowest
}

function circle(length: number): Published {
  const keys = Array.from({ length }, () => ecKeys())
  const urlAt = (index: number): string => `http://${issuerHost}/circle/${index % length}.crt`
  const keysAt = (index: number) => keys[index % length] ?? ecKeys()
  const members = keys.map((own, index): Published => {
    const above = { name: authorityName(`circle ${(index + 1) % length}`), keys: keysAt(index + 1) }
    const member = authorityWith(`circle ${index}`, { keys: own, issuer: above, extensions: { aia: issuerUrls(urlAt(index + 1)) } })
    return { ...member, url: urlAt(index) }
  })
  // Each is published as what stands above the one before.
  return members.reduceRight((above, member) => ({ ...member, above }))
}

/** Today's state of some of the company's authorities: one key, two certificates by two roots, of which one has expired. */
async function crossSigned(t: Test): Promise<void> {
  const keys = ecKeys()
  const subject = authorityName('cross-signed')
  const oldRoot = authority({ subject: nameOf(['O', 'Old Trust'], ['CN', 'Old Root']) })
  const past = { notAfter: new Date('2026-03-01T00:00:00Z') }
  const expired = authorityWith('cross-signed, old', { keys, subject, issuer: oldRoot, ...past })
  const good = authorityWith('cross-signed, new', { keys, subject })
  const env = { CALLBACK_ROOTS: pem(genuine.root.der) + pem(oldRoot.der) }
  const signer = (...urls: string[]) => signerWith({ issuer: good, extensions: { aia: issuerUrls(...urls) } })
  const both = { ...asked(1), [issuerHost]: 2 }

  const run = async (what: string, arrange: (stage: HostileStage) => void, refused?: Refused, settings: Record<string, string> = {}) => {
    const stage = await hostileStage(t, { env: { ...env, ...settings } })
    const certificate = signer(expired.url, good.url)
    offer(stage, certificate)
    arrange(stage)
    if (refused) await stage.refuses(t, stage.valid({ signer: certificate }), { what, ...refused })
    else await stage.accepts(t, stage.valid({ signer: certificate }), what)
  }
  await run('the second address has the good one', stage => {
    publish(stage, expired)
    publish(stage, good)
  })
  await run('both at one address', stage => stage.issuers.serve(expired.url, pkcs7(expired.der, good.der)))
  const expiredAtHand = { CALLBACK_INTERMEDIATES: pem(expired.der) }
  await run('the expired one at hand, the good one fetched', stage => publish(stage, good), undefined, expiredAtHand)
  await run('both at hand', () => undefined, undefined, { CALLBACK_INTERMEDIATES: pem(expired.der) + pem(good.der) })
  await run('the good one out of reach', stage => publish(stage, expired), {
    status: 503,
    code: 'CERTIFICATE_ISSUER_UNREACHABLE',
    downloads: both
  })
  const only = (stage: HostileStage): void => {
    publish(stage, expired)
    stage.issuers.serve(good.url, expired.der)
  }
  await run('only the expired one to be had', only, { status: 401, code: 'CERTIFICATE_CHAIN_REFUSED', downloads: both })
}

export const cases: HostileCase[] = [
  {
    subject: 'a certificate that sends for its issuer to a place that is not on the list',
    variants: [
      ...[
        'http://169.254.169.254/metadata/instance',
        'http://127.0.0.1/issuing.crt',
        'http://[::1]/issuing.crt',
        'http://localhost/issuing.crt',
        'http://evil.test/issuing.crt',
        `http://${issuerHost}.evil.test/issuing.crt`,
        `http://a.${issuerHost}/issuing.crt`,
        `http://${issuerHost}./issuing.crt`,
        `http://${issuerHost}@evil.test/issuing.crt`,
        `http://user:pw@${issuerHost}/pkiops/certs/issuing.crt`,
        `http://${issuerHost}:8080/pkiops/certs/issuing.crt`,
        `http://${issuerHost}:22/pkiops/certs/issuing.crt`,
        `${issuingUrl}?a=b`,
        `${issuingUrl}#a`,
        `https://${storeHost}/cert/issuing.cer`,
        `ldap://${issuerHost}/issuing`,
        `ftp://${issuerHost}/issuing.crt`,
        'file:///etc/passwd',
        'issuing.crt',
        'http://[',
        `http://${issuerHost}/${'a'.repeat(1100)}.crt`
      ].map(elsewhere),
      notAsked('the very port of the issuers', ({ issuers }) => `http://${issuers.address}/pkiops/certs/issuing.crt`),
      notAsked("the service's own door", stage => `${stage.url()}/callbacks`)
    ]
  },
  {
    subject: 'a certificate that sends for its issuer to itself',
    variants: [
      notAsked('to its own address', () => certificateUrl),
      refusedStory('to an address that answers with it', untrusted(1), stage => {
        const signer = signerWith({ extensions: { aia: issuerUrls(issuingUrl) } })
        stage.issuers.serve(issuingUrl, signer.der)
        return { signer }
      }),
      {
        what: 'to its own address, whose host may be asked for issuers too',
        async story(t) {
          const stage = await hostileStage(t, { env: { CALLBACK_ISSUER_HOSTS: storeHost } })
          offer(stage, signerWith({ extensions: { aia: issuerUrls(certificateUrl) } }))
          await stage.refuses(t, stage.valid(), { ...untrusted(0), downloads: { [storeHost]: 2 } })
        }
      }
    ]
  },
  {
    subject: 'authorities without end',
    variants: [
      refusedStory('a circle of two', untrusted(2), stage => {
        const first = circle(2)
        publish(stage, first)
        return { signer: signerOf(first) }
      }),
      refusedStory('a circle of three', untrusted(3), stage => {
        const first = circle(3)
        publish(stage, first)
        return { signer: signerOf(first) }
      }),
      refusedStory('one that signed itself', untrusted(1), stage => {
        const keys = ecKeys()
        const subject = authorityName('himself')
        const himself = authorityWith('himself', { subject, keys, issuer: { name: subject, keys } })
        publish(stage, himself)
        return { signer: signerOf(himself) }
      }),
      refusedStory('ten in a row, the last of which leads to the root', untrusted(3), stage => {
        const lowest = tower(10)
        publish(stage, lowest)
        return { signer: signerOf(lowest) }
      }),
      refusedStory('twenty addresses of one', { status: 503, code: 'CERTIFICATE_ISSUER_UNREACHABLE', downloads: asked(4) }, () => ({
        signer: signerWith({ extensions: { aia: issuerUrls(...Array.from({ length: 20 }, (_, n) => `http://${issuerHost}/${n}.crt`)) } })
      })),
      {
        what: 'but three, of which the last leads to the root',
        async story(t) {
          const stage = await hostileStage(t)
          const lowest = tower(3)
          publish(stage, lowest)
          const signer = signerOf(lowest)
          offer(stage, signer)
          await stage.accepts(t, stage.valid({ signer }))
          t.equal(stage.issuers.requests().length, 3)
        }
      }
    ]
  },
  {
    subject: "an issuer's address that gives no certificate",
    variants: [
      unreachable('404', status(404)),
      unreachable('500', status(500)),
      unreachable('a redirect to the metadata of the machine', status(302, { location: 'http://169.254.169.254/metadata/instance' })),
      unreachable('a redirect to the same over https', status(301, { location: issuingUrl.replace('http:', 'https:') })),
      unreachable('a page', '<html><body>Sign in to the network</body></html>'),
      unreachable('nothing', ''),
      unreachable('10 MB', Buffer.alloc(10 * 1024 * 1024)),
      unreachable('one byte more than allowed', pem(genuine.issuing.der).padEnd(16 * 1024 + 1, '\n')),
      unreachable('compressed', status(200, { 'content-encoding': 'gzip' })),
      unreachable('PKCS #7 without any', pkcs7()),
      unreachable('the certificate and one byte', Buffer.concat([genuine.issuing.der, Buffer.from([0])])),
      unreachable('a connection that breaks', ({ socket }) => void socket.destroy())
    ]
  },
  {
    subject: "an issuer's address that gives another certificate",
    variants: [
      refusedStory('of another authority', untrusted(1), stage => {
        stage.issuers.serve(issuingUrl, authorityWith('another').der)
        return {}
      }),
      refusedStory('of the root', untrusted(1), stage => {
        stage.issuers.serve(issuingUrl, genuine.root.der)
        return {}
      }),
      refusedStory('of a namesake with another key', untrusted(1), stage => {
        stage.issuers.serve(issuingUrl, authority({ issuer: genuine.root, subject: genuine.issuing.name }).der)
        return {}
      }),
      refusedStory('of the issuer, by a root that nobody trusts', untrusted(1), stage => {
        const { keys, name } = genuine.issuing
        const eku = extendedKeyUsage(purposes.serverAuth)
        stage.issuers.serve(issuingUrl, authority({ issuer: authority(), keys, subject: name, extensions: { eku } }).der)
        return {}
      }),
      refusedStory('of thirty others, as PKCS #7', untrusted(1), stage => {
        stage.issuers.serve(issuingUrl, pkcs7(...Array.from({ length: 30 }, (_, index) => authorityWith(`other ${index}`).der)))
        return {}
      })
    ]
  },
  {
    subject: "an issuer's certificate in another form",
    variants: [
      accepted('DER', ({ der }) => der),
      accepted('PEM', ({ der }) => pem(der)),
      accepted('bare base64', ({ der }) => der.toString('base64')),
      accepted('PKCS #7', ({ der }) => pkcs7(der)),
      accepted('PKCS #7 with others before it', ({ der }) => pkcs7(genuine.root.der, authorityWith('x').der, der)),
      accepted('PEM with others before it', ({ der }) => pem(genuine.root.der) + pem(der)),
      accepted('PKCS #7 with something unreadable beside it', ({ der }) => pkcs7(Buffer.from([0x30, 0]), der))
    ]
  },
  {
    subject: 'an issuer with two certificates',
    variants: [{ what: 'of which one has expired', story: crossSigned }]
  },
  {
    subject: 'hosts of issuers that are down',
    variants: [
      {
        what: 'one of two, and then both',
        async story(t) {
          const stage = await hostileStage(t)
          const signer = signerWith({ extensions: { aia: issuerUrls(issuingUrl, otherUrl) } })
          const down: FileAnswer = ({ socket }) => void socket.destroy()
          stage.issuers.serve(issuingUrl, down)
          stage.issuers.serve(otherUrl, down)
          offer(stage, signer)
          const downloads = { [storeHost]: 1, [issuerHost]: 1, [otherHost]: 1 }
          const refused = { status: 503, code: 'CERTIFICATE_ISSUER_UNREACHABLE', downloads } as const
          await stage.refuses(t, stage.valid(), { what: 'both', ...refused })
          stage.issuers.serve(otherUrl, genuine.issuing.der)
          stage.pass(30_000)
          await stage.accepts(t, stage.valid(), 'one')
          stage.issuers.serve(otherUrl, down)
          stage.pass(24 * 60 * 60 * 1000)
          await stage.accepts(t, stage.valid(), 'both, after the certificate was fetched')
        }
      },
      {
        what: 'while nothing listens there',
        async story(t) {
          const stage = await hostileStage(t)
          const nowhere = { CONNECT_TO: `${storeHost}=${stage.files.address},${issuerHost}=127.0.0.1:1` }
          const lonely = await hostileStage(t, { env: nowhere })
          const refused = { status: 503, code: 'CERTIFICATE_ISSUER_UNREACHABLE' } as const
          await lonely.refuses(t, lonely.valid(), refused)
          t.same(stage.files.requests().length, 1)
        }
      }
    ]
  },
  {
    subject: 'a certificate that is refused by itself',
    variants: [
      {
        what: 'sends nobody for its issuer',
        status: 401,
        code: 'CERTIFICATE_ORGANIZATION_REFUSED',
        downloads: asked(0),
        break(request, stage) {
          offer(stage, signerWith({ subject: nameOf(['O', 'Contoso']) }))
          return request
        }
      }
    ]
  }
]
