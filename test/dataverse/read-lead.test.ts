import t, { type Test } from 'tap'
import { dataverseCrm } from '../../src/dataverse/crm.ts'
import { sandboxCrm } from '../fixtures/dataverse-crm.ts'
import { type LocalAnswer, localServer } from '../fixtures/local-server.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const referralId = '4111fffc-f9ee-4d53-bba6-569135228642'
const leadId = '00000000-0000-0000-0000-00000000000a'
const euroId = '00000000-0000-0000-0000-0000000000e0'
const lead = { subject: 'Surface rollout', lastName: 'Lovelace' }
const refusal = (status: number, code = '', message = 'because'): LocalAnswer => ({ status, body: { error: { code, message } } })

async function start(t: Test, ...answers: LocalAnswer[]) {
  const server = await localServer(t, ...answers)
  const clock = { ms: Date.parse('2026-01-01') }
  const crm = dataverseCrm({
    url: `${server.url}/`,
    getToken: async () => 'token',
    referralColumn: 'new_referralid',
    log: memoryLog().log,
    now: () => new Date(clock.ms)
  })
  const paths = () => server.received.map(({ method, url }) => `${method} ${decodeURIComponent(url).replace(/^\/api\/data\/v9\.2\//, '')}`)
  return { crm, server, clock, paths }
}

t.test('a write tells the lead as the CRM keeps it, in one request and one more for a new currency', async t => {
  const { crm, asked } = await sandboxCrm(t)
  const wanted = { ...lead, estimatedAmount: 1234.567, currency: 'eur', estimatedCloseDate: '2026-12-31' }
  const first = await crm.upsertLead(referralId, { lead: wanted })
  const kept = { leadId: first.leadId, state: 'Open', estimatedAmount: 1234.57, currency: 'EUR', estimatedCloseDate: '2026-12-31' }
  t.strictSame(first.lead, kept)
  t.strictSame((await crm.upsertLead(referralId, { lead: wanted })).lead, kept)
  t.strictSame((await crm.updateLead(referralId, { lead: wanted }))?.lead, kept)
  t.strictSame(await crm.readLead(referralId), kept)
  t.strictSame(asked(), ['GET transactioncurrencies 200', 'PATCH leads 201', 'PATCH leads 200', 'PATCH leads 200', 'GET leads 200'])
})

t.test('the currency that the CRM chose costs one reading, whichever call sees it first', async t => {
  const { crm, asked } = await sandboxCrm(t)
  await crm.upsertLead(referralId, { lead: { ...lead, estimatedAmount: 5 } })
  t.match(await crm.upsertLead(referralId, { lead: { city: 'Rome' } }), { lead: { estimatedAmount: 5, currency: 'USD' } })
  t.match(await crm.readLead(referralId), { currency: 'USD' })
  t.strictSame(asked(), ['PATCH leads 201', 'GET transactioncurrencies 200', 'PATCH leads 200', 'GET leads 200'])
})

t.test('a lead that is not there is not updated and not found', async t => {
  const { crm, dataverse, asked } = await sandboxCrm(t)
  t.equal(await crm.updateLead(referralId, { lead }), undefined)
  t.equal(await crm.readLead(referralId), undefined)
  const { leadId } = await crm.upsertLead(referralId, { lead })
  dataverse.deleteLead(leadId)
  t.equal(await crm.updateLead(referralId, { lead: { city: 'Rome' } }), undefined)
  t.equal(await crm.readLead(referralId), undefined)
  t.equal(dataverse.leads().length, 0, 'nothing was made anew')
  t.strictSame(asked(), ['PATCH leads 404', 'GET leads 404', 'PATCH leads 201', 'PATCH leads 404', 'GET leads 404'])
})

t.test('an update without a name keeps the name, and one with nothing in it reads the lead', async t => {
  const { crm, dataverse } = await sandboxCrm(t)
  const { leadId } = await crm.upsertLead(referralId, { lead })
  t.match(await crm.updateLead(referralId, { lead: { subject: '', lastName: ' ', city: 'Rome' } }), { outcome: 'updated', notices: [] })
  t.match(dataverse.lead(leadId), { subject: 'Surface rollout', lastname: 'Lovelace', address1_city: 'Rome' })
  t.match(await crm.updateLead(referralId, { lead: {} }), { outcome: 'updated', lead: { leadId } })
})

t.test('a closed lead is read as such', async t => {
  const { crm, dataverse } = await sandboxCrm(t)
  const { leadId } = await crm.upsertLead(referralId, { lead: { ...lead, estimatedAmount: 7, currency: 'GBP' } })
  dataverse.disqualify(leadId)
  const closed = { leadId, state: 'Disqualified', estimatedAmount: 7, currency: 'GBP' }
  t.strictSame(await crm.readLead(referralId), closed)
  t.match(await crm.updateLead(referralId, { lead: { estimatedAmount: 8 } }), { outcome: 'readOnly', state: 'Disqualified', lead: closed })
})

