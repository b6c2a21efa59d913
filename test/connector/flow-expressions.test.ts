import t from 'tap'
import { flowDefinition } from '../../src/connector/flows/flow.ts'
import { defaultFlowOptions, flows, solutionFlows } from '../../src/connector/flows/flows.ts'
import { type JsonObject, listAt, objectAt } from '../../src/connector/json.ts'
import { holds } from '../../src/flow/expression/condition.ts'
import { evaluate } from '../../src/flow/expression/evaluate.ts'
import type { Scope } from '../../src/flow/expression/scope.ts'
import type { Json } from '../../src/flow/json.ts'
import { actionsOf } from '../fixtures/flow-actions.ts'

const referralId = '4111fffc-f9ee-4d53-bba6-569135228642'
const leadId = '9b1b1f0e-7f86-4d5a-bb1f-0a8f4a4a4c11'

interface Ran {
  status?: string
  outputs?: Json
  error?: Json
}

/** A place in a run of which only what is given has happened. */
function scopeOf(trigger: Json, ran: Record<string, Ran> = {}, parameters: Record<string, Json> = {}): Scope {
  const records = Object.entries(ran).map(([name, { status = 'Succeeded', outputs = null, error = null }]) => ({
    ...{ name, status, outputs, error, code: status === 'Succeeded' ? 'OK' : 'BadRequest' },
    ...{ startTime: '2026-01-01T00:00:00Z', endTime: '2026-01-01T00:00:01Z' }
  }))
  return {
    action: name => records.find(record => record.name === name),
    trigger: { name: 'trigger', outputs: { headers: {}, body: trigger } },
    variable: name => {
      throw new Error(`${name} is not declared.`)
    },
    parameter: name => parameters[name] ?? null,
    item: () => null,
    result: () => records as Json,
    workflow: {},
    now: () => new Date('2026-01-01T00:00:00Z'),
    newGuid: () => leadId
  }
}

function action(flowName: string, name: string, list = flows()): JsonObject {
  const flow = list.find(flow => flow.name === flowName)
  const found = flow && actionsOf(flowDefinition(flow)).find(placed => placed.name === name)
  if (!found) throw new Error(`${flowName} has no ${name}.`)
  return found.action
}

const parametersOf = (flowName: string, name: string, scope: Scope): Record<string, Json> =>
  evaluate(objectAt(objectAt(action(flowName, name), 'inputs'), 'parameters') as Json, scope) as Record<string, Json>

function begins(flowName: string, trigger: Json, parameters?: Record<string, Json>): boolean {
  const variables = { minimumDealValue: "parameters('least')", sendLeadChanges: "parameters('send')" }
  const options = parameters ? { ...defaultFlowOptions, variables } : defaultFlowOptions
  const flow = solutionFlows(options).find(({ name }) => name === flowName)
  const conditions = Object.values(flow?.triggers ?? {}).flatMap(each => listAt(each, 'conditions'))
  return conditions.every(({ expression }) => holds(expression as Json, scopeOf(trigger, {}, parameters)))
}

t.test('a run begins for a referral, and for no other event', async t => {
  t.ok(begins('referral-to-lead', { eventName: 'referral-created', referralId }))
  t.notOk(begins('referral-to-lead', { eventName: 'test-created' }))
  t.notOk(begins('referral-to-lead', { eventName: 'test-created', referralId: null }))
  t.notOk(begins('referral-to-lead', null))
  t.notOk(begins('referral-to-dataverse', { eventName: 'referral-updated', referralId }), 'a referral that could not be read')
  t.ok(begins('referral-to-dataverse', { eventName: 'referral-updated', referralId, lead: { subject: 'Deal' } }))
  t.notOk(begins('lead-to-referral', { leadid: leadId }))
  t.ok(begins('lead-to-referral', { leadid: leadId, new_referralid: referralId }))
})

