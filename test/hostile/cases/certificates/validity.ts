/** Certificates before and after their time, to the second. */
import { authority, nameOf } from '../../../fixtures/certificates.ts'
import { integer, pem, text } from '../../../fixtures/der.ts'
import { certificateUrl } from '../../../fixtures/signed-callback.ts'
import type { HostileCase, Story } from '../../hostile-case.ts'
import {
  acceptedIssuer,
  acceptedSigner,
  authorityWith,
  issuerHost,
  offer,
  publish,
  refusedIssuer,
  refusedSigner,
  signerOf,
  signerWith,
  storeHost,
  type Wrong
} from '../../hostile-pki.ts'
import { hostileStage } from '../../stage.ts'

type Period = (now: Date) => Wrong
const from =
  (ms: number): Period =>
  now => ({ notBefore: new Date(now.getTime() + ms) })
const until =
  (ms: number): Period =>
  now => ({ notAfter: new Date(now.getTime() + ms) })
const utc = (value: string): Buffer => text(0x17, value)
const generalized = (value: string): Buffer => text(0x18, value)

/** The clock of the stage stands at a whole second. */
const withinTheLastSecond: Story = {
  what: 'within its last second, and at the end of it',
  async story(t) {
    for (const [ms, isValid] of [
      [0, true],
      [1, true],
      [999, true],
      [1000, false]
    ] as const) {
      const stage = await hostileStage(t)
      const now = stage.service().now()
      stage.files.serve(certificateUrl, signerWith(until(0)(now)).der)
      stage.pass(ms)
      if (isValid) await stage.accepts(t, stage.valid(), `${ms} ms`)
      else {
        const expected = { what: `${ms} ms`, status: 401, code: 'CERTIFICATE_EXPIRED', downloads: { [storeHost]: 1 } } as const
        await stage.refuses(t, stage.valid(), expected)
      }
    }
  }
}

const expiredRoot: Story = {
  what: 'that is trusted, but expired',
  async story(t) {
    const past = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2026-01-01T00:00:00Z') }
    const root = authority({ subject: nameOf(['CN', 'Expired Root']), ...past })
    const stage = await hostileStage(t, { env: { CALLBACK_ROOTS: pem(root.der) } })
    const issuer = authorityWith('below', { issuer: root })
    publish(stage, issuer)
    offer(stage, signerOf(issuer))
    const downloads = { [storeHost]: 1, [issuerHost]: 1 }
    await stage.refuses(t, stage.valid(), { status: 401, code: 'CERTIFICATE_CHAIN_REFUSED', downloads })
  }
}

export const validityCases: HostileCase[] = [
  {
    subject: 'a signer whose time is over, or has not come',
    variants: [
      refusedSigner('expired by a second', 'CERTIFICATE_EXPIRED', until(-1000)),
      refusedSigner('expired years ago', 'CERTIFICATE_EXPIRED', () => ({
        notBefore: new Date('2018-01-01T00:00:00Z'),
        notAfter: new Date('2020-01-01T00:00:00Z')
      })),
      refusedSigner('a second too early', 'CERTIFICATE_NOT_YET_VALID', from(1000)),
      refusedSigner('a year too early', 'CERTIFICATE_NOT_YET_VALID', from(365 * 24 * 3600_000)),
      refusedSigner('an end before its start', 'CERTIFICATE_EXPIRED', now => ({
        notBefore: new Date(now.getTime() - 1000),
        notAfter: new Date(now.getTime() - 2000)
      })),
      refusedSigner('a year in two figures that is of the last century', 'CERTIFICATE_EXPIRED', () => ({ notAfter: utc('990101000000Z') })),
      acceptedSigner('at its first second', from(0)),
      acceptedSigner('to the end of time', () => ({ notAfter: generalized('99991231235959Z') })),
      withinTheLastSecond
    ]
  },
  {
    subject: 'a signer with a date that is not one',
    variants: (
      [
        ['without seconds', utc('2701010000Z')],
        ['with an offset', utc('270101000000+0000')],
        ['without a zone', utc('270101000000')],
        ['with fractions', generalized('20270101000000.5Z')],
        ['on the 30th of February', utc('270230000000Z')],
        ['at the second 60', utc('270101000060Z')],
        ['at 24 hours', utc('270101240000Z')],
        ['of five figures of year', generalized('120270101000000Z')],
        ['before the common era', generalized('-0010101000000Z')],
        ['with a NUL', utc('270101000000Z\0')],
        ['in the wrong form', utc('20270101000000Z')],
        ['as a number', integer(1_800_000_000n)],
        ['that is empty', utc('')]
      ] as const
    ).map(([what, notAfter]) => refusedSigner(what, 'CERTIFICATE_MALFORMED', () => ({ notAfter })))
  },
  {
    subject: 'an authority whose time is over, or has not come',
    variants: [
      refusedIssuer('expired by a second', 'CERTIFICATE_CHAIN_REFUSED', (name, now) => ({
        issuer: authorityWith(name, until(-1000)(now))
      })),
      refusedIssuer('a second too early', 'CERTIFICATE_CHAIN_REFUSED', (name, now) => ({ issuer: authorityWith(name, from(1000)(now)) })),
      acceptedIssuer('at its first second', (name, now) => ({ issuer: authorityWith(name, from(0)(now)) }))
    ]
  },
  { subject: 'a root whose time is over', variants: [expiredRoot] }
]
