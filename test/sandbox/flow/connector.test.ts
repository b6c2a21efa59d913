import t from 'tap'
import type { Json, JsonObject } from '../../../src/flow/json.ts'
import { answerProblem } from '../../../src/sandbox/flow/connector/check-answer.ts'
import { type Connection, connectorRequest } from '../../../src/sandbox/flow/connector/connector-request.ts'
import type { ConnectorProperties } from '../../../src/sandbox/flow/connector/policies.ts'
import type { Schema, Swagger } from '../../../src/sandbox/flow/connector/swagger.ts'
import { localServer } from '../../fixtures/local-server.ts'
import { flowRunner } from '../../fixtures/run-flow.ts'

const lead: Schema = {
  type: 'object',
  required: ['subject', 'mode'],
  properties: {
    subject: { type: 'string' },
    amount: { type: 'number' },
    count: { type: 'integer' },
    open: { type: 'boolean' },
    due: { type: 'string', format: 'date' },
    at: { type: 'string', format: 'date-time' },
    mode: { type: 'string', default: 'merge', 'x-ms-visibility': 'internal' },
    hidden: { type: 'string', default: 'never', 'x-ms-visibility': 'internal' },
    address: { $ref: '#/definitions/Address' },
    tags: { type: 'array', items: { type: 'string' } },
    custom: { type: 'object', 'x-ms-dynamic-schema': {} }
  }
}
const definition: Swagger = {
  host: 'service.example',
  basePath: '/base/',
  schemes: ['https'],
  paths: {
    '/things/{thing}': {
      parameters: [{ name: 'thing', in: 'path', required: true, type: 'string', 'x-ms-url-encoding': 'single' }],
      get: {
        operationId: 'Find',
        parameters: [
          { name: '$filter', in: 'query', type: 'string' },
          { name: 'top', in: 'query', type: 'integer' },
          { name: 'ids', in: 'query', type: 'array', items: { type: 'string' } },
          { name: 'x-trace', in: 'header', type: 'string' },
          { name: 'version', in: 'query', type: 'string', required: true, default: '2', 'x-ms-visibility': 'internal' }
        ],
        responses: { 200: { schema: { $ref: '#/definitions/Thing' } } }
      },
      put: { operationId: 'Put', parameters: [{ name: 'body', in: 'body', required: true, schema: lead }] }
    },
    '/twice/{thing}': {
      get: {
        operationId: 'Twice',
        parameters: [{ name: 'thing', in: 'path', required: true, type: 'string', 'x-ms-url-encoding': 'double' }]
      }
    },
    '/loose': { post: { operationId: 'Loose', parameters: [{ $ref: '#/parameters/Anything' }] } }
  },
  parameters: {
    Anything: { name: 'body', in: 'body', required: true, schema: { type: 'object', properties: { note: { type: 'string' } } } }
  },
  definitions: {
    Address: { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false },
    Thing: {
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'string' }, open: { type: 'boolean' }, note: { type: 'string', 'x-nullable': true } }
    }
  },
  securityDefinitions: { other: { type: 'basic' }, api_key: { type: 'apiKey', in: 'header', name: 'X-API-Key' } }
}
const connection: Connection = { definition, properties: {}, parameters: { api_key: 'rc_key', host: 'own.example' } }
const ask = (operationId: string, parameters: JsonObject, more: Partial<Connection> = {}) =>
  connectorRequest({ ...connection, ...more }, operationId, parameters)
const put = async (parameters: JsonObject) => JSON.parse(String((await ask('Put', { thing: '1', ...parameters })).body))

t.test('every value is in its place, encoded once', async t => {
  t.same(await ask('Find', { thing: 'a/b c?', $filter: "x eq 'y'", top: 5, ids: ['a', 'b,c'], 'x-trace': 7 }), {
    method: 'GET',
    url: "https://service.example/base/things/a%2Fb%20c%3F?%24filter=x%20eq%20'y'&top=5&ids=a%2Cb%2Cc&version=2",
    headers: { accept: 'application/json', 'x-trace': '7', 'x-api-key': 'rc_key' }
  })
  t.match(await ask('Find', { thing: 'x', $filter: null }), { url: 'https://service.example/base/things/x?version=2' }, 'null is nothing')
  t.match(await ask('Twice', { thing: 'a/b' }), { url: /a%252Fb$/ })
})

