import t from 'tap'
import type { Failure } from '../../src/failure.ts'
import { sandboxCrm as start, textColumn } from '../fixtures/dataverse-crm.ts'

const referralId = '4111fffc-f9ee-4d53-bba6-569135228642'
const lead = { subject: 'Surface rollout', lastName: 'Lovelace', companyName: 'Contoso' }

t.test('the setup makes a new environment ready, and a second one finds it so', async t => {
  const { crm, setUp, lines, asked } = await start(t, { isNew: true })
  await t.rejects(crm.check(), { code: 'CRM_NOT_SET_UP' })
  await t.rejects(crm.upsertLead(referralId, { lead }), { code: 'CRM_NOT_SET_UP' })
  await setUp()
  t.strictSame(lines.filter(line => line.includes('created')).length, 2)
  t.match(await crm.check(), /is active/)
  const before = asked().filter(line => line.startsWith('POST')).length
  await setUp()
  t.equal(asked().filter(line => line.startsWith('POST')).length, before)
})

t.test('an index that failed is built again', async t => {
  const { crm, dataverse, setUp, lines } = await start(t, { isNew: true })
  dataverse.failNextKeyIndex()
  await setUp()
  t.ok(lines.some(line => line.includes('started once more')))
  t.match(await crm.check(), /is active/)
})

t.test('two leads with the same referral id keep the index from being built, and the setup says so', async t => {
  const { dataverse, setUp } = await start(t, { isNew: true })
  dataverse.addLeadColumn(textColumn('new_referralid', 100))
  for (const subject of ['one', 'two']) dataverse.createLead({ subject, lastname: 'x', new_referralid: 'same' })
  await t.rejects(setUp(), { code: 'CRM_NOT_SET_UP', message: /same referral id/ })
})

t.test('an environment without Sales is named as such', async t => {
  const { crm, setUp } = await start(t, { isNew: true, hasSales: false })
  await t.rejects(setUp(), { code: 'CRM_NOT_SET_UP', message: /no lead table/ })
  await t.rejects(crm.upsertLead(referralId, { lead }), { code: 'CRM_NOT_SET_UP' })
})

t.test('a lead is created once, and then updated, with one request each', async t => {
  const { crm, dataverse, asked } = await start(t)
  const first = await crm.upsertLead(referralId, {
    lead: { ...lead, rating: 'Hot', estimatedCloseDate: '2026-12-31', numberOfEmployees: 30 }
  })
  t.match(first, { outcome: 'created', notices: [] })
  const second = await crm.upsertLead(referralId, { lead: { ...lead, city: 'Zürich 😀' } })
  t.match(second, { leadId: first.leadId, outcome: 'updated', notices: [] })
  t.strictSame(second.lead, { leadId: first.leadId, state: 'Open', estimatedCloseDate: '2026-12-31' })
  t.strictSame(asked(), ['PATCH leads 201', 'PATCH leads 200'])
  t.equal(dataverse.leads().length, 1)
  t.match(dataverse.lead(first.leadId), {
    subject: 'Surface rollout',
    lastname: 'Lovelace',
    companyname: 'Contoso',
    address1_city: 'Zürich 😀',
    leadqualitycode: 1,
    estimatedclosedate: /^2026-12-31/,
    numberofemployees: 30,
    new_referralid: referralId
  })
})

t.test('a change without a name keeps the name; a new lead without one gets one', async t => {
  const { crm, dataverse, asked } = await start(t)
  const { leadId } = await crm.upsertLead(referralId, { lead })
  t.match(await crm.upsertLead(referralId, { lead: { city: 'Rome' } }), { outcome: 'updated', notices: [] })
  t.match(dataverse.lead(leadId), { lastname: 'Lovelace', subject: 'Surface rollout', address1_city: 'Rome' })
  const other = await crm.upsertLead('other', { lead: { companyName: 'Fabrikam' } })
  t.match(other, { outcome: 'created', notices: [/topic/, /last name/] })
  t.match(dataverse.lead(other.leadId), { lastname: 'Fabrikam', subject: 'Fabrikam' })
  t.strictSame(asked(), ['PATCH leads 201', 'PATCH leads 200', 'PATCH leads 404', 'PATCH leads 201'])
})

