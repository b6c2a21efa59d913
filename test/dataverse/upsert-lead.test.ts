import t, { type Test } from 'tap'
import { type DataverseOptions, dataverseCrm } from '../../src/dataverse/crm.ts'
import type { Failure } from '../../src/failure.ts'
import { type LocalAnswer, localServer, type Received } from '../fixtures/local-server.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const referralId = '4111fffc-f9ee-4d53-bba6-569135228642'
const leadId = '00000000-0000-0000-0000-00000000000a'
const euroId = '00000000-0000-0000-0000-0000000000e0'
const full = { subject: 'Surface rollout', lastName: 'Lovelace' }
const created: LocalAnswer = { status: 201, body: { leadid: leadId, statecode: 0 } }
const updated: LocalAnswer = { status: 200, body: { leadid: leadId, statecode: 0 } }
const euro: LocalAnswer = { body: { value: [{ transactioncurrencyid: euroId }] } }
const nothing: LocalAnswer = { body: { value: [] } }
const refusal = (status: number, code = '', message = 'because'): LocalAnswer => ({ status, body: { error: { code, message } } })
const noLead = refusal(404, '0x80060891', 'A record with the specified key values does not exist in lead entity')
const isThere = refusal(412, '', 'A record with matching key values already exists.')

async function start(t: Test, answers: LocalAnswer[], options: Partial<DataverseOptions> = {}) {
  const server = await localServer(t, ...answers)
  const { log } = memoryLog()
  const crm = dataverseCrm({ url: `${server.url}/`, getToken: async () => 'token', referralColumn: 'new_referralid', log, ...options })
  return { crm, server }
}

/** What was asked, in short: the condition of a write and its columns. */
const asked = ({ method, url, headers, body }: Received) => ({
  method,
  path: decodeURIComponent(url).replace('/api/data/v9.2/', '').replace(/\?.*/, ''),
  ...(headers['if-match'] && { only: 'update' }),
  ...(headers['if-none-match'] && { only: 'create' }),
  ...(body && { columns: JSON.parse(body) })
})
const properties = 'leadid,statecode,estimatedamount,_transactioncurrencyid_value,estimatedclosedate'
const path = `leads(new_referralid='${referralId}')`

t.test('a date in the answer, which the library would read without its offset, changes nothing', async t => {
  const { crm } = await start(t, [{ status: 200, body: { leadid: leadId, statecode: 0, modifiedon: '2026-01-02T02:00:00+02:00' } }])
  t.strictSame(await crm.upsertLead(referralId, { lead: full }), {
    leadId,
    outcome: 'updated',
    notices: [],
    lead: { leadId, state: 'Open' }
  })
})

