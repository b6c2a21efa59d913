import t from 'tap'
import type { FlowActions, FlowTrigger } from '../../../src/flow/flow-definition.ts'
import type { JsonObject } from '../../../src/flow/json.ts'
import { startSandbox } from '../../../src/sandbox/start-sandbox.ts'
import { recycledKeys } from '../../fixtures/recycled-keys.ts'
import { good } from '../../fixtures/run-flow.ts'

const sandbox = await startSandbox({ newKeys: recycledKeys(), pause: async () => undefined, pauseRun: async () => undefined })
t.teardown(() => sandbox.close())
const { dataverse, flows, requests } = sandbox
const connections = { dv: sandbox.dataverseConnection() }
const act = (operationId: string, parameters: JsonObject, ...after: string[]) => ({
  type: 'OpenApiConnection',
  inputs: { host: { connectionName: 'dv', operationId }, parameters },
  runAfter: Object.fromEntries(after.map(name => [name, ['Succeeded']]))
})

async function run(actions: FlowActions) {
  const flow = flows.install({ displayName: 'x', definition: { triggers: { R: { type: 'Recurrence' } }, actions } }, connections)
  await flow.turnOn()
  await flow.fire()
  await flows.idle()
  return flow.runs[0]
}

const id = 'aaaaaaaa-0000-4000-8000-000000000001'

t.test('rows are made, changed, read, listed and deleted over the Web API, with one sign-in', async t => {
  const done = await run({
    Make: act('UpdateRecord', {
      entityName: 'leads',
      recordId: id,
      'item/subject': 'One',
      'item/lastname': 'Olsen',
      'item/estimatedamount': 5
    }),
    Change: act('UpdateRecord', { entityName: 'leads', recordId: id, 'item/subject': 'Two', 'item/jobtitle': null }, 'Make'),
    Create: act('CreateRecord', { entityName: 'leads', item: { subject: 'Other', lastname: 'Brandt' } }, 'Change'),
    Get: act('GetItem', { entityName: 'leads', recordId: id, $select: 'subject,estimatedamount' }, 'Create'),
    List: act('ListRecords', { entityName: 'leads', $filter: "subject eq 'Two'", $top: 5 }, 'Get'),
    Delete: act('DeleteRecord', { entityName: 'leads', recordId: id }, 'List'),
    Gone: act('GetItem', { entityName: 'leads', recordId: id }, 'Delete')
  })
  t.match(done?.actions, [
    { code: 'Created', outputs: { body: { leadid: id, subject: 'One' } } },
    { code: 'OK', outputs: { body: { subject: 'Two', estimatedamount: 5 } } },
    { code: 'Created', outputs: { body: { subject: 'Other' } } },
    { outputs: { body: { subject: 'Two', estimatedamount: 5 } } },
    { outputs: { body: { value: [{ leadid: id }] } } },
    { code: 'NoContent' },
    { status: 'Failed', code: 'NotFound', error: { message: /Does Not Exist/ } }
  ])
  t.equal(requests.count({ system: 'entra' }), 1)
  t.notMatch(JSON.stringify(done), /Bearer/)
})

const trigger = (parameters: JsonObject): FlowTrigger => ({
  type: 'OpenApiConnectionWebhook',
  inputs: {
    host: { connectionName: 'dv', operationId: 'SubscribeWebhookTrigger' },
    parameters: Object.fromEntries(
      Object.entries({ message: 3, entityname: 'lead', scope: 4, runas: 3, ...parameters }).map(([name, value]) => [
        `subscriptionRequest/${name}`,
        value
      ])
    )
  }
})

async function listening(parameters: JsonObject) {
  const flow = flows.install(
    { displayName: 'x', definition: { triggers: { T: trigger(parameters) }, actions: { A: good() } } },
    connections
  )
  await flow.turnOn()
  async function seen() {
    await flows.idle()
    return flow.runs.splice(0).map(({ trigger }) => (trigger.outputs as { body: JsonObject }).body)
  }
  return { flow, seen }
}