t.test('small deals are left where the environment says so', async t => {
  const event = (dealValue: Json) => ({ referralId, lead: {}, referral: { details: { dealValue } } })
  for (const [least, value, expected] of [
    [0, 0, true],
    [0, null, true],
    [null, null, true],
    [1000, 999.99, false],
    [1000, 1000, true],
    [1000, '1000', true],
    [1000, null, false]
  ] as const)
    t.equal(begins('referral-to-lead', event(value), { least, send: true }), expected, `${value} of ${least}`)
  t.ok(begins('referral-to-lead', { referralId }, { least: 0, send: true }), 'without the referral')
  t.notOk(begins('lead-to-referral', { new_referralid: referralId }, { least: 0, send: false }))
  t.ok(begins('lead-to-referral', { new_referralid: referralId }, { least: 0, send: true }))
})

t.test('the lead of a referral that says next to nothing is complete all the same', async t => {
  const trigger = { referralId, lead: {} }
  const nobody = { Read_the_lead_as_it_is: { outputs: { body: { value: [] } } }, Find_the_currency: { outputs: { body: { value: [] } } } }
  const given = parametersOf('referral-to-dataverse', 'Write_the_lead', scopeOf(trigger, nobody))
  t.equal(given.recordId, referralId, "a new lead has the referral's id")
  t.equal(given['item/subject'], `Referral ${referralId}`)
  t.equal(given['item/lastname'], 'Unknown')
  t.equal(given['item/new_referralid'], referralId)
  const { entityName: _name, recordId: _id, ...columns } = given
  const filled = Object.keys(columns).filter(name => columns[name] !== null)
  t.strictSame(filled, ['item/subject', 'item/lastname', 'item/new_referralid'])
})

t.test('the lead is written column by column, the amount with its currency', async t => {
  const lead = {
    ...{ subject: 'Deal', firstName: 'Joe', lastName: 'Hansen', companyName: 'Contoso', email: 'joe@contoso.com', phone: '1' },
    ...{ estimatedAmount: 1200.5, currency: 'EUR', estimatedCloseDate: '2026-05-01', rating: 'Warm', numberOfEmployees: 50 }
  }
  const found = {
    Read_the_lead_as_it_is: { outputs: { body: { value: [{ telephone1: '2', jobtitle: 'Buyer', statecode: 0 }] } } },
    Find_the_currency: { outputs: { body: { value: [{ transactioncurrencyid: 'c-eur' }] } } }
  }
  const given = parametersOf('referral-to-dataverse', 'Write_the_lead', scopeOf({ referralId, leadId, lead }, found))
  t.match(given, {
    recordId: leadId,
    'item/subject': 'Deal',
    'item/telephone1': '1',
    'item/jobtitle': 'Buyer',
    'item/estimatedamount': 1200.5,
    'item/transactioncurrencyid@odata.bind': '/transactioncurrencies(c-eur)',
    'item/estimatedclosedate': '2026-05-01',
    'item/leadqualitycode': 2,
    'item/numberofemployees': 50
  })
})

t.test('an amount in a currency that the CRM does not have is left out', async t => {
  const found = {
    Read_the_lead_as_it_is: { outputs: { body: { value: [{ estimatedamount: 7, _transactioncurrencyid_value: 'c-usd' }] } } },
    Find_the_currency: { outputs: { body: { value: [] } } }
  }
  const trigger = { referralId, lead: { estimatedAmount: 5, currency: 'XXX' } }
  const given = parametersOf('referral-to-dataverse', 'Write_the_lead', scopeOf(trigger, found))
  t.equal(given['item/estimatedamount'], 7, 'what the lead has stays')
  t.equal(given['item/transactioncurrencyid@odata.bind'], '/transactioncurrencies(c-usd)')
})

