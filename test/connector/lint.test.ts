import t from 'tap'
import { connectorDefinition } from '../../src/connector/definition.ts'
import { isObject, type Json, type JsonObject, under } from '../../src/connector/json.ts'
import { lint, rules } from '../../src/connector/lint.ts'
import { swaggerTwo } from '../fixtures/swagger-two.ts'

const keepNote = '#/paths/~1v1~1notes~1{noteId}/put'
const testConnection = '#/paths/~1v1~1connection/get'
const body = `${keepNote}/parameters/2/schema`

const words = { description: 'What the note says.', 'x-ms-summary': 'Text' }
const noteBody = { name: 'body', in: 'body', required: true, ...words, schema: { type: 'object' } }
const optionalInternal = { name: 'isDraft', in: 'query', type: 'boolean', ...words, default: true, 'x-ms-visibility': 'internal' }

/** Where the definition is broken, what stands there then (undefined: nothing), and the one rule that says so, elsewhere if not there. */
const breaks: [at: string, value: Json | undefined, rule: string, elsewhere?: string][] = [
  ['#/swagger', '3.0.1', 'SpecificationVersionIncorrect'],
  ['#/info/version', undefined, 'InfoIncomplete', '#/info'],
  ['#/info/description', 'Too short.', 'InfoIncomplete', '#/info'],
  ['#/info/title', 'A title that is a good deal too long', 'InfoIncomplete', '#/info'],
  ['#/info/title', 'Notes API', 'TitleRestricted'],
  ['#/info/title', 'Notes Connector', 'TitleRestricted'],
  ['#/info/title', 'Notes for Power Apps', 'TitleRestricted'],
  ['#/info/title', 'Notes!', 'TitleRestricted'],
  ['#/info/contact/email', 'nobody', 'ContactEmailNotValid'],
  ['#/host', 'https://notes.example.com', 'HostNameNotValid'],
  ['#/host', undefined, 'HostNameNotValid'],
  ['#/basePath', 'v1', 'BasePathNotValid'],
  ['#/schemes', ['http', 'https'], 'SchemesNotValid'],
  ['#/produces', ['application/xml'], 'MimeTypeNotValid'],
  ['#/security', [{ other: [] }], 'SecurityNotDefined', '#/security/0'],
  ['#/security', [{ api_key: ['read'] }], 'SecurityNotDefined', '#/security/0'],
  ['#/paths/~1v1~1notes?', {}, 'PathNotValid'],
  ['#/paths/~1V1~1Connection', {}, 'DuplicateOperationPath'],
  ['#/paths/~1v1~1connection/parameters', [], 'PathItemNotPlain', '#/paths/~1v1~1connection'],
  ['#/paths/~1v1~1connection/x-widgets', {}, 'PathItemNotPlain', '#/paths/~1v1~1connection'],
  ['#/paths/~1v1~1nothing', null, 'PathItemNotPlain'],
  ['#/x-ms-capabilities/testConnection/operationId', 'KeepNote', 'TestConnectionNotValid', '#/x-ms-capabilities/testConnection'],
  ['#/x-ms-connector-metadata/0', { propertyName: 'Site' }, 'ConnectorMetadataPropertiesMissing', '#/x-ms-connector-metadata'],
  ['#/x-ms-connector-metadata/2/propertyValue', 'Sales', 'InvalidConnectorCategory', '#/x-ms-connector-metadata/2'],
  ['#/x-ms-connector-metadata/2/propertyValue', 'AI;Data;Finance', 'InvalidConnectorCategory', '#/x-ms-connector-metadata/2'],
  ['#/info/x-much', 'much'.repeat(300_000), 'FileTooLarge', '#'],

  [`${keepNote}/operationId`, undefined, 'OperationIdRequired', keepNote],
  [`${keepNote}/operationId`, 'keep_note', 'OperationIdRequired', keepNote],
  [`${keepNote}/summary`, 'Keep/note', 'RestrictedCharactersInSummary', keepNote],
  [`${keepNote}/summary`, 'Keep a note.', 'RestrictedCharactersInSummary', keepNote],
  [`${keepNote}/summary`, 'Keep '.repeat(20), 'RestrictedCharactersInSummary', keepNote],
  [`${keepNote}/description`, 'Keep a note', 'OperationDescriptionMissing', keepNote],
  [`${keepNote}/description`, undefined, 'OperationDescriptionMissing', keepNote],
  [`${keepNote}/responses/4XX`, { description: 'A mistake.' }, 'OperationShouldHaveSuccessfulResponse', keepNote],
  [`${keepNote}/responses/404/description`, '', 'OperationShouldHaveSuccessfulResponse', keepNote],
  [`${testConnection}/responses`, { 404: { description: 'None.' } }, 'OperationShouldHaveSuccessfulResponse', testConnection],
  [`${keepNote}/responses/200/schema`, undefined, 'SchemaDefinitionSetIncorrectly', keepNote],
  [`${keepNote}/responses/404/schema`, { $ref: '#/definitions/Note' }, 'OperationHasManyResponsesWithSchema', keepNote],
  [
    `${testConnection}/responses`,
    { default: { description: 'It.', schema: { type: 'object' } } },
    'DefaultResponseHasSchema',
    testConnection
  ],
  [`${keepNote}/responses/201`, { description: 'New.' }, 'SuccessCodeNotShown', keepNote],
  [`${keepNote}/responses/204`, { description: 'Kept.' }, 'SuccessCodeNotShown', keepNote],
  [`${testConnection}/parameters`, undefined, 'OperationParametersMissing', testConnection],
  [`${testConnection}/parameters`, [null], 'OperationParametersMissing', testConnection],
  [`${keepNote}/parameters/1/name`, 'connectionId', 'ParameterNotUnique', keepNote],
  [`${keepNote}/parameters/0/name`, 'note', 'PathParameterNotDefined', keepNote],
  [`${testConnection}/parameters`, [{ ...words, name: 'text', in: 'formData', type: 'string' }], 'BodyNotAllowed', testConnection],
  [`${keepNote}/parameters/1`, { ...noteBody, name: 'more' }, 'BodyNotAllowed', keepNote],
  ['#/consumes', undefined, 'ConsumesMissing', keepNote],

  [`${keepNote}/parameters/2/required`, false, 'BodyParameterSchemaRequired', `${keepNote}/parameters/2`],
  [body, undefined, 'BodyParameterSchemaRequired', `${keepNote}/parameters/2`],
  [`${keepNote}/parameters/0/x-ms-url-encoding`, 'double', 'PathParameterMissingEncoding', `${keepNote}/parameters/0`],
  [`${keepNote}/parameters/0/required`, false, 'PathParameterMissingEncoding', `${keepNote}/parameters/0`],
  [`${keepNote}/parameters/1/type`, 'object', 'ParameterTypeMissing', `${keepNote}/parameters/1`],
  [`${keepNote}/parameters/1/type`, undefined, 'ParameterTypeMissing', `${keepNote}/parameters/1`],
  [`${keepNote}/parameters/1/title`, 'Is Draft', 'ParameterTypeMissing', `${keepNote}/parameters/1`],
  [`${keepNote}/parameters/1/x-ms-summary`, undefined, 'ParameterSummaryMissing', `${keepNote}/parameters/1`],
  [`${keepNote}/parameters/1/description`, '', 'ParameterSummaryMissing', `${keepNote}/parameters/1`],
  [`${body}/properties/text/x-ms-summary`, undefined, 'PropertySummaryMissing', `${body}/properties/text`],
  [`${body}/properties/text/x-ms-summary`, 'Text:', 'PropertySummaryMissing', `${body}/properties/text`],
  ['#/definitions/Author/properties/name/description', undefined, 'PropertySummaryMissing', '#/definitions/Author/properties/name'],
  [`${body}/properties/text/format`, 'ipv4', 'UnrecognizedTypeFormat', `${body}/properties/text`],
  [`${keepNote}/parameters/0/format`, 'hostname', 'UnrecognizedTypeFormat', `${keepNote}/parameters/0`],
  [`${body}/properties/text/enum`, [], 'EnumNotValid', `${body}/properties/text`],
  [`${body}/properties/text/enum`, ['a', 1], 'EnumNotValid', `${body}/properties/text`],
  [`${body}/properties/text/x-ms-enum-values`, [{ value: 'a' }], 'EnumNotValid', `${body}/properties/text`],
  [`${body}/properties/stars/default`, '5', 'DefaultNotValid', `${body}/properties/stars`],
  [`${keepNote}/parameters/1/collectionFormat`, 'multi', 'CollectionFormatValueNotSupported', `${keepNote}/parameters/1`],
  [`${body}/properties/text/x-ms-visibility`, 'internal', 'PropertyMustBeRequired', `${body}/properties/text`],
  [`${keepNote}/parameters/1`, optionalInternal, 'PropertyMustBeRequired'],
  [`${keepNote}/x-ms-visibility`, 'none', 'VisibilityNotValid', keepNote],
  [`${body}/properties/text/x-ms-visibility`, 'none', 'VisibilityNotValid', `${body}/properties/text`],

  [`${body}/properties/text/type`, undefined, 'PropertyTypeMissing', `${body}/properties/text`],
  [`${body}/properties/text/type`, ['string', 'null'], 'PropertyTypeMissing', `${body}/properties/text`],
  [`${body}/additionalProperties`, { description: 'Anything.' }, 'PropertyTypeMissing'],
  [`${body}/properties/text/properties`, {}, 'PropertiesNotOnObject', `${body}/properties/text`],
  [`${body}/properties/text/items`, { type: 'string' }, 'PropertiesNotOnObject', `${body}/properties/text`],
  [`${body}/properties/tags/items`, undefined, 'ArrayHasNoItems', `${body}/properties/tags`],
  [`${body}/properties/text/nullable`, true, 'SwaggerKeywordNotSupported', `${body}/properties/text`],
  [`${body}/properties/text/anyOf`, [], 'SwaggerKeywordNotSupported', `${body}/properties/text`],
  [`${body}/properties/stars/exclusiveMinimum`, 0, 'SwaggerKeywordNotSupported', `${body}/properties/stars`],
  [`${body}/allOf`, [], 'AllOfNotShown', body],
  [`${body}/title`, 'Note', 'TitleOnSchema', body],
  [`${body}/required`, [], 'RequiredPropertyDefinitionMissing', body],
  [`${body}/required`, ['author'], 'RequiredPropertyDefinitionMissing', body],
  [`${body}/properties/text/readOnly`, true, 'RequiredPropertyDefinitionMissing', body],
  [`${body}/properties/text/format`, 'binary', 'InvalidStringBinaryProperty', `${body}/properties/text`],
  [
    `${keepNote}/responses/200/schema/description`,
    'The note.',
    'AdditionalPropertyNotAllowedAdjacentToRef',
    `${keepNote}/responses/200/schema`
  ],
  [
    `${keepNote}/responses/200/schema/$ref`,
    '#/definitions/None',
    'AdditionalPropertyNotAllowedAdjacentToRef',
    `${keepNote}/responses/200/schema`
  ],
  ['#/definitions/Other', { $ref: '#/definitions/Note' }, 'AdditionalPropertyNotAllowedAdjacentToRef'],
  ['#/definitions/Note/properties/author', { $ref: '#/definitions/Note' }, 'RecursiveDefinition', '#/definitions/Note']
]

