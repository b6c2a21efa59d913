import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { flowDefinition, packagedFlow } from '../../src/connector/flows/flow.ts'
import { flowFiles } from '../../src/connector/flows/flow-files.ts'
import { defaultFlowOptions, flows, solutionFlows } from '../../src/connector/flows/flows.ts'
import { guidFromName } from '../../src/connector/flows/guid-from-name.ts'
import { isObject, type Json, type JsonObject, listAt, objectAt } from '../../src/connector/json.ts'
import { operationsOf } from '../../src/connector/operations.ts'
import { settings } from '../../src/settings.ts'
import { actionsOf, executedOnSuccess, textsOf } from '../fixtures/flow-actions.ts'

const committed = (path: string) => new URL(`../../${path}`, import.meta.url)
const all = flows().map(flow => ({ name: flow.name, flow, definition: flowDefinition(flow) }))
const operationOf = (step: JsonObject): JsonObject => objectAt(objectAt(step, 'inputs'), 'host')

t.test('the committed definitions are what is made today', async t => {
  for (const [path, text] of Object.entries(flowFiles())) {
    t.ok(existsSync(committed(path)), path)
    t.equal(readFileSync(committed(path), 'utf8'), text, path)
  }
})

t.test('the referral column is the one of the settings', async t => {
  t.equal(defaultFlowOptions.referralColumn, settings.DATAVERSE_REFERRAL_COLUMN.default)
})

t.test('a run takes few actions', async t => {
  const counts = Object.fromEntries(all.map(({ name, definition }) => [name, executedOnSuccess(definition)]))
  t.strictSame(counts, {
    'referral-to-lead': 3,
    'referral-to-dataverse': 5,
    'callback-to-lead': 5,
    'lead-to-referral': 4,
    'callback-to-lead-built-in': 5
  })
})

t.test('every parameter is one that the connector has', async t => {
  const operations = operationsOf(JSON.parse(readFileSync(committed('apiDefinition.swagger.json'), 'utf8')))
  for (const { name, definition } of all) {
    const steps = [
      ...Object.entries(objectAt(definition, 'triggers')),
      ...actionsOf(definition).map(({ name, action }) => [name, action] as const)
    ]
    for (const [at, step] of steps) {
      const { operationId, connectionName } = isObject(step) ? operationOf(step) : {}
      if (typeof operationId !== 'string' || connectionName !== 'shared_rc-5fpartnercenterreferralssync') continue
      const found = operations.find(({ operation }) => operation.operationId === operationId)
      if (!t.ok(found, `${name}: the connector has ${operationId}`) || !found) continue
      const parameters = listAt(found.operation, 'parameters')
      const given = Object.keys(objectAt(objectAt(step, 'inputs'), 'parameters'))
      for (const path of given) {
        const [first = '', ...fields] = path.split('/')
        const parameter = parameters.find(parameter => parameter.name === first)
        t.ok(parameter, `${name}/${at}: ${operationId} has ${first}`)
        let schema = objectAt(parameter, 'schema')
        for (const field of fields) {
          t.ok(isObject(objectAt(schema, 'properties')[field]), `${name}/${at}: ${operationId} has ${path}`)
          schema = objectAt(objectAt(schema, 'properties'), field)
        }
      }
      for (const parameter of parameters.filter(parameter => parameter.in === 'path'))
        t.ok(given.includes(String(parameter.name)), `${name}/${at}: ${parameter.name} is given`)
      const body = objectAt(
        parameters.find(parameter => parameter.in === 'body'),
        'schema'
      )
      const required = Array.isArray(body.required) ? body.required.map(String) : []
      for (const field of required.filter(field => !isInternal(objectAt(objectAt(body, 'properties'), field))))
        t.ok(given.includes(`body/${field}`), `${name}/${at}: body/${field} is given`)
    }
  }
})

const isInternal = (schema: JsonObject): boolean => schema['x-ms-visibility'] === 'internal'