t.test('the edits of a referral from its lead', async t => {
  const closing = (closingDateTime: Json) => ({ outputs: { body: { id: referralId, details: { closingDateTime } } } })
  const euro = { outputs: { body: { value: [{ isocurrencycode: 'EUR' }] } } }
  const none = { outputs: { body: { value: [] } } }
  const base = { leadid: leadId, new_referralid: referralId, statecode: 0 }
  const rows: { what: string; lead: Record<string, Json>; currency?: Ran; referral?: Ran; edits: Record<string, Json> }[] = [
    { what: 'an empty lead says only its id', lead: {}, edits: {} },
    { what: 'an amount goes with its currency', lead: { estimatedamount: 10 }, currency: euro, edits: { dealValue: 10, currency: 'EUR' } },
    { what: 'an amount of nothing is an amount', lead: { estimatedamount: 0 }, currency: euro, edits: { dealValue: 0, currency: 'EUR' } },
    { what: 'an amount without a currency is left out', lead: { estimatedamount: 10 }, edits: {} },
    { what: 'a currency without an amount is left out', lead: {}, currency: euro, edits: {} },
    {
      what: 'a new day of closing is written',
      lead: { estimatedclosedate: '2026-05-01' },
      referral: closing('2026-04-30T09:00:00Z'),
      edits: { closingDateTime: '2026-05-01T00:00:00Z' }
    },
    {
      what: 'the same day with a time is left alone',
      lead: { estimatedclosedate: '2026-05-01' },
      referral: closing('2026-05-01T09:00:00.123Z'),
      edits: {}
    },
    {
      what: 'a day where the referral has none is written',
      lead: { estimatedclosedate: '2026-05-01T00:00:00Z' },
      referral: { outputs: { body: { id: referralId, details: null } } },
      edits: { closingDateTime: '2026-05-01T00:00:00Z' }
    },
    { what: 'a qualified lead is an accepted deal', lead: { statecode: 1 }, edits: { status: 'Active', substatus: 'Accepted' } },
    { what: 'a disqualified lead is a lost deal', lead: { statecode: 2 }, edits: { status: 'Closed', substatus: 'Lost' } }
  ]
  for (const { what, lead, currency = none, referral = closing(null), edits } of rows) {
    const scope = scopeOf({ ...base, ...lead }, { Read_the_currency_of_the_lead: currency, Read_the_referral: referral })
    const given = Object.entries(parametersOf('lead-to-referral', 'Update_the_referral', scope)).filter(([, value]) => value !== null)
    const expected = { referralId, 'body/externalReferenceId': leadId, ...prefixed(edits) }
    t.strictSame(Object.fromEntries(given), expected, what)
  }
})

const prefixed = (edits: Record<string, Json>) => Object.fromEntries(Object.entries(edits).map(([name, value]) => [`body/${name}`, value]))

t.test('a reference that the referral has already is left as it is', async t => {
  for (const [present, sent] of [
    ['the-opportunity', 'the-opportunity'],
    ['', leadId],
    [null, leadId]
  ] as const) {
    const ran = {
      Read_the_currency_of_the_lead: { outputs: { body: { value: [] } } },
      Read_the_referral: { outputs: { body: { externalReferenceId: present } } }
    }
    const given = parametersOf('lead-to-referral', 'Update_the_referral', scopeOf({ leadid: leadId }, ran))
    t.equal(given['body/externalReferenceId'], sent)
  }
})

t.test('a lead without a currency asks for no currency, and the filter is a filter', async t => {
  const { $filter } = parametersOf('lead-to-referral', 'Read_the_currency_of_the_lead', scopeOf({ leadid: leadId }))
  t.equal($filter, 'transactioncurrencyid eq 00000000-0000-0000-0000-000000000000')
})

t.test('a callback without body and headers is for the validation to refuse', async t => {
  const given = parametersOf('callback-to-lead', 'Validate_the_callback', scopeOf(null))
  t.strictSame(given, { 'body/content': '', 'body/signature': null, 'body/certificateUrl': null, 'body/signatureAlgorithm': null })
})