t.test('the trigger fires for the messages it is for, with the row', async t => {
  const table: [message: number, kinds: string[]][] = [
    [1, ['Create']],
    [2, ['Delete']],
    [3, ['Update']],
    [4, ['Create', 'Update']],
    [5, ['Create', 'Delete']],
    [6, ['Update', 'Delete']],
    [7, ['Create', 'Update', 'Delete']]
  ]
  for (const [message, kinds] of table) {
    const { flow, seen } = await listening({ message })
    const { leadid } = dataverse.createLead({ subject: 'S', lastname: 'L' })
    await flows.idle()
    dataverse.updateLead(String(leadid), { subject: 'T', jobtitle: null })
    await flows.idle()
    dataverse.deleteLead(String(leadid))
    const bodies = await seen()
    t.same(
      bodies.map(({ SdkMessage }) => SdkMessage),
      kinds,
      String(message)
    )
    t.ok(bodies.every(body => body.leadid === leadid && body.ItemInternalId === leadid))
    t.notOk(
      bodies.some(body => 'jobtitle' in body),
      'what has no value is not there'
    )
    await flow.turnOff()
  }
  t.equal(dataverse.callbacks.count(), 0)
})

t.test('columns and a filter say which changes count', async t => {
  const { leadid } = dataverse.createLead({ subject: 'S', lastname: 'L', estimatedamount: 1 })
  const id = String(leadid)
  const { flow, seen } = await listening({
    filteringattributes: 'estimatedamount, statecode',
    filterexpression: "estimatedamount gt 10 and startswith(subject,'S')"
  })
  dataverse.updateLead(id, { jobtitle: 'x' })
  dataverse.updateLead(id, { estimatedamount: 5 })
  t.same(await seen(), [])
  dataverse.updateLead(id, { estimatedamount: 50 })
  t.match(await seen(), [{ estimatedamount: 50, statecode: 0, RowVersion: /^\d+$/ }])
  dataverse.updateLead(id, { estimatedamount: 50 })
  t.equal((await seen()).length, 1, 'written once more is changed, whatever the value')
  dataverse.qualify(id)
  t.match(await seen(), [{ statecode: 1 }])
  await flow.turnOff()
})

t.test('a write through the Web API fires it as well', async t => {
  const { flow, seen } = await listening({ message: 1 })
  await run({ Create: act('CreateRecord', { entityName: 'leads', item: { subject: 'By flow', lastname: 'L' } }) })
  t.match(await seen(), [{ subject: 'By flow' }])
  await flow.turnOff()
})

t.test('a trigger that could never fire is refused when it is turned on', async t => {
  for (const wrong of [
    { message: 8 },
    { entityname: 'nothing' },
    { scope: 9 },
    { runas: 7 },
    { filteringattributes: 'nope' },
    { filterexpression: 'subject eq' },
    { filterexpression: "nope eq 'x'" }
  ])
    await t.rejects(listening(wrong), { code: 'TriggerRegistrationFailed', message: /answered 400/ }, JSON.stringify(wrong))
  dataverse.deny('prvCreateCallbackRegistration')
  await t.rejects(listening({}), { message: /answered 403/ })
})

t.test('whoever does not answer is called again, and whoever is gone no more', async t => {
  // The privilege is gone from the test before; what was registered stays.
  const other = await startSandbox({ newKeys: recycledKeys(), pause: async () => undefined })
  t.teardown(() => other.close())
  const flow = other.flows.install(
    { displayName: 'x', definition: { triggers: { T: trigger({}) }, actions: { A: good() } } },
    { dv: other.dataverseConnection() }
  )
  await flow.turnOn()
  const { leadid } = other.dataverse.createLead({ subject: 'S', lastname: 'L' })
  other.flows.nextAnswers.next({ status: 503, times: 2 })
  other.dataverse.updateLead(String(leadid), { subject: 'T' })
  await other.flows.idle()
  t.equal(flow.runs.length, 1)
  other.flows.nextAnswers.next({ status: 410 })
  other.dataverse.updateLead(String(leadid), { subject: 'U' })
  await other.flows.idle()
  t.equal(other.dataverse.callbacks.count(), 0)
})
