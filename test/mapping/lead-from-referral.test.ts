import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import t from 'tap'
import { leadFromReferral } from '../../src/mapping/lead-from-referral.ts'
import { Lead } from '../../src/schemas/lead.ts'
import type { Referral } from '../../src/schemas/referral.ts'
import { fullReferral, referralId } from '../fixtures/referral.ts'

const ajv = new Ajv({ strict: false, allErrors: true })
addFormats.default(ajv)
const isLead = ajv.compile(Lead)

/** A full referral with one place changed, whatever its documented type. */
function referralWith(path: string, value: unknown): Referral {
  const referral = fullReferral()
  const names = path.split('.')
  const last = names.pop() ?? ''
  const holder = names.reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, referral)
  holder[last] = value
  return referral
}
const leadOf = (path: string, value: unknown): Lead => leadFromReferral(referralWith(path, value)).lead

t.test('every field of the referral finds its place', async t => {
  const { lead, notices } = leadFromReferral(fullReferral(), { referralLink: 'https://partner.example/referrals/{referralId}?view=full' })
  t.same(lead, {
    subject: 'Stock planning for Alder Books',
    companyName: 'Alder Books Ltd',
    firstName: 'Mira',
    lastName: 'Dunn',
    email: 'mira@alder.example',
    phone: '+44 131 555 02',
    jobTitle: 'Buyer',
    addressLine1: '7 Quay Street',
    addressLine2: 'Floor 2',
    city: 'Leith',
    stateOrProvince: 'Midlothian',
    postalCode: 'EH6 6AA',
    country: 'GB',
    estimatedAmount: 12500.5,
    currency: 'GBP',
    estimatedCloseDate: '2026-07-01',
    numberOfEmployees: 51,
    rating: 'Hot',
    description: [
      'Notes:\nWants a first workshop.\nSoon.',
      `Partner Center:\nhttps://partner.example/referrals/${referralId}?view=full\nReferral ${referralId}`,
      'Other contacts:\nOla Berg, ola@alder.example, +44 131 555 01',
      'Solutions:\nShelf Planner',
      'Products:\nAzure',
      'Services:\nMigration',
      'Industries:\nRetail',
      'Customer action:\nAsked for a call',
      'Invitation:\nPlease call this week.',
      'Customer size:\n51to250employees'
    ].join('\n\n')
  })
  t.same(notices, [])
  t.same(leadFromReferral(fullReferral()), leadFromReferral(fullReferral()), 'the same referral gives the same lead')
})

t.test('one field and what becomes of it', async t => {
  const rows: [path: string, value: unknown, field: keyof Lead, expected: unknown][] = [
    ['name', null, 'subject', 'Alder Books Ltd'],
    ['name', '  Two\r\n lines\t', 'subject', 'Two lines'],
    ['name', '', 'subject', 'Alder Books Ltd'],
    ['customerProfile', null, 'companyName', undefined],
    ['customerProfile.name', '   ', 'companyName', undefined],
    ['customerProfile.address.state', null, 'stateOrProvince', 'Lothian'],
    ['customerProfile.address.postalCode', 98109, 'postalCode', '98109'],
    ['customerProfile.size', '10to50employees', 'numberOfEmployees', 10],
    ['customerProfile.size', '1to9employees', 'numberOfEmployees', 1],
    ['customerProfile.size', '1-9', 'numberOfEmployees', 1],
    ['customerProfile.size', '251to1000employees', 'numberOfEmployees', 251],
    ['customerProfile.size', '10000+', 'numberOfEmployees', 10000],
    ['customerProfile.size', '10,001 employees or more', 'numberOfEmployees', 10001],
    ['customerProfile.size', 51, 'numberOfEmployees', 51],
    ['customerProfile.size', null, 'numberOfEmployees', undefined],
    ['customerProfile.size', 'Unknown', 'numberOfEmployees', undefined],
    ['customerProfile.size', '9'.repeat(30), 'numberOfEmployees', undefined],
    ['details.dealValue', '84500', 'estimatedAmount', 84500],
    ['details.dealValue', 0, 'estimatedAmount', 0],
    ['details.dealValue', -1, 'estimatedAmount', undefined],
    ['details.dealValue', 1e13, 'estimatedAmount', undefined],
    ['details.dealValue', 'a lot', 'estimatedAmount', undefined],
    ['details.dealValue', {}, 'estimatedAmount', undefined],
    ['details.dealValue', null, 'currency', undefined],
    ['details.currency', ' eur ', 'currency', 'EUR'],
    ['details.currency', 'Euro', 'currency', undefined],
    ['details.currency', null, 'estimatedAmount', undefined],
    ['details.closingDateTime', '2026-06-30', 'estimatedCloseDate', '2026-06-30'],
    ['details.closingDateTime', '2026-06-30T22:00:00', 'estimatedCloseDate', '2026-06-30'],
    ['details.closingDateTime', '2026-06-30T00:00:00.0000000+00:00', 'estimatedCloseDate', '2026-06-30'],
    ['details.closingDateTime', '2026-07-01T01:00:00+02:00', 'estimatedCloseDate', '2026-06-30'],
    ['details.closingDateTime', '0001-01-01T00:00:00Z', 'estimatedCloseDate', undefined],
    ['details.closingDateTime', '2026-02-30T00:00:00Z', 'estimatedCloseDate', undefined],
    ['details.closingDateTime', '06/30/2026', 'estimatedCloseDate', undefined],
    ['details.closingDateTime', 'soon', 'estimatedCloseDate', undefined],
    ['details.closingDateTime', 1782777600000, 'estimatedCloseDate', undefined],
    ['qualification', 'marketingQualified', 'rating', 'Warm'],
    ['qualification', 'Direct', 'rating', 'Cold'],
    ['qualification', 'SomethingNew', 'rating', undefined],
    ['qualification', 'constructor', 'rating', undefined]
  ]
  for (const [path, value, field, expected] of rows) {
    t.equal(leadOf(path, value)[field], expected, `${path} ${JSON.stringify(value)} gives ${field} ${JSON.stringify(expected)}`)
  }
})

