/** Whose certificate it is: the organization, to the letter, of the signer and of his issuer, and the name of the one service. */
import type { Test } from 'tap'
import { alternativeNames, dns, email, ip, microsoft, nameOf, otherName, rdn, signerNames, uri } from '../../../fixtures/certificates.ts'
import { type Bytes, ia5, printable, text, tlv } from '../../../fixtures/der.ts'
import type { HostileCase, Refusal } from '../../hostile-case.ts'
import {
  acceptedIssuer,
  acceptedSigner,
  authorityName,
  authorityWith,
  offer,
  publish,
  refusedSigner,
  signerOf,
  signerWith,
  storeHost,
  type Wrong
} from '../../hostile-pki.ts'
import { hostileStage } from '../../stage.ts'

const [dispatch = ''] = signerNames
const country = ['C', printable('US')] as const
const cn = ['CN', dispatch] as const
const organized = (...organizations: (string | Bytes)[]): Wrong => ({
  subject: nameOf(country, ...organizations.map(value => ['O', value] as const), cn)
})
const subject = (...rdns: Parameters<typeof nameOf>): Wrong => ({ subject: nameOf(...rdns) })
const bmp = (value: string): Buffer => tlv(0x1e, Buffer.from(value, 'utf16le').swap16())
const named = (...names: Bytes[]): Wrong => ({ extensions: { san: alternativeNames(names) } })

const wrongOrganization = (what: string, wrong: Wrong): Refusal => refusedSigner(what, 'CERTIFICATE_ORGANIZATION_REFUSED', () => wrong)
const wrongName = (what: string, wrong: Wrong): Refusal => refusedSigner(what, 'CERTIFICATE_NAME_REFUSED', () => wrong)

/** His authority is a good one, below the pinned root; only its name is not what it has to be. */
const wrongIssuer = (what: string, name: Buffer): Refusal => ({
  what,
  status: 401,
  code: 'CERTIFICATE_ORGANIZATION_REFUSED',
  downloads: { [storeHost]: 1 },
  break(_request, stage) {
    const issuer = authorityWith(what, { subject: name })
    const signer = signerOf(issuer)
    offer(stage, signer)
    publish(stage, issuer)
    return stage.valid({ signer })
  }
})

/** The document that any virtual machine of Azure is given, with a text of its user's choice in it. */
const attestedData = Buffer.from(
  JSON.stringify({ licenseType: '', nonce: 'referral-created', plan: {}, subscriptionId: 'x', vmId: 'y', EventName: 'referral-created' })
)

async function signerOfAttestedData(t: Test): Promise<void> {
  const metadata = signerWith({
    subject: nameOf(country, ['O', microsoft], ['CN', 'metadata.azure.com']),
    extensions: { san: alternativeNames([dns('metadata.azure.com'), dns('*.metadata.azure.com')]) }
  })
  const stage = await hostileStage(t)
  offer(stage, metadata)
  const refused = { status: 401, code: 'CERTIFICATE_NAME_REFUSED', downloads: { [storeHost]: 1 } } as const
  await stage.refuses(t, stage.valid({ signer: metadata, body: attestedData }), { what: 'its document', ...refused })
  offer(stage, metadata)
  await stage.refuses(t, stage.valid({ signer: metadata }), { what: 'an event', ...refused })

  const trusting = await hostileStage(t, { env: { CALLBACK_SIGNER_NAMES: 'metadata.azure.com' } })
  offer(trusting, metadata)
  await trusting.accepts(t, trusting.valid({ signer: metadata }), 'the same certificate, where its name is expected')
}