t.test('one thing broken is found by one rule, at its place', async t => {
  t.strictSame(lint(validDefinition()), [], 'nothing is found before')
  for (const [at, value, rule, elsewhere] of breaks) {
    const found = lint(withValueAt(validDefinition(), at, value)).map(finding => `${finding.rule} ${finding.at}`)
    t.strictSame(found, [`${rule} ${elsewhere ?? at}`], `${at} = ${JSON.stringify(value)?.slice(0, 60)}`)
  }
})

t.test('every rule is tried, and says what to do', async t => {
  const tried = new Set(['OperationIdNotUnique', ...breaks.map(([, , rule]) => rule)])
  for (const { name, advice } of rules) {
    t.ok(tried.has(name), name)
    t.match(advice, /^[\S\s]{20,}\.$/, `${name} has advice in a sentence`)
  }
})

t.test('two operations with one id are both named', async t => {
  const found = lint(withValueAt(validDefinition(), `${keepNote}/operationId`, 'TestConnection'))
  t.strictSame(
    found.filter(({ rule }) => rule === 'OperationIdNotUnique').map(({ at }) => at),
    [keepNote, testConnection]
  )
})

t.test('what a trigger needs is within the rules', async t => {
  const address = { type: 'string', description: 'Where to.', 'x-ms-summary': 'Address', 'x-ms-visibility': 'internal' }
  const subscribe = {
    operationId: 'OnNote',
    summary: 'When a note is kept',
    description: 'Runs when a note is kept.',
    'x-ms-trigger': 'single',
    parameters: [
      {
        ...noteBody,
        schema: { type: 'object', required: ['to'], properties: { to: { ...address, 'x-ms-notification-url': true } } }
      }
    ],
    responses: { 201: { description: 'Subscribed.' }, 401: { description: 'Unknown caller.' } }
  }
  const content = { description: 'The note.', schema: { $ref: '#/definitions/Note' } }
  t.strictSame(
    lint(withValueAt(validDefinition(), '#/paths/~1v1~1subscriptions', { post: subscribe, 'x-ms-notification-content': content })),
    []
  )
})

