import type { Test } from 'tap'
import {
  authority,
  extendedKeyUsage,
  type Issued,
  issuerUrls,
  issuingName,
  purposes,
  rsaKeys,
  signingCertificate,
  type Template
} from '../../fixtures/certificates.ts'
import { certificateUrl } from '../../fixtures/signed-callback.ts'
import { genuine, issuingUrl } from '../genuine-pki.ts'
import type { HostileCase } from '../hostile-case.ts'
import type { FileAnswer } from '../served-files.ts'
import { type HostileStage, hostileStage } from '../stage.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const store = new URL(certificateUrl).hostname
const mismatch = { status: 401, code: 'CALLBACK_SIGNATURE_MISMATCH' } as const
const unreachable = { status: 503, code: 'CERTIFICATE_UNREACHABLE' } as const

const [keys, otherKeys] = [rsaKeys(), rsaKeys()]
/** Another certificate of the genuine signer; with another key unless told. */
const anotherSigner = (template: Partial<Template> = {}): Issued =>
  signingCertificate({ issuer: genuine.issuing, keys, ...template, extensions: { aia: issuerUrls(issuingUrl) } })
/** An attacker's, to the letter like the genuine one, but below a root of his own. */
const attacker = signingCertificate({ issuer: authority({ subject: issuingName }), keys })

const page: FileAnswer = '<html><body>Sign in to the network</body></html>'
const down: Record<string, FileAnswer> = {
  'that cuts connections': request => void request.socket.destroy(),
  'that answers with errors': (_request, response) => void response.writeHead(500).end(),
  'that has lost the file': (_request, response) => void response.writeHead(404).end(),
  'that sends elsewhere': (_request, response) => void response.writeHead(302, { location: 'https://evil.test/' }).end(),
  'that answers with a page': page
}

export const cases: HostileCase[] = [
  {
    subject: 'a refusal is repeated for half a minute, and not for ever',
    variants: (
      [
        ['a page', page, 503, 'CERTIFICATE_UNREADABLE'],
        ['nothing', '', 503, 'CERTIFICATE_UNREADABLE'],
        ['an error', down['that answers with errors'] ?? '', 503, 'CERTIFICATE_UNREACHABLE'],
        ['a certificate of an unknown root', attacker.der, 401, 'CERTIFICATE_CHAIN_UNTRUSTED'],
        ['a certificate that has expired', anotherSigner({ notAfter: new Date('2026-03-01T00:00:00Z') }).der, 401, 'CERTIFICATE_EXPIRED']
      ] as const
    ).map(([what, answer, status, code]) => ({
      what,
      async story(t: Test) {
        const stage = await hostileStage(t)
        stage.files.serve(certificateUrl, answer)
        await stage.refuses(t, stage.valid(), { what: 'at first', status, code, downloads: { [store]: 1 } })
        stage.restore()
        stage.pass(30 * second - 1)
        await stage.refuses(t, stage.valid(), { what: 'within half a minute', status, code })
        stage.pass(1)
        await stage.accepts(t, stage.valid(), 'after it')
      }
    }))
  },
  {
    subject: 'a certificate is renewed under its old address',
    variants: [
      { what: 'with a new key: it is believed at once, for one download', story: believesARenewal },
      { what: 'with the same key: nothing is noticed', story: servesTheSameKey },
      { what: 'twice within five minutes: the second one is believed after them', story: believesASecondRenewalLater },
      { what: 'by somebody else: his signatures are refused, and the genuine ones accepted', story: keepsTheGenuineOne },
      { what: 'by somebody else, before anybody was known: he is refused until the genuine one is back', story: refusesTheFirstComer },
      ...Object.entries({
        ...down,
        'with a certificate that has expired': anotherSigner({ notAfter: new Date('2026-03-01T00:00:00Z') }).der
      }).map(([what, answer]) => ({ what: `by a store ${what}: the old key is kept`, story: (t: Test) => keepsTheOldKey(t, answer) }))
    ]
  },
  {
    subject: 'a key is not used past the end of its certificate',
    variants: [
      { what: "the signer's own end, to the second", story: endsWithTheSigner },
      { what: "its issuer's end, though its own is far", story: endsWithTheIssuer },
      { what: 'an end before the store can be asked: that cannot be told now', story: cannotTellPastTheEnd },
      { what: 'in three days with a callback every hour it is asked for three to six times, whatever its end', story: asksNowAndThen }
    ]
  },
  {
    subject: 'a certificate store that is down',
    variants: Object.entries(down).map(([what, answer]) => ({
      what: `one ${what}`,
      story: (t: Test) => servesWhileTheStoreIsDown(t, answer)
    }))
  }
]

async function believesARenewal(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  await stage.accepts(t, stage.valid())
  const signer = anotherSigner()
  stage.files.serve(certificateUrl, signer.der)
  await stage.accepts(t, stage.valid({ signer }), 'the new key')
  await stage.accepts(t, stage.valid({ signer }), 'the new key again')
  t.equal(stage.files.requests().length, 2)
  await stage.accepts(t, stage.valid(), 'what the old key had signed')
}

async function servesTheSameKey(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  await stage.accepts(t, stage.valid())
  stage.files.serve(certificateUrl, anotherSigner({ keys: genuine.signer.keys }).der)
  await stage.accepts(t, stage.valid())
  t.equal(stage.files.requests().length, 1)
}

async function believesASecondRenewalLater(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  await stage.accepts(t, stage.valid())
  const [first, second] = [anotherSigner(), anotherSigner({ keys: otherKeys })]
  stage.files.serve(certificateUrl, first.der)
  await stage.accepts(t, stage.valid({ signer: first }), 'the first')
  stage.files.serve(certificateUrl, second.der)
  stage.pass(5 * minute - 1)
  await stage.refuses(t, stage.valid({ signer: second }), { ...mismatch, what: 'the second, too soon' })
  stage.pass(1)
  await stage.accepts(t, stage.valid({ signer: second }), 'the second')
  t.equal(stage.files.requests().length, 3)
}