export const nameCases: HostileCase[] = [
  {
    subject: 'a signer of another organization',
    variants: [
      wrongOrganization('another', organized('Contoso')),
      wrongOrganization('none', organized()),
      wrongOrganization('an empty one', organized('')),
      wrongOrganization('one that goes on', organized(`${microsoft} Ltd`)),
      wrongOrganization('one that begins otherwise', organized(`Not ${microsoft}`)),
      wrongOrganization('with a NUL', organized(`${microsoft}\0Evil`)),
      wrongOrganization('with a blank at its end', organized(`${microsoft} `)),
      wrongOrganization('with two blanks', organized('Microsoft  Corporation')),
      wrongOrganization('with a blank that does not break', organized('Microsoft\u00a0Corporation')),
      wrongOrganization('in lower case', organized(microsoft.toLowerCase())),
      wrongOrganization('with a letter of another alphabet', organized('Miсrosoft Corporation')),
      wrongOrganization('with letters that nobody sees', organized('Microsoft\u200b Corporation')),
      wrongOrganization('of full width', organized('Ｍicrosoft Corporation')),
      wrongOrganization('twice', organized(microsoft, microsoft)),
      wrongOrganization('behind another', organized('Contoso', microsoft)),
      wrongOrganization('before another', organized(microsoft, 'Contoso')),
      wrongOrganization('beside another in one part', subject(rdn(['O', 'Contoso'], ['O', microsoft]), cn))
    ]
  },
  {
    subject: 'the organization in a place where it does not count',
    variants: [
      wrongOrganization('as the unit', subject(country, ['OU', microsoft], cn)),
      wrongOrganization('as the common name', subject(country, ['CN', microsoft])),
      wrongOrganization('in the common name', subject(['CN', `O=${microsoft}`])),
      wrongOrganization('in the common name, on a line of its own', subject(['CN', `x\nO=${microsoft}`])),
      wrongOrganization('in the common name, behind a comma', subject(['CN', `x, O=${microsoft}`])),
      wrongOrganization('in the unit, behind a plus', subject(['OU', `x+O=${microsoft}`], ['O', 'Contoso'], cn)),
      wrongOrganization('as an address for mail', subject(['E', ia5(`O=${microsoft}`)], cn)),
      wrongOrganization('as a text for IA5', organized(ia5(microsoft))),
      wrongOrganization('as a text in two bytes', organized(bmp(microsoft))),
      wrongOrganization('as a teletex text', organized(text(0x14, microsoft))),
      acceptedSigner('as a printable text, which is one of the two forms it may have', () => organized(printable(microsoft)))
    ]
  },
  {
    subject: 'an issuer of another organization',
    variants: [
      wrongIssuer('another', authorityName('CA', 'Contoso')),
      wrongIssuer('none', nameOf(['CN', 'CA'])),
      wrongIssuer('in its common name only', nameOf(['CN', `O=${microsoft}`])),
      wrongIssuer('as its unit', nameOf(['O', 'Contoso'], ['OU', microsoft], ['CN', 'CA'])),
      wrongIssuer('twice', nameOf(['O', microsoft], ['O', microsoft], ['CN', 'CA'])),
      wrongIssuer('one that goes on', authorityName('CA', `${microsoft}, Inc.`)),
      acceptedIssuer('the expected one', name => ({ issuer: authorityWith(name) }))
    ]
  },
  {
    subject: 'a signer of the right organization under another name',
    variants: [
      wrongName('another', named(dns('graph.microsoft.com'))),
      wrongName('below the right one', named(dns(`a.${dispatch}`))),
      wrongName('above the right one', named(dns('microsoft.com'))),
      wrongName('a wildcard', named(dns('*.microsoft.com'))),
      wrongName('a wildcard within', named(dns('pcnotifications*.microsoft.com'))),
      wrongName('with a dot at its end', named(dns(`${dispatch}.`))),
      wrongName('with more behind it', named(dns(`${dispatch}.evil.test`))),
      wrongName('as an address for mail', named(email(dispatch), dns('other.test'))),
      wrongName('as an address of the web', named(uri(`https://${dispatch}/`))),
      wrongName('as a name of an unknown kind', named(otherName())),
      wrongName('an address in figures', named(ip(127, 0, 0, 1))),
      wrongName('as the common name, beside alternative names', named(dns('other.microsoft.com'))),
      wrongName('as part of the common name', {
        ...subject(['O', microsoft], ['CN', `${dispatch}/x`]),
        extensions: { san: undefined }
      }),
      wrongName('with a letter that only looks like it', {
        ...subject(['O', microsoft], ['CN', 'pcnotificationſ-dispatch.microsoft.com']),
        extensions: { san: undefined }
      }),
      refusedSigner('with a NUL', 'CERTIFICATE_MALFORMED', () => named(dns(`${dispatch}\0.evil.test`))),
      refusedSigner('in letters that are not ASCII', 'CERTIFICATE_MALFORMED', () =>
        named(tlv(0x82, Buffer.from('pcnotificationſ-dispatch.microsoft.com')))
      ),
      acceptedSigner('the right one in other case, among others', () => named(dns('a.test'), dns(dispatch.toUpperCase()))),
      acceptedSigner('the older one', () => named(dns('pcnotifications.microsoft.com'))),
      { what: 'that of the service which signs documents for virtual machines', story: signerOfAttestedData }
    ]
  },
  {
    subject: 'a document of another service of the same company, signed by the right signer',
    isSignerKnown: true,
    variants: [
      {
        what: 'without an event name',
        status: 400,
        code: 'CALLBACK_EVENT_MALFORMED',
        break: (_request, stage) => stage.valid({ body: Buffer.from('{"nonce":"referral-created","vmId":"x"}') })
      },
      {
        what: 'as a bare text',
        status: 400,
        code: 'CALLBACK_EVENT_MALFORMED',
        break: (_request, stage) => stage.valid({ body: Buffer.from('"referral-created"') })
      }
    ]
  }
]
