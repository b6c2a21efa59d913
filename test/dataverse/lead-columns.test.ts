import t from 'tap'
import { leadColumnSchema } from '../../src/http/lead-column-schema.ts'
import { sandboxCrm, textColumn } from '../fixtures/dataverse-crm.ts'

const referralId = '4111fffc-f9ee-4d53-bba6-569135228642'
const lead = { subject: 'Surface rollout', lastName: 'Lovelace' }
t.test("the organization's own columns are told with their types, limits and values", async t => {
  const { crm } = await sandboxCrm(t)
  const columns = await crm.leadColumns()
  t.strictSame(Object.fromEntries(columns.map(({ name, ...column }) => [name.replace('contoso_', ''), column])), {
    region: { title: 'Region', description: 'The sales region that handles the lead.', type: 'text', maxLength: 60 },
    handovernotes: { title: 'Handover Notes', type: 'text', maxLength: 4000 },
    seats: { title: 'Seats', description: 'How many people are to use it', type: 'wholeNumber', minimum: 1, maximum: 100_000 },
    discount: { title: 'Discount', description: 'The discount in percent.', type: 'number', minimum: 0, maximum: 40 },
    annualbudget: { title: 'Annual Budget', type: 'money', minimum: 0, maximum: 1e9 },
    isstrategic: { title: 'Strategic Account', type: 'yesNo' },
    tier: {
      title: 'Tier',
      description: 'How much care the customer gets.',
      type: 'choice',
      options: [
        { value: 100_000_000, label: 'Gold' },
        { value: 100_000_001, label: 'Silver' },
        { value: 100_000_002, label: 'Bronze' }
      ]
    },
    stage: {
      title: 'Onboarding Stage',
      type: 'choice',
      options: [
        { value: 100_000_000, label: 'First Call' },
        { value: 100_000_001, label: 'Workshop' }
      ]
    },
    interests: {
      title: 'Interests',
      type: 'choices',
      options: [
        { value: 100_000_000, label: 'Migration' },
        { value: 100_000_001, label: 'Security' },
        { value: 100_000_002, label: 'Training' }
      ]
    },
    trialends: { title: 'Trial Ends', type: 'date' },
    lastbriefing: { title: 'Last Briefing', type: 'dateTime' },
    kickoff: { title: 'Kick-off', type: 'dateTime' }
  })
})

t.test('what cannot be written as a value is left out', async t => {
  const { crm } = await sandboxCrm(t)
  const names = (await crm.leadColumns()).map(({ name }) => name)
  for (const [name, why] of [
    ['new_referralid', 'the referral column, which the service writes by itself'],
    ['contoso_partnermanager', 'a lookup'],
    ['contoso_partnermanagername', 'the words of a lookup'],
    ['contoso_tiername', 'the words of a choice'],
    ['contoso_isstrategicname', 'the words of a yes or no'],
    ['contoso_annualbudget_base', "an amount in the organization's own currency"],
    ['contoso_daysopen', 'a calculated column'],
    ['msdyn_gdproptout', "a column of Microsoft's"],
    ['subject', 'a column that every lead has']
  ] as const)
    t.notOk(names.includes(name), why)
})

t.test('every column can be written with a value of the form that its schema says', async t => {
  const { crm, dataverse } = await sandboxCrm(t)
  const customColumns = {
    contoso_region: 'West',
    contoso_handovernotes: 'Two\nlines',
    contoso_seats: 40,
    contoso_discount: 12.5,
    contoso_annualbudget: 99.99,
    contoso_isstrategic: true,
    contoso_tier: 100_000_001,
    contoso_stage: 100_000_000,
    contoso_interests: '100000000,100000002',
    contoso_trialends: '2027-03-31',
    contoso_lastbriefing: '2027-03-31T09:00:00Z',
    contoso_kickoff: '2027-03-31T00:00:00+02:00'
  }
  const columns = await crm.leadColumns()
  t.strictSame(Object.keys(customColumns).sort(), columns.map(({ name }) => name).sort())
  const { properties } = leadColumnSchema(columns) as { properties: Record<string, { type: string }> }
  for (const [name, value] of Object.entries(customColumns))
    t.equal({ integer: 'number' }[String(properties[name]?.type)] ?? properties[name]?.type, typeof value, name)
  const { leadId, notices } = await crm.upsertLead(referralId, { lead, customColumns })
  t.strictSame(notices, [])
  t.match(dataverse.lead(leadId), { ...customColumns, contoso_kickoff: '2027-03-30T22:00:00Z' })
  await crm.upsertLead(referralId, { lead, customColumns: { contoso_tier: null, contoso_interests: null } })
  t.match(dataverse.lead(leadId), { contoso_tier: null, contoso_interests: null, contoso_region: 'West' })
  for (const [column, value] of [
    ['contoso_tier', 7],
    ['contoso_interests', '7'],
    ['contoso_interests', 'Security'],
    ['contoso_trialends', '2027-03-31T09:00:00Z'],
    ['contoso_kickoff', '2027-03-31']
  ] as const)
    await t.rejects(crm.upsertLead(referralId, { lead, customColumns: { [column]: value } }), { code: 'CRM_VALUE_REFUSED' }, column)
})

t.test('they are read with one request and one for each type that tells more, and remembered for five minutes', async t => {
  let now = new Date('2026-03-01T00:00:00Z')
  const { crm, dataverse, requests } = await sandboxCrm(t, { now: () => now })
  const [first, second] = await Promise.all([crm.leadColumns(), crm.leadColumns()])
  t.equal(first, second, 'both wait for the same answers')
  const read = requests.all().map(({ path }) => decodeURIComponent(String(path)))
  t.equal(read.length, 9)
  for (const path of read) t.match(path, /filter=IsCustomAttribute eq true/)
  dataverse.addLeadColumn(textColumn('contoso_late', 20))
  now = new Date('2026-03-01T00:04:59Z')
  t.equal(await crm.leadColumns(), first)
  t.equal(requests.all().length, 9)
  now = new Date('2026-03-01T00:05:00Z')
  t.match(
    (await crm.leadColumns()).find(({ name }) => name === 'contoso_late'),
    { type: 'text', maxLength: 20 }
  )
})

t.test('a failure is not remembered, and half of an answer is none', async t => {
  const { crm, dataverse } = await sandboxCrm(t)
  dataverse.nextAnswers.next({ status: 503 })
  await t.rejects(crm.leadColumns(), { code: 'CRM_UNREACHABLE', message: /^The columns of the lead table could not be read/ })
  dataverse.nextAnswers.next({ status: 500 }, ({ url }) => url.includes('.PicklistAttributeMetadata'))
  await t.rejects(crm.leadColumns(), { code: 'CRM_UNREACHABLE' }, 'a schema without its choices would hide columns')
  t.equal((await crm.leadColumns()).length, 12)
})

t.test('a user who may not read definitions is told the privilege', async t => {
  const { crm, dataverse } = await sandboxCrm(t)
  dataverse.deny('prvReadEntity')
  await t.rejects(crm.leadColumns(), { code: 'CRM_DENIED', message: /prvReadEntity/ })
})

t.test('an environment without Sales is named as such', async t => {
  const { crm } = await sandboxCrm(t, { isNew: true, hasSales: false })
  await t.rejects(crm.leadColumns(), { code: 'CRM_NOT_SET_UP', message: /Dynamics 365 Sales/ })
})