t.test('an update says what it had to leave out, and which lookup leads nowhere', async t => {
  const { crm } = await sandboxCrm(t)
  await crm.upsertLead(referralId, { lead })
  const written = await crm.updateLead(referralId, { lead: { estimatedAmount: 9, currency: 'CHF' } })
  t.match(written, { notices: [/CHF/] })
  t.notOk(written?.lead?.estimatedAmount)
  const customColumns = { 'campaignid@odata.bind': `/campaigns(${referralId})` }
  await t.rejects(crm.updateLead(referralId, { lead: {}, customColumns }), { code: 'CRM_VALUE_REFUSED', message: /refers to/ })
})

for (const [name, answer, code] of [
  ['a 404 that is not about the lead', refusal(404), 'CRM_UNEXPECTED'],
  ['a page of a proxy with 404', { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>404</h1>' }, 'CRM_UNEXPECTED'],
  ['a missing table', refusal(404, '0x8006088a', "Resource not found for the segment 'leads'."), 'CRM_NOT_SET_UP'],
  ['a missing key', refusal(400, '0x80060888', 'The key in the request URI is not valid for resource'), 'CRM_NOT_SET_UP'],
  ['a refused user', refusal(403, '0x80040220', 'missing prvReadLead privilege'), 'CRM_DENIED']
] as [string, LocalAnswer, string][])
  t.test(`${name} is never taken for a deleted lead`, async t => {
    const { crm } = await start(t, answer)
    await t.rejects(crm.readLead(referralId), { code })
    await t.rejects(crm.updateLead(referralId, { lead }), { code })
  })

t.test('the answer that has no code but says what is missing means a deleted lead', async t => {
  const { crm } = await start(t, refusal(404, '', 'A record with the specified key values does not exist in lead entity'))
  t.equal(await crm.readLead(referralId), undefined)
  t.equal(await crm.updateLead(referralId, { lead }), undefined)
})

const row = {
  leadid: leadId.toUpperCase(),
  statecode: 0,
  estimatedamount: null,
  _transactioncurrencyid_value: null,
  estimatedclosedate: null
}
for (const [name, more, expected] of [
  ['without values', {}, {}],
  ['with a day', { estimatedclosedate: '2026-02-03' }, { estimatedCloseDate: '2026-02-03' }],
  ['with a day that has a time', { estimatedclosedate: '2026-02-03T00:00:00Z' }, { estimatedCloseDate: '2026-02-03' }],
  ['with an amount of nothing', { estimatedamount: 0 }, { estimatedAmount: 0 }],
  ['in a state that it cannot have', { statecode: 7 }, { state: 'Open' }]
] as [string, object, object][])
  t.test(`a lead ${name} is read`, async t => {
    const { crm } = await start(t, { body: { ...row, ...more } })
    t.strictSame(await crm.readLead(referralId), { leadId, state: 'Open', ...expected })
  })

t.test('a currency is read by its id, remembered for a day, and left out when it is gone', async t => {
  const answer: LocalAnswer = { body: { ...row, _transactioncurrencyid_value: euroId.toUpperCase() } }
  const { crm, server, clock, paths } = await start(t, answer, { body: { isocurrencycode: 'eur' } }, answer)
  t.match(await crm.readLead(referralId), { currency: 'EUR' })
  t.match(await crm.readLead(referralId), { currency: 'EUR' })
  t.strictSame(paths().slice(1, 2), [`GET transactioncurrencies(${euroId})?$select=isocurrencycode`])
  t.equal(server.received.length, 3)
  clock.ms += 24 * 60 * 60 * 1000
  server.now(answer, refusal(404, '0x80040217'), answer)
  t.strictSame(await crm.readLead(referralId), { leadId, state: 'Open' })
  await crm.readLead(referralId)
  t.equal(server.received.length, 6)
})

t.test('a currency that cannot be read fails a reading, but not a write that is done', async t => {
  const answer: LocalAnswer = { status: 200, body: { ...row, _transactioncurrencyid_value: euroId } }
  const { crm, server } = await start(t, answer, refusal(403, '', 'missing prvReadCurrency privilege'))
  await t.rejects(crm.readLead(referralId), { code: 'CRM_DENIED', message: /currency/ })
  server.now(answer, refusal(503))
  t.strictSame(
    await crm.upsertLead(referralId, { lead }),
    { leadId, outcome: 'updated', notices: [] },
    'without a lead, not with a wrong one'
  )
})