t.test('what an action refers to has surely run before it', async t => {
  for (const { name, definition } of all)
    for (const { name: at, action, before } of actionsOf(definition)) {
      const { actions: _inner, else: _otherwise, ...own } = action
      for (const text of textsOf(own))
        for (const [, found = ''] of text.matchAll(/\b(?:outputs|body|result)\('([^']+)'\)/g))
          t.ok(before.includes(found), `${name}/${at} may refer to ${found}`)
    }
})

t.test('every run ends: the work is in Try, and Catch says what failed', async t => {
  for (const { name, definition } of all) {
    const actions = objectAt(definition, 'actions')
    t.strictSame(objectAt(actions, 'Catch').runAfter, { Try: ['Failed', 'TimedOut'] }, name)
    t.ok(
      actionsOf(definition).some(({ action }) => objectAt(action, 'inputs').runStatus === 'Failed'),
      `${name} can end as failed`
    )
  }
})

t.test('what carries customer data or a key is kept out of the run history', async t => {
  const secure = { secureData: { properties: ['inputs', 'outputs'] } }
  for (const { name, definition } of all) {
    for (const trigger of Object.values(objectAt(definition, 'triggers'))) t.match(objectAt(trigger, 'runtimeConfiguration'), secure, name)
    for (const { name: at, action } of actionsOf(definition))
      if (!['Scope', 'If', 'Terminate'].includes(String(action.type)))
        t.match(objectAt(action, 'runtimeConfiguration'), secure, `${name}/${at}`)
  }
})

t.test('whatever calls another system tries again, within what the platform allows', async t => {
  for (const { name, definition } of all)
    for (const { name: at, action } of actionsOf(definition))
      if (['OpenApiConnection', 'Http'].includes(String(action.type)))
        t.match(objectAt(action, 'inputs').retryPolicy, { type: 'exponential', count: 4, interval: 'PT10S' }, `${name}/${at}`)
})

t.test('events about one referral do not race', async t => {
  for (const { name, definition } of all)
    for (const trigger of Object.values(objectAt(definition, 'triggers'))) {
      const { runs, maximumWaitingRuns } = objectAt(objectAt(trigger, 'runtimeConfiguration'), 'concurrency')
      t.ok(Number(runs) >= 1 && Number(runs) <= 100, name)
      t.equal(maximumWaitingRuns, 100, name)
      if (objectAt({ trigger }, 'trigger').type !== 'Request') t.equal(runs, 1, name)
    }
})

t.test('Partner Center can call the flows that have an address', async t => {
  for (const { name, definition } of all.filter(({ name }) => name.startsWith('callback'))) {
    const [trigger] = Object.values(objectAt(definition, 'triggers'))
    t.match(trigger, { type: 'Request', kind: 'Http', inputs: { method: 'POST', triggerAuthenticationType: 'All' } }, name)
    t.equal(JSON.stringify(trigger).includes('required'), false, 'nothing is required before the validation')
  }
})

t.test('after the validation nothing of the trigger is believed', async t => {
  for (const { name, definition } of all.filter(({ name }) => name.startsWith('callback')))
    for (const { name: at, action } of actionsOf(definition))
      if (at !== 'Validate_the_callback' && at !== 'Try')
        t.notMatch(JSON.stringify({ ...action, actions: null, else: null }), /trigger(Body|Outputs)/, `${name}/${at}`)
})

t.test('every operation has an id of its own, and the same one every time', async t => {
  const ids = all.flatMap(({ definition }) =>
    [...JSON.stringify(definition).matchAll(/"operationMetadataId":"([^"]+)"/g)].map(([, id]) => id)
  )
  t.equal(new Set(ids).size, ids.length)
  for (const id of ids) t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.equal(guidFromName('connector'), '39149879-8e33-534c-977c-01486c0292ed')
})

t.test('names and expressions are within the limits of the platform, and explained', async t => {
  for (const { name, definition, flow } of all) {
    t.ok(flow.displayName.length <= 80 && flow.description.length > 20, name)
    for (const { name: at, action } of actionsOf(definition)) {
      t.ok(at.length <= 80, at)
      t.match(at, /^[A-Z][A-Za-z_]+$/, 'words, with underscores for blanks')
      t.ok(typeof action.description === 'string' && action.description.length <= 256, `${name}/${at} is explained`)
      for (const text of textsOf(action)) t.ok(text.length <= 8192, `${name}/${at}`)
    }
    t.match(objectAt(definition, 'parameters'), { $connections: { type: 'Object' }, $authentication: { type: 'SecureObject' } }, name)
  }
})

t.test('no environment, no account and no secret is in a flow', async t => {
  for (const flow of flows()) {
    const text = JSON.stringify(packagedFlow(flow)).replaceAll(/"(operationMetadataId|name|id)":"[^"]*"/g, '')
    t.notMatch(text, /-5f[0-9a-f]{16}|azure-apim|\.dynamics\.com|[?&]sig=|password|secret/i, flow.name)
    t.notMatch(text.replace('00000000-0000-0000-0000-000000000000', ''), /[0-9a-f]{8}-[0-9a-f]{4}-/i, `${flow.name} has no id of anybody`)
  }
})

t.test('only the flow without connections names the service, in one place', async t => {
  for (const flow of flows({ ...defaultFlowOptions, serviceUrl: 'https://referrals.contoso.com' })) {
    const count = JSON.stringify(packagedFlow(flow)).split('referrals.contoso.com').length - 1
    t.equal(count, flow.connections.length === 0 ? 1 : 0, flow.name)
  }
})

t.test('another referral column is used wherever there is one', async t => {
  for (const flow of flows({ ...defaultFlowOptions, referralColumn: 'contoso_deal' }))
    t.notMatch(JSON.stringify(packagedFlow(flow)), /new_referralid/, flow.name)
})

t.test('the settings of the environment are conditions of the triggers, and without them there are none', async t => {
  const conditionsOf = (flow: { triggers: JsonObject }): Json[] =>
    Object.values(flow.triggers).flatMap(trigger => listAt(trigger, 'conditions').map(({ expression }) => expression ?? null))
  const variables = { minimumDealValue: "parameters('Least')", sendLeadChanges: "parameters('Send')" }
  const withThem = solutionFlows({ ...defaultFlowOptions, variables })
  const without = solutionFlows(defaultFlowOptions)
  for (const [index, flow] of withThem.entries()) {
    const more = conditionsOf(flow).length - conditionsOf(without[index] ?? flow).length
    t.equal(more, flow.name === 'callback-to-lead' ? 0 : 1, flow.name)
  }
})
