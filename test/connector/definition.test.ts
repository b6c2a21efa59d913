import { readFileSync } from 'node:fs'
import { crc32, inflateSync } from 'node:zlib'
import t from 'tap'
import { apiDocuments } from '../../src/cli/api-documents.ts'
import { connectorSchema } from '../../src/connector/connector-schema.ts'
import { connectorDefinition } from '../../src/connector/definition.ts'
import { connectorIcon } from '../../src/connector/icon.ts'
import { isObject, type Json, type JsonObject, listAt, objectAt } from '../../src/connector/json.ts'
import { lint } from '../../src/connector/lint.ts'
import { madeFiles } from '../../src/connector/made-files.ts'
import { operationsOf } from '../../src/connector/operations.ts'
import { brandColor, connectorProperties } from '../../src/connector/properties.ts'
import { schemasOf } from '../../src/connector/schema-places.ts'
import { swaggerTwo } from '../fixtures/swagger-two.ts'

const committed = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url))

const named = (...values: string[]): JsonObject[] => values.map(value => ({ value, displayName: value }))

/** What a property called `size` becomes. */
const conversions: { what: string; from: JsonObject; to: JsonObject }[] = [
  { what: 'a title becomes the summary', from: { type: 'string', title: 'Size' }, to: { type: 'string', 'x-ms-summary': 'Size' } },
  { what: 'without a title the name makes the summary', from: { type: 'boolean' }, to: { type: 'boolean', 'x-ms-summary': 'Size' } },
  {
    what: 'X or null becomes X with x-nullable, and keeps what was said of both',
    from: { anyOf: [{ type: 'string', maxLength: 9 }, { type: 'null' }], title: 'Size', description: 'How big.' },
    to: { type: 'string', description: 'How big.', maxLength: 9, 'x-ms-summary': 'Size', 'x-nullable': true }
  },
  {
    what: 'a type or null in a list does too',
    from: { type: ['string', 'null'] },
    to: { type: 'string', 'x-ms-summary': 'Size', 'x-nullable': true }
  },
  {
    what: 'null among the values of an enum does too',
    from: { enum: ['S', null] },
    to: { type: 'string', enum: ['S'], 'x-ms-enum-values': named('S'), 'x-ms-summary': 'Size', 'x-nullable': true }
  },
  {
    what: 'a union of literals becomes an enum',
    from: { anyOf: [{ const: 'S' }, { const: 'veryLarge' }], title: 'Size' },
    to: {
      type: 'string',
      enum: ['S', 'veryLarge'],
      'x-ms-enum-values': [...named('S'), { value: 'veryLarge', displayName: 'Very Large' }],
      'x-ms-summary': 'Size'
    }
  },
  {
    what: 'a union of literals and null becomes an enum with x-nullable',
    from: { anyOf: [{ const: 1 }, { const: 2 }, { type: 'null' }] },
    to: { type: 'number', enum: [1, 2], format: 'double', 'x-ms-summary': 'Size', 'x-nullable': true }
  },
  {
    what: 'an enum without a type gets it from its values',
    from: { enum: ['S', 'L'] },
    to: { type: 'string', enum: ['S', 'L'], 'x-ms-enum-values': named('S', 'L'), 'x-ms-summary': 'Size' }
  },
  { what: 'a literal becomes an enum', from: { const: true }, to: { type: 'boolean', enum: [true], 'x-ms-summary': 'Size' } },
  { what: 'a reference stands alone', from: { $ref: '#/definitions/Size', title: 'Size' }, to: { $ref: '#/definitions/Size' } },
  {
    what: 'a reference or null is a reference',
    from: { anyOf: [{ $ref: '#/definitions/Size' }, { type: 'null' }], description: 'How big.' },
    to: { $ref: '#/definitions/Size' }
  },
  {
    what: 'a small integer is int32',
    from: { type: 'integer', maximum: 10 },
    to: { type: 'integer', maximum: 10, format: 'int32', 'x-ms-summary': 'Size' }
  },
  {
    what: 'an integer beyond 32 bits is int64',
    from: { type: 'integer', maximum: 2 ** 40 },
    to: { type: 'integer', maximum: 2 ** 40, format: 'int64', 'x-ms-summary': 'Size' }
  },
  {
    what: 'an exclusive limit is a boolean beside the limit',
    from: { type: 'number', exclusiveMinimum: 0 },
    to: { type: 'number', minimum: 0, exclusiveMinimum: true, format: 'double', 'x-ms-summary': 'Size' }
  },
  {
    what: 'a known format stays',
    from: { type: 'string', format: 'date-time' },
    to: { type: 'string', format: 'date-time', 'x-ms-summary': 'Size' }
  },
  { what: 'an unknown format goes', from: { type: 'string', format: 'ipv4' }, to: { type: 'string', 'x-ms-summary': 'Size' } },
  {
    what: 'the first example is the sample value, and unknown keywords go',
    from: { type: 'string', examples: ['S', 'L'], $id: 'Size', contentEncoding: 'base64' },
    to: { type: 'string', 'x-ms-test-value': 'S', 'x-ms-summary': 'Size' }
  },
  {
    what: 'the properties by pattern are further properties',
    from: { type: 'object', patternProperties: { '^.*$': { type: 'string' } } },
    to: { type: 'object', 'x-ms-summary': 'Size', additionalProperties: { type: 'string' } }
  },
  {
    what: 'closed objects, empty lists of required properties and titles of items are left out',
    from: { type: 'array', items: { type: 'object', title: 'Item', properties: {}, required: [], additionalProperties: false } },
    to: { type: 'array', 'x-ms-summary': 'Size', items: { type: 'object', properties: {} } }
  },
  {
    what: 'what is inside is converted too',
    from: { type: 'object', properties: { innerSize: { const: 'S' } }, required: ['innerSize'], additionalProperties: true },
    to: {
      type: 'object',
      'x-ms-summary': 'Size',
      properties: { innerSize: { type: 'string', enum: ['S'], 'x-ms-enum-values': named('S'), 'x-ms-summary': 'Inner Size' } },
      required: ['innerSize'],
      additionalProperties: {}
    }
  },
  {
    what: 'choices are asked for at design time in both forms, narrowed by another field',
    from: { enum: ['S', 'L'], title: 'Size', 'x-choices': { list: 'sizes', from: { brand: 'maker' } } },
    to: {
      type: 'string',
      'x-ms-dynamic-values': {
        operationId: 'ListChoices',
        parameters: { list: 'sizes', brand: { parameter: 'maker' } },
        'value-collection': 'value',
        'value-path': 'value',
        'value-title': 'name'
      },
      'x-ms-dynamic-list': {
        operationId: 'ListChoices',
        parameters: { list: { value: 'sizes' }, brand: { parameterReference: 'body/maker' } },
        itemsPath: 'value',
        itemValuePath: 'value',
        itemTitlePath: 'name'
      },
      'x-ms-summary': 'Size'
    }
  },
  {
    what: 'fields of the organization are asked for in both forms, wrapped the same way',
    from: { type: 'object', properties: {}, additionalProperties: true, 'x-schema-from': 'GetSizes' },
    to: {
      type: 'object',
      'x-ms-dynamic-schema': { operationId: 'GetSizes', parameters: {}, 'value-path': 'schema' },
      'x-ms-dynamic-properties': { operationId: 'GetSizes', parameters: {}, itemValuePath: 'schema' },
      'x-ms-summary': 'Size'
    }
  }
]