t.test('twenty runs at once make one lead', async t => {
  const { crm, dataverse } = await start(t)
  for (const write of [{ lead }, { lead: { city: 'Rome' } }]) {
    const id = `referral-${Object.keys(write.lead).length}`
    const results = await Promise.all(Array.from({ length: 20 }, () => crm.upsertLead(id, write)))
    t.equal(results.filter(({ outcome }) => outcome === 'created').length, 1)
    t.equal(dataverse.leads().filter(({ new_referralid }) => new_referralid === id).length, 1)
  }
})

t.test('a lead deleted in the CRM is created again', async t => {
  const { crm, dataverse } = await start(t)
  const { leadId } = await crm.upsertLead(referralId, { lead })
  dataverse.deleteLead(leadId)
  const again = await crm.upsertLead(referralId, { lead })
  t.match(again, { outcome: 'created' })
  t.not(again.leadId, leadId)
})

for (const [close, state] of [
  ['qualify', 'Qualified'],
  ['disqualify', 'Disqualified']
] as const)
  t.test(`a lead that is ${state} is left alone, and the answer says so`, async t => {
    const { crm, dataverse, asked } = await start(t)
    const { leadId } = await crm.upsertLead(referralId, { lead })
    dataverse[close](leadId)
    const leftAlone = { leadId, outcome: 'readOnly', state, notices: [], lead: { leadId, state } }
    t.strictSame(await crm.upsertLead(referralId, { lead: { ...lead, city: 'Rome' } }), leftAlone)
    t.strictSame(await crm.upsertLead(referralId, { lead: { city: 'Rome' } }), leftAlone)
    t.strictSame(await crm.updateLead(referralId, { lead: { city: 'Rome' } }), leftAlone)
    t.strictSame(asked().slice(1), Array(3).fill(['PATCH leads 400', 'GET leads 200']).flat())
  })

t.test('money goes with its currency; one that the organization lacks is left out with its amount', async t => {
  const { crm, dataverse, requests } = await start(t)
  const { leadId } = await crm.upsertLead(referralId, { lead: { ...lead, estimatedAmount: 1234.5, currency: 'EUR' } })
  t.match(dataverse.lead(leadId), { estimatedamount: 1234.5 })
  const dollars = await crm.upsertLead('dollars', { lead: { ...lead, estimatedAmount: 1, currency: 'USD' } })
  t.not(dataverse.lead(dollars.leadId)?.transactioncurrencyid, dataverse.lead(leadId)?.transactioncurrencyid)
  const { notices } = await crm.upsertLead(referralId, { lead: { ...lead, estimatedAmount: 9, currency: 'CHF' } })
  t.match(notices, [/CHF/])
  t.match(dataverse.lead(leadId), { estimatedamount: 1234.5 })
  t.equal(
    requests.count(({ path }) => path.includes('transactioncurrencies')),
    3
  )
})

t.test('texts that are too long arrive cut, in the length that Dataverse counts', async t => {
  const { crm, dataverse } = await start(t)
  const long = '😀'.repeat(1500)
  const { leadId, notices } = await crm.upsertLead(referralId, {
    lead: { subject: long, lastName: long, description: long, email: `${'x'.repeat(100)}@contoso.example`, phone: 'x'.repeat(51) }
  })
  t.equal(notices.length, 5)
  const { subject, lastname, description, emailaddress1 } = dataverse.lead(leadId) ?? {}
  t.strictSame(
    [subject, lastname, description].map(text => String(text).length),
    [300, 50, 2000]
  )
  t.notOk(emailaddress1)
})

t.test('the text that crashes the library can be written, since it is never read back', async t => {
  const { crm, dataverse } = await start(t)
  const description = 'see --batchresponse_4711 {"and": "so on'
  const { leadId } = await crm.upsertLead(referralId, { lead: { ...lead, description } })
  t.equal(dataverse.lead(leadId)?.description, description)
  t.match(await crm.upsertLead(referralId, { lead: { ...lead, description } }), { outcome: 'updated' })
})

t.test("columns and lookups of the organization's own are written", async t => {
  const { crm, dataverse } = await start(t)
  dataverse.addLeadColumn(textColumn('new_region', 20))
  const { leadId } = await crm.upsertLead(referralId, {
    lead,
    customColumns: { new_region: 'EMEA', leadsourcecode: 4, donotemail: true, 'ownerid@odata.bind': `/systemusers(${dataverse.userId})` }
  })
  t.match(dataverse.lead(leadId), { new_region: 'EMEA', leadsourcecode: 4, donotemail: true })
})

