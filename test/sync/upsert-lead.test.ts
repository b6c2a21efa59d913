import t from 'tap'
import { Failure } from '../../src/failure.ts'
import { leadFromReferral } from '../../src/mapping/lead-from-referral.ts'
import { upsertLead } from '../../src/sync/upsert-lead.ts'
import { memoryCrm, memoryLinks, memoryReferrals } from '../fixtures/ports.ts'
import { fullReferral, referralId } from '../fixtures/referral.ts'

const ports = () => ({ referrals: memoryReferrals(fullReferral()), crm: memoryCrm(), links: memoryLinks() })
const mapped = leadFromReferral(fullReferral()).lead

t.test('with no field the referral is read and mapped; a second run asks nothing of the CRM', async t => {
  const { referrals, crm, links } = ports()
  const call = { correlationId: 'call-1' }
  t.same(await upsertLead(referralId, {}, { referrals, crm, links, call }), {
    leadId: 'lead-1',
    referralId,
    outcome: 'created',
    notices: ['written 1']
  })
  t.same(crm.writes, [{ lead: mapped }])
  t.same(referrals.calls, [call], 'the correlation id goes along')
  t.same(await upsertLead(referralId, {}, { referrals, crm, links }), { leadId: 'lead-1', referralId, outcome: 'unchanged', notices: [] })
  t.equal(crm.writes.length, 1)
})

t.test('the notices of the mapping come before those of the CRM', async t => {
  const referrals = memoryReferrals({ ...fullReferral(), name: 'n'.repeat(400) })
  const { notices } = await upsertLead(referralId, {}, { ...ports(), referrals })
  t.same(notices, ['subject was cut from 400 to 300 characters.', 'written 1'])
})

t.test('the mapping is told where a referral is opened', async t => {
  const given = ports()
  await upsertLead(referralId, {}, { ...given, mapping: { referralLink: 'https://partner.example/{referralId}' } })
  t.match(given.crm.writes[0]?.lead.description, `https://partner.example/${referralId}`)
})

t.test('given fields are written as they are, and the referral is not read', async t => {
  const { referrals, crm, links } = ports()
  const request = { subject: 'From the flow', estimatedAmount: 1, currency: 'EUR', customColumns: { new_region: 'north', new_hot: null } }
  t.match(await upsertLead(referralId, request, { referrals, crm, links }), { outcome: 'created' })
  t.same(referrals.asked, [])
  t.same(crm.writes, [
    { lead: { subject: 'From the flow', estimatedAmount: 1, currency: 'EUR' }, customColumns: { new_region: 'north', new_hot: null } }
  ])
  t.match(await upsertLead(referralId, request, { referrals, crm, links }), { outcome: 'unchanged' })
  t.equal(crm.writes.length, 1)
})

t.test('custom columns alone go along with what is mapped', async t => {
  const { referrals, crm, links } = ports()
  await upsertLead(referralId, { customColumns: { new_region: 'north' } }, { referrals, crm, links })
  t.same(crm.writes, [{ lead: mapped, customColumns: { new_region: 'north' } }])
  await upsertLead(referralId, { customColumns: {} }, { referrals, crm, links })
  await upsertLead(referralId, { customColumns: { new_region: 'south' } }, { referrals, crm, links })
  t.same(crm.writes.slice(1), [{ lead: {}, customColumns: { new_region: 'south' } }])
})

t.test('only what differs is written, and nothing is forgotten', async t => {
  const { referrals, crm, links } = ports()
  const write = (request: object) => upsertLead(referralId, request, { referrals, crm, links })
  await write({})
  await write({ jobTitle: 'Head of Buying' })
  await write({ customColumns: { new_region: 'north' }, jobTitle: 'Head of Buying' })
  t.same(crm.writes.slice(1), [{ lead: { jobTitle: 'Head of Buying' } }, { lead: {}, customColumns: { new_region: 'north' } }])
  t.match(links.stored.get(referralId), { written: { ...mapped, new_region: 'north' }, given: { jobTitle: 'Head of Buying' } })

  t.match(await write({ subject: mapped.subject }), { outcome: 'unchanged' }, 'a part of what was written')
  referrals.change(referralId, { name: 'Renamed' })
  await write({})
  t.same(crm.writes.at(-1), { lead: { subject: 'Renamed' } }, 'what a caller gave stays')
  referrals.change(referralId, {
    customerProfile: { ...fullReferral().customerProfile, team: [{ lastName: 'Dunn', title: 'Chief Buyer' }] }
  })
  await write({})
  t.match(crm.writes.at(-1), { lead: { jobTitle: 'Chief Buyer' } }, "until the referral's own field changes")
})