t.test('an instant without an offset does not depend on where the service runs', async t => {
  const { TZ: zone } = process.env
  t.teardown(() => {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })
  process.env.TZ = 'Pacific/Kiritimati'
  t.equal(leadOf('details.closingDateTime', '2026-06-30T05:00:00').estimatedCloseDate, '2026-06-30')
})

t.test('the contact to talk to, and where the others go', async t => {
  const both = { firstName: 'Both', email: 'b@x.example', phoneNumber: '1' }
  const phone = { firstName: 'Phone', phoneNumber: '2' }
  const name = { firstName: 'Name' }
  const marked = (member: object) => ({ ...member, isPrimaryContact: true })
  const rows: [team: unknown, firstName: string | undefined, others: string | undefined][] = [
    [[name, phone, both], 'Both', 'Name\nPhone, 2'],
    [[name, phone], 'Phone', 'Name'],
    [[name, { firstName: 'Second' }], 'Name', 'Second'],
    [[both, marked(name)], 'Name', 'Both, b@x.example, 1'],
    [[marked(phone), marked(both), marked(both)], 'Both', 'Phone, 2\nBoth, b@x.example, 1'],
    [[marked({ firstName: null, email: '' }), phone], 'Phone', undefined],
    [[null, 'text', 7, [], both], 'Both', undefined],
    [[], undefined, undefined],
    [{}, undefined, undefined],
    [null, undefined, undefined]
  ]
  for (const [team, firstName, others] of rows) {
    const lead = leadOf('customerProfile.team', team)
    t.equal(lead.firstName, firstName, JSON.stringify(team))
    t.equal(/Other contacts:\n([\s\S]*?)(?:\n\n|$)/.exec(lead.description ?? '')?.[1], others)
  }
})

t.test('what is too long is cut or left out, with a notice, and never in the middle of a character', async t => {
  const long = referralWith('name', `${'x'.repeat(299)}😀${'y'.repeat(10)}`)
  t.same(leadFromReferral(long), {
    lead: { ...leadFromReferral(fullReferral()).lead, subject: 'x'.repeat(299) },
    notices: ['subject was cut from 311 to 300 characters.']
  })
  const mail = leadFromReferral(referralWith('customerProfile.team', [{ lastName: 'Dunn', email: `${'m'.repeat(120)}@x.example` }]))
  t.equal(mail.lead.email, undefined, 'half an address may be another person')
  t.same(mail.notices, ['email was left out: it has 130 characters, more than 100.'])
  t.match(leadFromReferral(referralWith('details.currency', null)).notices, [/^estimatedAmount was left out/])
})

t.test('long notes make room for what follows them', async t => {
  const { lead, notices } = leadFromReferral(referralWith('details.notes', `Begin ${'n'.repeat(3990)}`))
  t.match(lead.description, /^Notes:\nBegin n+…\n\nPartner Center:/)
  t.match(lead.description, /Other contacts:\nOla Berg[\s\S]*Customer size:\n51to250employees$/)
  t.ok((lead.description?.length ?? 0) <= 2000 && (lead.description?.length ?? 0) > 1900, 'and fill what is left')
  t.match(notices, [/^description was cut from \d+ to 2000 characters\.$/])

  const many = fullReferral()
  const team = Array.from({ length: 100 }, (_, at) => ({ lastName: `Contact ${at}`, email: `c${at}@alder.example` }))
  const crowded = leadFromReferral({ ...many, customerProfile: { ...many.customerProfile, team }, details: { notes: 'n'.repeat(4000) } })
  t.match(crowded.lead.description, /^Notes:\nn{799}…\n\nPartner Center:/, 'but not for everything')
  t.ok((crowded.lead.description?.length ?? 9999) <= 2000)
})

t.test('whatever stands in a referral, a valid lead comes out', async t => {
  const wild = [null, undefined, '', ' ', 'text', 0, 1, -7.5, Number.NaN, true, [], {}, [null], [[]], [{}], { name: {} }, 'x'.repeat(5000)]
  const paths = [
    ...['id', 'name', 'qualification', 'customerProfile', 'details', 'inviteContext', 'customerProfile.name', 'customerProfile.address'],
    ...['customerProfile.address.city', 'customerProfile.size', 'customerProfile.team', 'customerProfile.team.0', 'details.notes'],
    ...['customerProfile.team.1.email', 'details.dealValue', 'details.currency', 'details.closingDateTime', 'details.customerAction'],
    ...['details.requirements', 'details.requirements.products', 'details.requirements.products.0', 'inviteContext.notes']
  ]
  for (const path of paths) {
    const bad = wild.filter(value => {
      const { lead } = leadFromReferral(referralWith(path, value))
      return !isLead(lead) || Object.values(lead).some(value => value === '' || value === undefined || value === null)
    })
    t.same(bad, [], `${path} of any form`)
  }
  t.same(leadFromReferral({}), { lead: {}, notices: [] }, 'nothing gives nothing')
})

t.test('consent is never asserted', async t => {
  const consent = { consentToContact: true, consentToToShareInfoWithOthers: false }
  t.same(leadFromReferral({ ...fullReferral(), consent }), leadFromReferral(fullReferral()))
})