t.test('the body comes field by field or as a whole, with defaults of what is internal and required', async t => {
  t.same(await put({ 'body/subject': 'S', 'body/address/city': 'Seattle', 'body/tags': ['a'], 'body/custom/new_x@odata.bind': '/x(1)' }), {
    subject: 'S',
    address: { city: 'Seattle' },
    tags: ['a'],
    custom: { 'new_x@odata.bind': '/x(1)' },
    mode: 'merge'
  })
  t.same(await put({ body: { subject: 'S', mode: 'replace' } }), { subject: 'S', mode: 'replace' })
  t.same(
    await put({ 'body/subject': 'S', 'body/amount': null }),
    { subject: 'S', amount: null, mode: 'merge' },
    'an optional field may be null'
  )
  t.equal((await ask('Loose', {})).body, '{}', 'a body whose every field may be left out')
})

t.test('values are converted where nothing is lost', async t => {
  const given: [field: string, value: Json, sent: Json][] = [
    ['amount', '12.5', 12.5],
    ['count', '3', 3],
    ['open', 'True', true],
    ['subject', 12, '12'],
    ['due', '2026-03-01', '2026-03-01'],
    ['at', '2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z']
  ]
  for (const [field, value, sent] of given) t.match(await put({ 'body/subject': 'S', [`body/${field}`]: value }), { [field]: sent }, field)
})

t.test('what an action gives wrongly fails as on the platform', async t => {
  const table: [what: string, operation: string, parameters: JsonObject, message: RegExp][] = [
    ['an unknown parameter', 'Find', { thing: '1', other: 1 }, /does not contain a definition for parameter 'other'/],
    [
      'an unknown field',
      'Put',
      { thing: '1', 'body/subject': 'S', 'body/typo': 1 },
      /does not contain a definition for parameter 'body\/typo'/
    ],
    ['an unknown field further in', 'Put', { thing: '1', 'body/subject': 'S', 'body/address/town': 1 }, /'body\/address\/town'/],
    ['a missing path parameter', 'Find', {}, /'Find' is missing required property 'thing'/],
    ['an empty path parameter', 'Find', { thing: '' }, /missing required property 'thing'/],
    ['null for a required one', 'Find', { thing: null }, /missing required property 'thing'/],
    ['a missing field', 'Put', { thing: '1', 'body/amount': 1 }, /'Put' is missing required property 'body\/subject'/],
    ['null for a required field', 'Put', { thing: '1', 'body/subject': null }, /missing required property 'body\/subject'/],
    [
      'no number',
      'Put',
      { thing: '1', 'body/subject': 'S', 'body/amount': 'much' },
      /requires the property 'body\/amount' to be of type 'Number' but is of type 'String'/
    ],
    [
      'no whole number',
      'Put',
      { thing: '1', 'body/subject': 'S', 'body/count': 1.5 },
      /'body\/count' to be of type 'Integer' but is of type 'Float'/
    ],
    ['no date', 'Put', { thing: '1', 'body/subject': 'S', 'body/due': '2026-03-01T00:00:00Z' }, /'body\/due' to be of type 'String\/date'/],
    ['no list', 'Put', { thing: '1', 'body/subject': 'S', 'body/tags': 'a' }, /'body\/tags' to be of type 'Array' but is of type 'String'/],
    ['twice', 'Put', { thing: '1', body: {}, 'body/subject': 'S' }, /as a whole and field by field/]
  ]
  for (const [what, operation, parameters, message] of table)
    await t.rejects(ask(operation, parameters), { code: 'OpenApiOperationParameterValidationFailed', message }, what)
  await t.rejects(ask('None', {}), { message: /no operation 'None'/ })
})