t.test('an amount and its currency are written together', async t => {
  const { referrals, crm, links } = ports()
  const write = (request: object) => upsertLead(referralId, request, { referrals, crm, links })
  await write({ estimatedAmount: 1, currency: 'EUR' })
  await write({ estimatedAmount: 2, currency: 'EUR' })
  await write({ estimatedAmount: 2, currency: 'GBP' })
  t.same(crm.writes.slice(1), [{ lead: { estimatedAmount: 2, currency: 'EUR' } }, { lead: { estimatedAmount: 2, currency: 'GBP' } }])
})

t.test('a field that the referral says nothing about any more is left alone', async t => {
  const { referrals, crm, links } = ports()
  await upsertLead(referralId, {}, { referrals, crm, links })
  referrals.change(referralId, { qualification: null })
  t.match(await upsertLead(referralId, {}, { referrals, crm, links }), { outcome: 'unchanged' })
  t.equal(links.stored.get(referralId)?.written.rating, 'Hot')
})

t.test('force writes all that is wanted, though nothing differs', async t => {
  const { referrals, crm, links } = ports()
  await upsertLead(referralId, {}, { referrals, crm, links })
  t.match(await upsertLead(referralId, { force: true }, { referrals, crm, links }), { outcome: 'updated', leadId: 'lead-1' })
  t.same(crm.writes[1], { lead: mapped })
  t.match(await upsertLead(referralId, { force: true, subject: mapped.subject ?? '' }, { referrals, crm, links }), { outcome: 'updated' })
  t.same(crm.writes[2], { lead: { subject: mapped.subject } })
})

t.test('a lead that was deleted in the CRM is made again with every field', async t => {
  const { referrals, crm, links } = ports()
  const write = (request: object) => upsertLead(referralId, request, { referrals, crm, links })
  await write({ customColumns: { new_region: 'north', constructor: 'x' } })
  crm.records.clear()
  t.match(await write({ subject: 'New topic' }), { outcome: 'created', leadId: 'lead-2' })
  t.same(crm.writes.slice(1), [
    { lead: { subject: 'New topic' } },
    { lead: { ...mapped, subject: 'New topic' }, customColumns: { new_region: 'north', constructor: 'x' } }
  ])
  t.equal(links.stored.get(referralId)?.leadId, 'lead-2')
  t.match(await write({ subject: 'New topic' }), { outcome: 'unchanged', leadId: 'lead-2' })
})

t.test('stopped between the write and the link, the next run writes again and finds the same lead', async t => {
  const { referrals, crm, links } = ports()
  const { put } = links
  links.put = async () => {
    throw new Failure('STORE_UNAVAILABLE', 'The disk is full.')
  }
  await t.rejects(upsertLead(referralId, {}, { referrals, crm, links }), { code: 'STORE_UNAVAILABLE' })
  links.put = put
  t.match(await upsertLead(referralId, {}, { referrals, crm, links }), { outcome: 'updated', leadId: 'lead-1' })
  t.match(await upsertLead(referralId, {}, { referrals, crm, links }), { outcome: 'unchanged' })
})

t.test('a read-only lead comes back as such, and nothing is taken for written', async t => {
  const { referrals, crm, links } = ports()
  await upsertLead(referralId, {}, { referrals, crm, links })
  const before = structuredClone(links.stored.get(referralId))
  crm.closedAs = 'Qualified'
  t.same(await upsertLead(referralId, { subject: 'Later' }, { referrals, crm, links }), {
    leadId: 'lead-1',
    referralId,
    outcome: 'readOnly',
    state: 'Qualified',
    notices: []
  })
  t.same(links.stored.get(referralId), before)
  crm.closedAs = undefined
  t.match(
    await upsertLead(referralId, { subject: 'Later' }, { referrals, crm, links }),
    { outcome: 'updated' },
    'reactivated, it is written'
  )
})

t.test('an unknown referral reaches no CRM', async t => {
  const { crm, links } = ports()
  await t.rejects(upsertLead(referralId, {}, { referrals: memoryReferrals(), crm, links }), { code: 'REFERRAL_NOT_FOUND' })
  t.same(crm.writes, [])
})

t.test('a failing CRM keeps the link as it was, so that nothing is lost', async t => {
  const { referrals, crm, links } = ports()
  const { upsertLead: sent } = crm
  crm.upsertLead = async () => {
    throw new Failure('CRM_BUSY', 'The CRM asks for a pause.', { retryAfterMs: 1000 })
  }
  await t.rejects(upsertLead(referralId, {}, { referrals, crm, links }), { code: 'CRM_BUSY' })
  t.equal(links.stored.size, 0)
  crm.upsertLead = sent
  t.match(await upsertLead(referralId, {}, { referrals, crm, links }), { outcome: 'created' })
})