t.test(
  'an answer says as little of itself as it can, for Power Automate fails an action whose answer is not as its schema says',
  async t => {
    const answer = {
      type: 'object',
      required: ['size'],
      properties: {
        size: { enum: ['S', null], maxLength: 1, description: 'How big.', examples: ['S'] },
        count: { type: 'integer', minimum: 1 }
      }
    }
    t.strictSame(connectorSchema(answer, undefined, 'answer'), {
      type: 'object',
      properties: {
        size: { type: 'string', description: 'How big.', 'x-ms-summary': 'Size', 'x-nullable': true },
        count: { type: 'integer', format: 'int32', 'x-ms-summary': 'Count' }
      }
    })
  }
)

t.test('a schema of a route becomes one that the designer shows', async t => {
  for (const { what, from, to } of conversions) t.strictSame(connectorSchema(from, 'size'), to, what)
})

t.test('what the designer cannot show stops the build', async t => {
  const refused: [string, Json][] = [
    ['a union of types', { anyOf: [{ type: 'string' }, { type: 'number' }] }],
    ['a union of a literal and a type', { oneOf: [{ const: 'S' }, { type: 'number' }] }],
    ['a list of types', { type: ['string', 'number'] }],
    ['null alone', { type: 'null' }],
    ['null or null', { anyOf: [{ type: 'null' }, { type: 'null' }] }],
    ['allOf', { allOf: [{ type: 'object' }] }],
    ['an enum of several types', { enum: ['S', 1] }],
    ['anything', {}],
    ['a type of its own', { type: 'size' }],
    ['an array of anything', { type: 'array' }],
    ['further properties of two kinds', { type: 'object', patternProperties: { '^a': { type: 'string' }, '^b': { type: 'number' } } }],
    ['a reference out of the document', { $ref: 'other.json#/definitions/Size' }],
    ['a schema that is none', true]
  ]
  for (const [what, schema] of refused) t.throws(() => connectorSchema(schema, 'size'), TypeError, what)
  t.throws(() => connectorSchema({ type: ['string', 'number'] }, 'size'), { message: /«size»/ }, 'the message names the place')
})

