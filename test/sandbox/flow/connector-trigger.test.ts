import t from 'tap'
import type { FlowTrigger } from '../../../src/flow/flow-definition.ts'
import type { Connection } from '../../../src/sandbox/flow/connector/connector-request.ts'
import { type LocalAnswer, localServer, type Scope } from '../../fixtures/local-server.ts'
import { call, flowRunner, good } from '../../fixtures/run-flow.ts'

const notification = { type: 'object', required: ['id'], properties: { id: { type: 'string' }, name: { type: 'string' } } }
const subscribe = {
  type: 'object',
  required: ['target'],
  properties: {
    events: { type: 'array', items: { type: 'string' } },
    target: {
      type: 'object',
      required: ['url'],
      properties: { url: { type: 'string', 'x-ms-notification-url': true, 'x-ms-visibility': 'internal' } }
    }
  }
}

async function stage(t: Scope, ...answers: LocalAnswer[]) {
  const service = await localServer(t, ...answers)
  const connection: Connection = {
    definition: {
      host: new URL(service.url).host,
      schemes: ['http'],
      paths: {
        '/subscriptions': {
          'x-ms-notification-content': { schema: notification },
          post: {
            operationId: 'WhenIt',
            'x-ms-trigger': 'single',
            parameters: [{ name: 'body', in: 'body', required: true, schema: subscribe }],
            responses: { 201: {} }
          }
        },
        '/plain': { post: { operationId: 'Plain', parameters: [] } },
        '/news': {
          get: {
            operationId: 'WhenNew',
            'x-ms-trigger': 'batch',
            parameters: [{ name: 'since', in: 'query', type: 'string' }],
            responses: {
              200: { schema: { type: 'object', required: ['value'], properties: { value: { type: 'array', items: { type: 'object' } } } } }
            }
          }
        }
      },
      securityDefinitions: { api_key: { type: 'apiKey', in: 'header', name: 'X-API-Key' } }
    },
    properties: {
      properties: {
        policyTemplateInstances: [
          {
            templateId: 'pollingtrigger',
            parameters: {
              'x-ms-apimTemplateParameter.triggerConfig': { since: '@{triggerBody().since}' },
              'x-ms-apimTemplateParameter.triggerDataPath': '@triggerBody().value',
              'x-ms-apimTemplate-operationName': ['WhenNew']
            }
          }
        ]
      }
    },
    parameters: { api_key: 'rc_key' }
  }
  const { flows, install } = await flowRunner(t)
  const webhook = (operationId = 'WhenIt'): FlowTrigger => ({
    type: 'OpenApiConnectionWebhook',
    inputs: { host: { connectionName: 'c', operationId }, parameters: { 'body/events': ['a'] } }
  })
  const make = (trigger: FlowTrigger) =>
    flows.install({ displayName: 'x', definition: { triggers: { T: trigger }, actions: { A: good() } } }, { c: connection })
  return { service, flows, install, make, webhook }
}

const created = (url: string): LocalAnswer => ({ status: 201, headers: { location: `${url}/subscriptions/7` } })

t.test('a webhook trigger subscribes when it is turned on, and ends that when it is turned off', async t => {
  const { service, make, webhook, flows } = await stage(t)
  service.now(created(service.url), { status: 204 })
  const flow = make(webhook())
  t.equal((await call(flow.url, { id: '1' })).status, 400, 'it is off')
  await flow.turnOn()
  await flow.turnOn()
  t.match(service.received, [{ method: 'POST', url: '/subscriptions', headers: { 'x-api-key': 'rc_key' } }])
  t.same(JSON.parse(service.received[0]?.body ?? ''), { events: ['a'], target: { url: flow.url } })
  t.equal((await call(flow.url, { id: '1' })).status, 202)
  t.equal((await call(flow.url.replace(/sig=.*/, 'sig=x'), { id: '1' })).status, 401)
  t.match(await call(flow.url, { name: 'x' }), {
    status: 400,
    body: { error: { code: 'TriggerPayloadInvalid', message: /missing required property 'body\/id'/ } }
  })
  t.match(await call(flow.url, { id: '1', name: null }), {
    status: 400,
    body: { error: { message: /'body\/name' to be of type 'String' but is of type 'Null'/ } }
  })
  await flows.idle()
  t.match(flow.runs, [{ status: 'Succeeded', trigger: { outputs: { body: { id: '1' } } } }])
  await flow.turnOff()
  t.match(service.received[1], { method: 'DELETE', url: '/subscriptions/7', headers: { 'x-api-key': 'rc_key' } })
  t.equal(service.received.length, 2)
})

t.test('a subscription that could never be ended is refused', async t => {
  const table: [what: string, answer: LocalAnswer, message: RegExp][] = [
    ['no Location', { status: 201 }, /no absolute Location/],
    ['a relative one', { status: 201, headers: { location: '/subscriptions/7' } }, /no absolute Location/],
    ['one elsewhere', { status: 201, headers: { location: 'https://evil.example/7' } }, /another host/],
    ['a refusal', { status: 403 }, /answered 403/]
  ]
  for (const [what, answer, message] of table) {
    const { make, webhook } = await stage(t, answer)
    const flow = make(webhook())
    await t.rejects(flow.turnOn(), { code: 'TriggerRegistrationFailed', message }, what)
    t.equal(flow.isOn(), false)
  }
  const { make, webhook } = await stage(t)
  await t.rejects(make({ ...webhook('Plain'), inputs: { host: { connectionName: 'c', operationId: 'Plain' } } }).turnOn(), {
    message: /no webhook trigger/
  })
})

t.test('what is gone already is ended, and what is not says so', async t => {
  for (const [status, ends] of [
    [404, true],
    [410, true],
    [500, false]
  ] as const) {
    const { service, make, webhook } = await stage(t)
    service.now(created(service.url), { status })
    const flow = make(webhook())
    await flow.turnOn()
    if (ends) await flow.turnOff()
    else await t.rejects(flow.turnOff(), { code: 'TriggerDeregistrationFailed' })
  }
})

t.test('a polling trigger asks on demand, goes on from where it was, and starts a run for each item', async t => {
  const { service, make, flows } = await stage(
    t,
    { body: { value: [{ n: 1 }, { n: 2 }], since: 'a&b' } },
    { body: { value: [], since: null } },
    { status: 202 },
    { body: { value: 'x' } }
  )
  const flow = make({
    type: 'OpenApiConnection',
    inputs: { host: { connectionName: 'c', operationId: 'WhenNew' }, parameters: {} },
    splitOn: "@triggerOutputs()?['body/value']"
  })
  await flow.turnOn()
  t.equal((await flow.fire()).length, 2)
  t.equal((await flow.fire()).length, 0)
  t.equal((await flow.fire()).length, 0)
  await t.rejects(flow.fire(), { code: 'OpenApiOperationResponseValidationFailed' })
  await flows.idle()
  t.match(flow.runs, [{ trigger: { outputs: { body: { n: 1 } } } }, { trigger: { outputs: { body: { n: 2 } } } }])
  t.same(
    service.received.map(({ url }) => url),
    ['/news', '/news?since=a%26b', '/news?since=a%26b', '/news?since=a%26b']
  )
})
