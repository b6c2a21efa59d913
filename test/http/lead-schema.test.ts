import t from 'tap'
import { Failure } from '../../src/failure.ts'
import type { LeadColumn } from '../../src/schemas/lead-column.ts'
import { app, withKey } from '../fixtures/app.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { stageWithoutFlows } from '../fixtures/stage-without-flows.ts'

const column: LeadColumn = { name: 'contoso_region', title: 'Region', description: 'Where it is.', type: 'text', maxLength: 60 }

async function schemaOf(t: Scope, ...columns: LeadColumn[]) {
  const service = await app(t, { crm: { leadColumns: async () => columns } as never })
  const response = await service.inject({ url: '/v1/lead-schema', headers: withKey })
  return { status: response.statusCode, schema: response.json().schema }
}

t.test('columns come as a schema of the form that the designer reads', async t => {
  const options = [
    { value: 1, label: 'Gold' },
    { value: 2, label: 'Silver' }
  ]
  const { status, schema } = await schemaOf(
    t,
    column,
    { name: 'c_seats', title: 'Seats', type: 'wholeNumber', minimum: 1, maximum: 10 },
    { name: 'c_ticks', title: 'Ticks', type: 'wholeNumber', minimum: -9e15, maximum: 9e15 },
    { name: 'c_discount', title: 'Discount', description: 'In percent', type: 'number', minimum: 0 },
    { name: 'c_budget', title: 'Budget', type: 'money' },
    { name: 'c_signed', title: 'Signed', type: 'yesNo' },
    { name: 'c_tier', title: 'Tier', type: 'choice', options },
    { name: 'c_empty', title: 'Empty', type: 'choice', options: [] },
    { name: 'c_tags', title: 'Tags', type: 'choices', options },
    { name: 'c_ends', title: 'Ends', type: 'date' },
    { name: 'c_met', title: 'Met', type: 'dateTime' }
  )
  t.equal(status, 200)
  t.strictSame(schema, {
    type: 'object',
    properties: {
      c_budget: {
        type: 'number',
        format: 'double',
        'x-ms-summary': 'Budget',
        description: 'The column c_budget. In the currency of the lead.'
      },
      c_discount: { type: 'number', format: 'double', minimum: 0, 'x-ms-summary': 'Discount', description: 'In percent.' },
      c_empty: { type: 'integer', format: 'int32', 'x-ms-summary': 'Empty', description: 'The column c_empty.' },
      c_ends: { type: 'string', format: 'date', 'x-ms-summary': 'Ends', description: 'The column c_ends. A day, for example 2027-03-31.' },
      c_met: {
        ...{ type: 'string', format: 'date-time', 'x-ms-summary': 'Met' },
        description: 'The column c_met. A moment, for example 2027-03-31T09:00:00Z.'
      },
      contoso_region: { type: 'string', maxLength: 60, 'x-ms-summary': 'Region', description: 'Where it is. At most 60 characters.' },
      c_seats: { type: 'integer', format: 'int32', minimum: 1, maximum: 10, 'x-ms-summary': 'Seats', description: 'The column c_seats.' },
      c_signed: { type: 'boolean', 'x-ms-summary': 'Signed', description: 'The column c_signed.' },
      c_tags: {
        ...{ type: 'string', 'x-ms-summary': 'Tags' },
        description: 'The column c_tags. The numbers of the values, with commas between them: 1 (Gold), 2 (Silver).'
      },
      c_ticks: {
        ...{ type: 'integer', format: 'int64', minimum: -9e15, maximum: 9e15, 'x-ms-summary': 'Ticks' },
        description: 'The column c_ticks.'
      },
      c_tier: {
        ...{ type: 'integer', format: 'int32', enum: [1, 2] },
        'x-ms-enum-values': [
          { value: 1, displayName: 'Gold' },
          { value: 2, displayName: 'Silver' }
        ],
        ...{ 'x-ms-summary': 'Tier', description: 'The column c_tier.' }
      }
    }
  })
})

t.test('fields come in the order of what people call them, and what is called the same is told apart', async t => {
  const { schema } = await schemaOf(t, { ...column, name: 'c_b' }, { ...column, name: 'c_z', title: 'area' }, { ...column, name: 'c_a' })
  t.strictSame(
    Object.entries(schema.properties as Record<string, Record<string, unknown>>).map(([name, field]) => [name, field['x-ms-summary']]),
    [
      ['c_z', 'area'],
      ['c_a', 'Region (c_a)'],
      ['c_b', 'Region (c_b)']
    ]
  )
})

t.test('a choice of very many values names thirty of them', async t => {
  const options = Array.from({ length: 100 }, (_, index) => ({ value: index, label: `Value ${index}` }))
  const { schema } = await schemaOf(t, { name: 'c_tags', title: 'Tags', type: 'choices', options })
  t.match(schema.properties.c_tags.description, /29 \(Value 29\), …\.$/)
})

t.test('without columns of its own an organization gets an empty schema', async t => {
  t.strictSame(await schemaOf(t), { status: 200, schema: { type: 'object', properties: {} } })
})

t.test('what keeps the columns from being read is said where the designer looks', async t => {
  const leadColumns = async () => Promise.reject(new Failure('CRM_DENIED', 'Dataverse refused the application user.'))
  const service = await app(t, { crm: { leadColumns } as never })
  const response = await service.inject({ url: '/v1/lead-schema', headers: withKey })
  t.equal(response.statusCode, 502)
  t.match(response.headers['content-type'], /^application\/problem\+json/)
  t.match(response.json(), {
    code: 'CRM_DENIED',
    message: 'CRM_DENIED: Dataverse refused the application user.',
    error: { code: 'CRM_DENIED', message: 'Dataverse refused the application user.' }
  })
})

t.test('what the schema offers, a lead takes', async t => {
  const { call, sandbox } = await stageWithoutFlows(t)
  const { status, body } = await call('GET', '/v1/lead-schema')
  t.equal(status, 200)
  const { properties } = body.schema as { properties: Record<string, { enum?: number[] }> }
  t.ok(Object.keys(properties).length >= 10)
  const customColumns = { contoso_tier: properties.contoso_tier?.enum?.[1], contoso_trialends: '2027-03-31', contoso_isstrategic: false }
  const written = await call('PUT', `/v1/leads/${sandbox.partnerCenter.createReferral().id}`, { lastName: 'Kowal', customColumns })
  t.match(written, { status: 200, body: { outcome: 'created' } })
  t.match(sandbox.dataverse.lead(String(written.body.leadId)), customColumns)
})