t.test('a document of the routes becomes a definition', async t => {
  const definition = connectorDefinition(swaggerTwo())
  const put = objectAt(objectAt(definition.paths, '/v1/notes/{noteId}'), 'put')
  const parameters = listAt(put, 'parameters')

  t.strictSame(lint(definition), [], 'within every rule')
  t.strictSame(
    Object.keys(definition).slice(0, 8),
    ['swagger', 'info', 'host', 'basePath', 'schemes', 'consumes', 'produces', 'paths'],
    'the keys stand in the order of the published connectors'
  )
  t.match(definition, { swagger: '2.0', basePath: '/', schemes: ['https'], info: { version: '1.2.3' } })
  t.strictSame(definition.securityDefinitions, { api_key: { type: 'apiKey', in: 'header', name: 'X-API-Key' } })
  t.strictSame(
    parameters.map(parameter => parameter.in),
    ['path', 'query', 'body'],
    'the path first and the body last'
  )
  t.strictSame(parameters[0], {
    name: 'noteId',
    in: 'path',
    required: true,
    type: 'string',
    description: 'The id of the note.',
    'x-ms-summary': 'Note ID',
    'x-ms-url-encoding': 'single'
  })
  t.match(parameters[1], { required: false, type: 'boolean', 'x-ms-summary': 'Is Draft' })
  t.match(parameters[2], { required: true, 'x-ms-summary': 'Body', schema: { type: 'object', required: ['text'] } })
  t.notOk(objectAt(parameters[2], 'schema')['x-ms-summary'], 'the body itself has no summary that would be a prefix')
  t.strictSame(
    put.responses,
    { 200: { description: 'The note.', schema: { $ref: '#/definitions/Note' } }, 404: { description: 'There is none.' } },
    'only the success has a schema'
  )
  t.strictSame(Object.keys(objectAt(definition, 'definitions')), ['Note', 'Author'], 'the definitions in use, also through others')
  t.strictSame(
    objectAt(objectAt(definition.paths, '/v1/connection'), 'get').parameters,
    [],
    'a list of parameters even where there are none'
  )
  t.strictSame(definition['x-ms-capabilities'], { testConnection: { operationId: 'TestConnection', parameters: {} } })
})

t.test('a trigger says what it sends on its path, and an operation that answers nothing has no other answer', async t => {
  const swagger = swaggerTwo()
  const paths = objectAt(swagger, 'paths')
  const url = { type: 'string', title: 'URL', description: 'Where to.', 'x-ms-notification-url': true, 'x-ms-visibility': 'internal' }
  paths['/v1/hooks'] = {
    post: {
      operationId: 'WhenNoteIsKept',
      summary: 'When a note is kept',
      description: 'Tells of notes.',
      'x-ms-trigger': 'single',
      'x-ms-trigger-hint': 'To see it work, keep a note.',
      'x-ms-notification-content': { description: 'The note.', schema: { $ref: '#/definitions/Note' } },
      parameters: [{ in: 'body', name: 'body', schema: { type: 'object', required: ['url'], properties: { url } } }],
      responses: { 201: { description: 'Done.', schema: { $ref: '#/definitions/Note' } }, 400: { description: 'Wrong.' } }
    }
  }
  paths['/v1/hooks/{id}'] = {
    delete: {
      operationId: 'EndHook',
      summary: 'End a hook',
      description: 'Ends it.',
      'x-ms-visibility': 'internal',
      parameters: [{ in: 'path', name: 'id', type: 'string', required: true, title: 'ID', description: 'Which one.' }],
      responses: { 204: { description: 'It is gone.' }, 401: { description: 'Who are you?' } }
    }
  }
  const definition = connectorDefinition(swagger)
  const item = objectAt(objectAt(definition, 'paths'), '/v1/hooks')
  t.strictSame(item['x-ms-notification-content'], { description: 'The note.', schema: { $ref: '#/definitions/Note' } })
  t.match(item.post, { 'x-ms-trigger': 'single', 'x-ms-trigger-hint': /note/, parameters: [{ required: true }] })
  t.notOk(objectAt(item, 'post')['x-ms-notification-content'], 'on the operation the designer would not see it')
  const { responses } = objectAt(objectAt(objectAt(definition, 'paths'), '/v1/hooks/{id}'), 'delete')
  t.strictSame(responses, { 204: { description: 'It is gone.' } })
  t.strictSame(lint(definition), [])
})