async function keepsTheGenuineOne(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  await stage.accepts(t, stage.valid())
  stage.files.serve(certificateUrl, attacker.der)
  await stage.refuses(t, stage.valid({ signer: attacker }), { ...mismatch, downloads: { [store]: 1 } })
  await stage.accepts(t, stage.valid(), 'the genuine key')
  stage.pass(5 * minute)
  await stage.refuses(t, stage.valid({ signer: attacker }), { ...mismatch, downloads: { [store]: 1 } })
  await stage.accepts(t, stage.valid(), 'the genuine key later')
}

async function refusesTheFirstComer(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const untrusted = { status: 401, code: 'CERTIFICATE_CHAIN_UNTRUSTED' } as const
  stage.files.serve(certificateUrl, attacker.der)
  await stage.refuses(t, stage.valid({ signer: attacker }), { ...untrusted, downloads: { [store]: 1 } })
  stage.pass(30 * second)
  stage.restore()
  await stage.accepts(t, stage.valid())
}

async function keepsTheOldKey(t: Test, answer: FileAnswer): Promise<void> {
  const stage = await hostileStage(t)
  await stage.accepts(t, stage.valid())
  stage.files.serve(certificateUrl, answer)
  await forge(stage)
  t.equal(stage.files.requests().length, 2, 'the store was asked because of a bad signature')
  await stage.accepts(t, stage.valid(), 'the old key')
  stage.pass(5 * minute)
  await forge(stage)
  t.equal(stage.files.requests().length, 3, 'and five minutes later')
  await stage.accepts(t, stage.valid(), 'the old key still')
}

/** A request whose signature fits no key. */
async function forge(stage: HostileStage): Promise<void> {
  await stage.send({ ...stage.valid(), body: stage.valid().body })
}

async function endsWithTheSigner(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const signer = anotherSigner({ notAfter: new Date(stage.service().now().getTime() + hour) })
  stage.files.serve(certificateUrl, signer.der)
  await stage.accepts(t, stage.valid({ signer }))
  stage.pass(hour - second)
  await stage.accepts(t, stage.valid({ signer }), 'a second before the end')
  stage.pass(second)
  await stage.accepts(t, stage.valid({ signer }), 'in its last second')
  stage.pass(second)
  const expired = { status: 401, code: 'CERTIFICATE_EXPIRED' } as const
  await stage.refuses(t, stage.valid({ signer }), { ...expired, what: 'a second after the end', downloads: { [store]: 1 } })
}

async function endsWithTheIssuer(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const issuing = authority({
    issuer: genuine.root,
    subject: issuingName,
    notAfter: new Date(stage.service().now().getTime() + hour),
    extensions: { eku: extendedKeyUsage(purposes.serverAuth) }
  })
  const url = 'http://www.microsoft.com/pkiops/certs/short.crt'
  const signer = signingCertificate({ issuer: issuing, keys, extensions: { aia: issuerUrls(url) } })
  stage.files.serve(certificateUrl, signer.der)
  stage.issuers.serve(url, issuing.der)
  await stage.accepts(t, stage.valid({ signer }))
  stage.pass(hour - second)
  await stage.accepts(t, stage.valid({ signer }), 'a second before the end')
  stage.pass(2 * second)
  const answer = await stage.send(stage.valid({ signer }))
  t.match(answer, { status: 401, code: 'CERTIFICATE_CHAIN_REFUSED' })
}

async function cannotTellPastTheEnd(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  const signer = anotherSigner({ notAfter: new Date(stage.service().now().getTime() + hour) })
  stage.files.serve(certificateUrl, signer.der)
  await stage.accepts(t, stage.valid({ signer }))
  stage.files.serve(certificateUrl, down['that cuts connections'] ?? '')
  stage.pass(hour - second)
  await stage.accepts(t, stage.valid({ signer }), 'before the end')
  stage.pass(2 * second)
  await stage.refuses(t, stage.valid({ signer }), { ...unreachable, downloads: { [store]: 1 } })
}

async function asksNowAndThen(t: Test): Promise<void> {
  const stage = await hostileStage(t)
  for (let hours = 0; hours < 72; hours++) {
    const { status } = await stage.send(stage.valid(), '/v1/validate-callback')
    if (status !== 200) t.fail(`after ${hours} hours it was ${status}`)
    stage.pass(hour)
  }
  const { length } = stage.files.requests()
  t.ok(length >= 3 && length <= 6, `${length} downloads`)
}

async function servesWhileTheStoreIsDown(t: Test, answer: FileAnswer): Promise<void> {
  const stage = await hostileStage(t)
  const code = answer === page ? 'CERTIFICATE_UNREADABLE' : 'CERTIFICATE_UNREACHABLE'
  await stage.accepts(t, stage.valid())
  stage.files.serve(certificateUrl, answer)
  stage.pass(day - 1)
  await stage.accepts(t, stage.valid(), 'from memory, for a day')
  stage.pass(1)
  await stage.refuses(t, stage.valid(), { status: 503, code, what: 'then it cannot be told', downloads: { [store]: 1 } })
  stage.pass(30 * second)
  await stage.refuses(t, stage.valid(), { status: 503, code, what: 'which is asked every half minute', downloads: { [store]: 1 } })
  await stage.restart()
  await stage.refuses(t, stage.valid(), { status: 503, code, what: 'nor by another process', downloads: { [store]: 1 } })
  stage.restore()
  stage.pass(30 * second)
  await stage.accepts(t, stage.valid(), 'and when the store is back')
}