t.test('whatever the JSON, the check answers', async t => {
  for (const json of [null, true, 1, 'text', []]) t.match(lint(json), [{ rule: 'NotAnObject', at: '#' }])
  t.strictSame(
    lint({}).map(({ rule }) => rule),
    ['SpecificationVersionIncorrect', 'InfoIncomplete', 'HostNameNotValid', 'SchemesNotValid', 'ConnectorMetadataPropertiesMissing'],
    'an empty definition lacks what the top has to say'
  )
  for (const at of placesOf(validDefinition()))
    for (const value of [undefined, null, 1, 'text', [], [null], {}])
      t.doesNotThrow(() => lint(withValueAt(validDefinition(), at, value)), `${at} = ${JSON.stringify(value)}`)
})

function validDefinition(): JsonObject {
  return JSON.parse(JSON.stringify(connectorDefinition(swaggerTwo())))
}

/** Sets or (with undefined) deletes what a JSON pointer names. */
function withValueAt(definition: JsonObject, at: string, value: Json | undefined): JsonObject {
  const steps = at
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = steps.pop() ?? ''
  let parent: Json | undefined = definition
  for (const step of steps) parent = (parent as JsonObject)[step]
  if (value === undefined) delete (parent as JsonObject)[last]
  else (parent as JsonObject)[last] = structuredClone(value)
  return definition
}

function placesOf(value: Json | undefined, at = '#'): string[] {
  if (!isObject(value) && !Array.isArray(value)) return []
  return Object.entries(value).flatMap(([name, inner]) => [under(at, name), ...placesOf(inner, under(at, name))])
}