t.test('the longest key stays one PATCH, where the library would make a batch of a longer address', async t => {
  const { crm, server } = await start(t, [created], { referralColumn: `new_${'x'.repeat(40)}` })
  await crm.upsertLead('x'.repeat(100), { lead: full })
  t.match(server.received[0], { method: 'PATCH', url: /leads\(/ })
})

t.test('a write without a last name leaves the one that the lead has', async t => {
  const { crm, server } = await start(t, [updated])
  t.match(await crm.upsertLead(referralId, { lead: { city: 'Rome' } }), { leadId, outcome: 'updated', notices: [] })
  t.strictSame(server.received.map(asked), [{ method: 'PATCH', path, only: 'update', columns: { address1_city: 'Rome' } }])
})

t.test('creating makes one request, and finds out whether a lead is there or another record is in the way', async t => {
  const fresh = await start(t, [created])
  t.match(await fresh.crm.createLead(referralId, { lead: { city: 'Rome' } }), { leadId, outcome: 'created' })
  t.match(fresh.server.received.map(asked), [{ method: 'PATCH', path, only: 'create', columns: { address1_city: 'Rome', lastname: /./ } }])
  t.equal(fresh.server.received.length, 1)

  for (const refused of [isThere, refusal(412, '0x80060892')]) {
    const there = await start(t, [refused, updated])
    t.equal(await there.crm.createLead(referralId, { lead: full }), undefined)
    t.same(
      there.server.received.map(({ method }) => method),
      ['PATCH', 'GET']
    )
  }

  const duplicate = await start(t, [refusal(412, '0x80040333'), noLead])
  await t.rejects(duplicate.crm.createLead(referralId, { lead: full }), { code: 'CRM_DUPLICATE' })
})

t.test('a new lead without topic and last name is created with both filled, never without them', async t => {
  const { crm, server } = await start(t, [noLead, created])
  const result = await crm.upsertLead(referralId, { lead: { companyName: 'Contoso', lastName: '' } })
  t.match(result, { leadId, outcome: 'created', notices: [/no topic/, /no last name/] })
  t.strictSame(server.received.map(asked), [
    { method: 'PATCH', path, only: 'update', columns: { companyname: 'Contoso' } },
    { method: 'PATCH', path, only: 'create', columns: { companyname: 'Contoso', subject: 'Contoso', lastname: 'Contoso' } }
  ])
})

t.test('a lead that another run creates between the two is updated, and keeps its name', async t => {
  const { crm, server } = await start(t, [noLead, isThere, updated])
  t.match(await crm.upsertLead(referralId, { lead: { city: 'Rome' } }), { leadId, outcome: 'updated', notices: [] })
  t.strictSame(server.received.map(asked)[2], { method: 'PATCH', path, only: 'update', columns: { address1_city: 'Rome' } })
})

t.test('a lead that comes and goes is a failure, not a loop', async t => {
  const { crm, server } = await start(t, [noLead, isThere, noLead])
  await t.rejects(crm.upsertLead(referralId, { lead: {} }), { code: 'CRM_DUPLICATE' })
  t.equal(server.received.length, 3)
})

t.test('two runs that both create the lead end with one lead', async t => {
  const violated = refusal(412, '0x80060892', 'Entity Key violated. A record with the same value already exists.')
  const { crm, server } = await start(t, [violated, updated])
  t.match(await crm.upsertLead(referralId, { lead: full }), { outcome: 'updated' })
  t.equal(server.received.length, 2)
  server.now(violated)
  await t.rejects(crm.upsertLead(referralId, { lead: full }), { code: 'CRM_DUPLICATE' })
  t.equal(server.received.length, 4, 'a key that is violated for good is tried twice')
})

for (const [statecode, state] of [
  [1, 'Qualified'],
  [2, 'Disqualified']
] as const)
  t.test(`a refused update of a lead that is ${state} is no failure`, async t => {
    for (const refused of [refusal(400, '0x80040203'), refusal(403, ''), refusal(409, ''), refusal(405, '')]) {
      const { crm, server } = await start(t, [refused, { body: { leadid: leadId, statecode } }])
      t.strictSame(await crm.upsertLead(referralId, { lead: full }), {
        leadId,
        outcome: 'readOnly',
        state,
        notices: [],
        lead: { leadId, state }
      })
      t.match(server.received[1], { method: 'GET', url: new RegExp(`\\?\\$select=${properties}$`) })
      t.equal(server.received.length, 2)
    }
  })

for (const [name, second] of [
  ['open', updated],
  ['missing', noLead],
  ['not to be read', refusal(503)]
] as const)
  t.test(`a refused write of a lead that is ${name} keeps its own failure`, async t => {
    const { crm } = await start(t, [refusal(400, '0x80044331', "the 'city' attribute"), second])
    await t.rejects(crm.upsertLead(referralId, { lead: full }), { code: 'CRM_VALUE_REFUSED', message: /«city»/ })
  })

for (const [name, answer, code] of [
  ['an unknown column', refusal(400, '0x0', "Invalid property 'new_x' was found in entity 'lead'"), 'CRM_COLUMN_UNKNOWN'],
  ['a missing key', refusal(400, '0x80060888', 'The key in the request URI is not valid for resource'), 'CRM_NOT_SET_UP'],
  ['a missing table', refusal(404, '0x8006088a', "Resource not found for the segment 'leads'."), 'CRM_NOT_SET_UP'],
  ['an error of the server', refusal(500), 'CRM_UNREACHABLE'],
  ['a path that is not there', refusal(404), 'CRM_UNEXPECTED']
] as const)
  t.test(`${name} asks for nothing more`, async t => {
    const { crm, server } = await start(t, [answer])
    await t.rejects(crm.upsertLead(referralId, { lead: full, customColumns: { new_x: 1 } }), { code })
    t.equal(server.received.length, 1)
  })

t.test('a lookup of a record that does not exist is a refused value', async t => {
  const missing = refusal(404, '0x80040217', 'campaign With Id = … Does Not Exist')
  const customColumns = { 'campaignid@odata.bind': `/campaigns(${leadId})` }
  for (const lead of [full, {}]) {
    const { crm, server } = await start(t, [missing])
    await t.rejects(crm.upsertLead(referralId, { lead, customColumns }), { code: 'CRM_VALUE_REFUSED', message: /refers to/ })
    t.equal(server.received.length, 1)
  }
})

t.test('an amount is written with its currency, looked up once', async t => {
  const { crm, server } = await start(t, [euro, updated])
  await crm.upsertLead(referralId, { lead: { ...full, estimatedAmount: 5, currency: 'eur' } })
  await crm.upsertLead(referralId, { lead: { ...full, estimatedAmount: 6, currency: 'EUR' } })
  t.match(server.received.map(asked), [
    { method: 'GET', path: 'transactioncurrencies' },
    { columns: { estimatedamount: 5, 'transactioncurrencyid@odata.bind': `/transactioncurrencies(${euroId})` } },
    { columns: { estimatedamount: 6, 'transactioncurrencyid@odata.bind': `/transactioncurrencies(${euroId})` } }
  ])
  t.match(decodeURIComponent(server.received[0]?.url ?? ''), "$filter=isocurrencycode eq 'EUR' and statecode eq 0")
})

t.test('writes at the same time share one look-up', async t => {
  const answer: LocalAnswer = (request, response) => {
    const isLookUp = request.url.includes('transactioncurrencies')
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isLookUp ? { value: [{ transactioncurrencyid: euroId }] } : { leadid: leadId, statecode: 0 }))
  }
  const { crm, server } = await start(t, [answer])
  await Promise.all(Array.from({ length: 5 }, () => crm.upsertLead(referralId, { lead: { ...full, currency: 'EUR' } })))
  t.equal(server.received.filter(({ url }) => url.includes('transactioncurrencies')).length, 1)
})