for (const [name, customColumns, code, says] of [
  ['an unknown column', { new_nowhere: 'x' }, 'CRM_COLUMN_UNKNOWN', /«new_nowhere»/],
  ['an unknown lookup', { 'new_Nowhere@odata.bind': `/accounts(${referralId})` }, 'CRM_COLUMN_UNKNOWN', /«new_Nowhere»/],
  ['a choice that is none', { leadsourcecode: 99 }, 'CRM_VALUE_REFUSED', /refused/],
  ['a value of the wrong type', { budgetamount: 'much' }, 'CRM_VALUE_REFUSED', /refused/],
  ['a text that is too long', { emailaddress2: 'x'.repeat(101) }, 'CRM_VALUE_REFUSED', /«emailaddress2»/],
  ['a record that is not there', { 'campaignid@odata.bind': `/campaigns(${referralId})` }, 'CRM_VALUE_REFUSED', /refers to/]
] as [string, Record<string, string | number>, string, RegExp][])
  t.test(`${name} is refused by name and nothing is written`, async t => {
    const { crm, dataverse } = await start(t)
    await t.rejects(crm.upsertLead(referralId, { lead, customColumns }), { code, message: says })
    await t.rejects(crm.upsertLead(referralId, { lead: {}, customColumns }), { code, message: says })
    t.equal(dataverse.leads().length, 0)
  })

t.test('a user without a role, a stranger and a dead token are denied', async t => {
  const denied = await start(t)
  denied.dataverse.deny('prvCreateLead')
  await t.rejects(denied.crm.upsertLead(referralId, { lead }), { code: 'CRM_DENIED', message: /prvCreateLead/ })
  const stranger = await start(t)
  stranger.dataverse.setMember(false)
  await t.rejects(stranger.crm.check(), { code: 'CRM_DENIED' })
  const dead = await start(t, { isNew: true, getToken: async () => 'bad' })
  await t.rejects(dead.crm.check(), { code: 'CRM_DENIED', message: /sign-in/ })
  t.equal(dead.requests.count(), 1)
})

t.test('each service protection limit is waited for when the pause is short', async t => {
  for (const kind of ['requests', 'time', 'concurrency'] as const) {
    const clock = { ms: Date.now() }
    const { crm, dataverse, asked } = await start(t, {
      now: () => new Date(clock.ms),
      wait: async ms => {
        clock.ms += ms
      }
    })
    dataverse.limit(kind, { retryAfterSeconds: 2, times: 2 })
    t.match(await crm.upsertLead(referralId, { lead }), { outcome: 'created' })
    t.strictSame(asked(), ['PATCH leads 429', 'PATCH leads 429', 'PATCH leads 201'])
    dataverse.limit(kind, { retryAfterSeconds: 200, times: 1 })
    await t.rejects(crm.upsertLead(referralId, { lead }), { code: 'CRM_BUSY', retryAfterMs: 200_000 } satisfies Partial<Failure>)
  }
})

t.test('a hundred writes at once stay below the limit of concurrent requests', async t => {
  const { crm, dataverse, requests } = await start(t)
  const release = dataverse.hold()
  const all = Promise.all(Array.from({ length: 100 }, (_, i) => crm.upsertLead(`referral-${i}`, { lead })))
  while (requests.count() < 40) await new Promise(resolve => setImmediate(resolve))
  release()
  t.equal((await all).length, 100)
  t.equal(requests.count({ status: 429 }), 0)
  t.equal(dataverse.leads().length, 100)
})

t.test('after any fault the same write again leaves one lead', async t => {
  for (const [answer, code] of [
    [{ reset: true }, 'CRM_UNREACHABLE'],
    [{ reset: 'mid-body' }, 'CRM_UNREACHABLE'],
    [{ truncate: true }, 'CRM_UNEXPECTED'],
    [{ stall: true }, 'CRM_UNREACHABLE'],
    [{ stall: 'mid-body' }, 'CRM_UNREACHABLE'],
    [{ status: 503, body: '<h1>down</h1>' }, 'CRM_UNREACHABLE']
  ] as const) {
    const { crm, dataverse, text } = await start(t, { deadlineMs: 300 })
    dataverse.nextAnswers.next(answer)
    await t.rejects(crm.upsertLead(referralId, { lead }), { code }, JSON.stringify(answer))
    t.match(await crm.upsertLead(referralId, { lead }), { leadId: /./ })
    t.equal(dataverse.leads().length, 1)
    t.notMatch(text(), /Lovelace/)
  }
})