t.test('only events about a referral of ours go on after the validation', async t => {
  const cases: [string | null, string | null, boolean][] = [
    ['referral-created', referralId, true],
    ['Referral-Updated', referralId, true],
    ['related-referral-created', referralId, false],
    ['test-created', null, false],
    ['referral-created', null, false],
    [null, referralId, false]
  ]
  for (const flowName of ['callback-to-lead', 'callback-to-lead-built-in'])
    for (const [eventName, id, expected] of cases) {
      const scope = scopeOf(null, { Validate_the_callback: { outputs: { body: { eventName, ...(id !== null && { referralId: id }) } } } })
      const { expression } = action(flowName, 'If_it_is_about_a_referral_of_ours')
      t.equal(holds(expression as Json, scope), expected, `${flowName}: ${eventName} ${id}`)
    }
})

t.test('Catch reports what the step was answered, whatever that was', async t => {
  const problem = { code: 'CRM_BUSY', detail: 'The CRM is busy.', advice: 'Wait.', message: 'The CRM is busy.', title: 'Busy' }
  const rows: { what: string; failed: Ran; code: string; message: string }[] = [
    {
      what: 'problem details',
      failed: { outputs: { body: problem } },
      code: 'CRM_BUSY',
      message: 'Upsert_the_lead: The CRM is busy. Wait.'
    },
    {
      what: 'an error of Dataverse',
      failed: { outputs: { body: { error: { code: '0x80040217', message: 'Not there.' } } } },
      code: '0x80040217',
      message: 'Upsert_the_lead: Not there.'
    },
    {
      what: 'a page of a proxy',
      failed: { outputs: { body: '<html>Bad gateway</html>' } },
      code: 'BadRequest',
      message: 'Upsert_the_lead: The step was not answered.'
    },
    { what: 'nothing at all', failed: {}, code: 'BadRequest', message: 'Upsert_the_lead: The step was not answered.' },
    {
      what: 'an error of the platform',
      failed: { error: { code: 'InvalidTemplate', message: 'Unable to process.' } },
      code: 'InvalidTemplate',
      message: 'Upsert_the_lead: Unable to process.'
    }
  ]
  for (const { what, failed, code, message } of rows) {
    const steps: Record<string, Ran> = { Upsert_the_lead: { status: 'Failed', ...failed } }
    const found = scopeOf(null, steps).result('Try')
    const first = scopeOf(null, { ...steps, Find_the_failed_step: { outputs: { body: found } } })
    const answer = evaluate(action('referral-to-lead', 'Read_its_answer').inputs as Json, first)
    const scope = scopeOf(null, { ...steps, Find_the_failed_step: { outputs: { body: found } }, Read_its_answer: { outputs: answer } })
    t.notOk(holds(action('referral-to-lead', 'If_it_is_no_fault').expression as Json, scope), what)
    const { runError } = evaluate(objectAt(action('referral-to-lead', 'Report_the_failure'), 'inputs') as Json, scope) as JsonObject
    t.strictSame(runError, { code, message }, what)
  }
})

t.test('a closed referral, and a lead that is read-only, are no faults', async t => {
  const closed = scopeOf(null, {
    Find_the_failed_step: { outputs: { body: [] } },
    Read_its_answer: { outputs: { code: 'REFERRAL_CLOSED' } }
  })
  for (const { name } of flows()) t.ok(holds(action(name, 'If_it_is_no_fault').expression as Json, closed), name)
  const qualified = (failed: string, statecode: number) =>
    holds(
      action('referral-to-dataverse', 'If_it_is_no_fault').expression as Json,
      scopeOf(null, {
        Find_the_failed_step: { outputs: { body: [{ name: failed }] } },
        Read_its_answer: { outputs: {} },
        Read_the_lead_as_it_is: { outputs: { body: { value: [{ statecode }] } } }
      })
    )
  t.ok(qualified('Write_the_lead', 1))
  t.notOk(qualified('Write_the_lead', 0))
  t.notOk(qualified('Find_the_currency', 1))
})