t.test('policies say the host and set headers', async t => {
  const policy = (templateId: string, parameters: Record<string, unknown>) => ({
    templateId,
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name.startsWith('x-') ? name : `x-ms-apimTemplateParameter.${name}`, value])
    )
  })
  const properties = (...policyTemplateInstances: object[]): ConnectorProperties => ({ properties: { policyTemplateInstances } })
  const host = policy('dynamichosturl', { urlTemplate: "https://@connectionParameters('host')" })
  t.match(await ask('Find', { thing: '1' }, { properties: properties(host) }), { url: /^https:\/\/own\.example\/base\// })
  const local = { properties: properties(host), parameters: { host: '127.0.0.1:8080' } }
  t.match(await ask('Find', { thing: '1' }, local), { url: /^http:\/\/127\.0\.0\.1:8080\/base\// }, 'plain http on loopback')
  const header = (more: object = {}) =>
    properties(policy('setheader', { name: 'X-Api-Key', value: "@connectionParameters('key','none')", ...more }))
  const headers = async (given: ConnectorProperties) => (await ask('Find', { thing: '1' }, { properties: given })).headers
  t.match(await headers(header()), { 'x-api-key': 'none' })
  t.match(await headers(header({ existsAction: 'skip' })), { 'x-api-key': 'rc_key' })
  t.match(await headers(header({ existsAction: 'append' })), { 'x-api-key': 'rc_key,none' })
  t.match(await headers(header({ 'x-ms-apimTemplate-operationName': ['Other'] })), { 'x-api-key': 'rc_key' }, 'for other operations only')
  const refused: [ConnectorProperties, RegExp][] = [
    [properties(policy('routerequesttoendpoint', {})), /'routerequesttoendpoint' for requests is not part/],
    [header({ 'x-ms-apimTemplate-policySection': 'Response' }), /'setheader' for Response/],
    [properties(policy('dynamichosturl', { urlTemplate: "https://@queryParameters('host')" })), /not part of the sandbox/],
    [properties(policy('dynamichosturl', { urlTemplate: "https://@connectionParameters('missing')" })), /no 'missing'/]
  ]
  for (const [given, message] of refused) await t.rejects(ask('Find', { thing: '1' }, { properties: given }), { message })
})

t.test('answers are held against the definition', async t => {
  const table: [value: Json, problem: RegExp | undefined][] = [
    [{ id: '1', open: true, more: [1] }, undefined],
    [{ id: '1', note: null }, undefined],
    [{ id: '1', open: 'true' }, /requires the property 'body\/open' to be of type 'Boolean' but is of type 'String'/],
    [{ id: '1', open: null }, /'body\/open' to be of type 'Boolean' but is of type 'Null'/],
    [{ open: true }, /missing required property 'body\/id'/],
    ['text', /'body' to be of type 'Object' but is of type 'String'/],
    [null, /is of type 'Null'/]
  ]
  for (const [value, problem] of table) {
    const found = answerProblem(definition, { $ref: '#/definitions/Thing' }, value, { operationId: 'Find', at: 'body' })
    if (problem) t.match(found, problem)
    else t.equal(found, undefined)
  }
  const at = { operationId: 'x', at: 'body' }
  t.match(answerProblem(definition, { type: 'array', items: { enum: ['a'] } }, ['a', 'b'], at), /'body\/1' to be one of its listed values/)
  t.match(answerProblem(definition, { allOf: [{ $ref: '#/definitions/Thing' }] }, {}, at), /'body\/id'/)
})

t.test('an action fails by a wrong answer, with the answer in its outputs', async t => {
  const service = await localServer(t, { body: { id: 1 } }, { status: 404, body: { title: 'Gone', detail: 'No such thing.' } })
  const { run } = await flowRunner(t)
  const own = {
    definition: { ...definition, host: new URL(service.url).host, schemes: ['http'] },
    properties: {},
    parameters: { api_key: 'rc_key' }
  }
  const actions = {
    Find: {
      type: 'OpenApiConnection',
      inputs: { host: { connectionName: 'c', operationId: 'Find' }, parameters: { thing: "@triggerBody()?['id']" } }
    }
  }
  t.match(await run(actions, { connections: { c: own }, body: { id: 'x' } }), {
    status: 'Failed',
    actions: [
      {
        error: { code: 'OpenApiOperationResponseValidationFailed', message: /'body\/id' to be of type 'String' but is of type 'Integer'/ },
        outputs: { body: { id: 1 } }
      }
    ]
  })
  const missing = await run(actions, { connections: { c: own }, body: { id: 'x' } })
  t.match(missing, {
    actions: [
      { code: 'NotFound', error: { message: 'No such thing.' }, outputs: { statusCode: 404 }, inputs: { parameters: { thing: 'x' } } }
    ]
  })
  t.match(await run(actions, { connections: { c: own } }), { actions: [{ code: 'OpenApiOperationParameterValidationFailed' }] })
  t.equal(service.received.length, 2)
  t.notMatch(JSON.stringify(missing), 'rc_key')
})