t.test('a currency that the organization lacks is left out with its amount, and asked for again ten minutes later', async t => {
  const clock = { ms: Date.parse('2026-01-01') }
  const { crm, server } = await start(t, [nothing, updated], { now: () => new Date(clock.ms) })
  const write = () => crm.upsertLead(referralId, { lead: { ...full, estimatedAmount: 5, currency: 'XTS' } })
  t.strictSame((await write()).notices, ['The CRM does not have the currency XTS: estimatedAmount was left out.'])
  await write()
  t.match(server.received.map(asked), [{ method: 'GET' }, { method: 'PATCH' }, { method: 'PATCH' }])
  for (const { columns } of server.received.map(asked).slice(1)) t.strictSame(columns, { subject: full.subject, lastname: full.lastName })
  clock.ms += 10 * 60 * 1000
  server.now(euro, updated)
  t.strictSame((await write()).notices, [])
})

t.test('a currency code that is none is not asked for', async t => {
  const { crm, server } = await start(t, [updated])
  const { notices } = await crm.upsertLead(referralId, { lead: { ...full, currency: "E'R" } })
  t.equal(notices.length, 1)
  t.strictSame(server.received.map(asked).length, 1)
})

t.test('a failed look-up is not remembered', async t => {
  const { crm, server } = await start(t, [refusal(503), euro, updated])
  const write = () => crm.upsertLead(referralId, { lead: { ...full, currency: 'EUR' } })
  await t.rejects(write(), { code: 'CRM_UNREACHABLE', message: /currency/ })
  t.match(await write(), { outcome: 'updated' })
  t.equal(server.received.length, 3)
})

t.test('nothing is sent for a referral id or a custom column that cannot be', async t => {
  const { crm, server } = await start(t, [updated])
  await t.rejects(crm.upsertLead("x' or 1", { lead: full }), { code: 'REFERRAL_ID_MALFORMED' } satisfies Partial<Failure>)
  await t.rejects(crm.upsertLead(referralId, { lead: full, customColumns: { new_referralid: 'x' } }), { code: 'REQUEST_INVALID' })
  t.equal(server.received.length, 0)
})