t.test('the connection asks for the host and a key, or signs in with Entra ID', async t => {
  const { properties } = connectorProperties()
  const sets = listAt(objectAt(properties, 'connectionParameterSets'), 'values')
  t.strictSame(
    sets.map(({ name, parameters }) => [name, Object.keys(isObject(parameters) ? parameters : {})]),
    [
      ['api-key', ['host', 'api_key']],
      ['entra-id', ['host', 'token', 'token:TenantId']]
    ]
  )
  t.match(sets[1], { parameters: { token: { oAuthSettings: { identityProvider: 'aad', redirectMode: 'GlobalPerConnector' } } } })
  t.notMatch(JSON.stringify(sets), /clientSecret/, 'no key that an empty secret could be sent under')
  t.match(properties, {
    connectionParameters: {
      host: { type: 'string', uiDefinition: { constraints: { required: 'true' } } },
      api_key: { type: 'securestring', uiDefinition: { constraints: { required: 'true', clearText: false } } }
    },
    capabilities: ['actions', 'triggers'],
    policyTemplateInstances: [
      { templateId: 'dynamichosturl', parameters: { 'x-ms-apimTemplateParameter.urlTemplate': "https://@connectionParameters('host')" } },
      { templateId: 'setheader', parameters: { 'x-ms-apimTemplateParameter.value': "@connectionParameters('api_key','')" } },
      { templateId: 'pollingtrigger', parameters: { 'x-ms-apimTemplate-operationName': ['WhenSyncNeedsAttention'] } }
    ]
  })
})

t.test('the committed files are what the routes make today', async t => {
  const { swagger2 } = await apiDocuments()
  const files = madeFiles(swagger2 as JsonObject)
  for (const [path, content] of Object.entries(files)) t.ok(committed(path).toString('utf8') === content, `${path} is fresh`)

  const definition: JsonObject = JSON.parse(files['apiDefinition.swagger.json'] ?? '')
  t.strictSame(lint(definition), [], 'within every rule')
  t.strictSame(
    operationsOf(definition).map(({ operation }) => operation.operationId),
    [
      ...['ValidateCallback', 'ListReferrals', 'CreateReferral', 'GetReferral', 'UpdateReferral'],
      ...['SyncReferral', 'UpsertLead', 'GetLeadSchema', 'ListChoices', 'WhenSyncNeedsAttention', 'GetTimeline'],
      ...['WhenReferralChanges', 'Unsubscribe'],
      ...['GetWebhookRegistration', 'RegisterWebhook', 'SendTestEvent', 'TestConnection']
    ],
    'the operation ids, to which flows point for ever'
  )
  const named = [
    ...operationsOf(definition).flatMap(({ operation }) => listAt(operation, 'parameters')),
    ...schemasOf(definition).flatMap(({ schema, isProperty }) => (isProperty && !schema.$ref ? [schema] : []))
  ]
  t.ok(named.length > 100)
  t.strictSame(
    named.filter(value => !value['x-ms-summary'] || !value.description),
    [],
    'every parameter and property has a summary and a description'
  )
  t.ok(
    operationsOf(definition).every(({ operation }) =>
      Object.entries(objectAt(operation, 'responses')).every(
        ([code, answer]) => isObject(answer) && (answer.schema !== undefined) === (code === '200')
      )
    ),
    'a 200 with a schema, and descriptions only besides'
  )
})

t.test('the icon is a square of 230 pixels on the brand colour', async t => {
  for (const [what, png] of Object.entries({ made: connectorIcon(), committed: committed('connector/icon.png') })) {
    t.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n', what)
    const chunks: Record<string, Buffer> = {}
    for (let at = 8; at < png.length; ) {
      const length = png.readUInt32BE(at)
      const body = png.subarray(at + 4, at + 8 + length)
      t.equal(png.readUInt32BE(at + 8 + length), crc32(body), 'the checksum holds')
      chunks[body.toString('latin1', 0, 4)] = body.subarray(4)
      at += 12 + length
    }
    t.strictSame([chunks.IHDR?.readUInt32BE(0), chunks.IHDR?.readUInt32BE(4), chunks.IHDR?.[9]], [230, 230, 2], 'RGB without alpha')
    const pixels = inflateSync(chunks.IDAT ?? Buffer.alloc(0))
    t.equal(pixels.length, 230 * (1 + 230 * 3))
    t.equal(`#${pixels.toString('hex', 1, 4)}`, brandColor)
  }
})
