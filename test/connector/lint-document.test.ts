import t from 'tap'
import { lint } from '../../src/connector/lint.ts'
import { certificationRules } from '../../src/connector/rules/certification-rules.ts'
import { documentRules } from '../../src/connector/rules/document-rules.ts'
import { pathRules } from '../../src/connector/rules/path-rules.ts'
import { type Break, tryAll, tryBreaks, withValueAt } from '../fixtures/broken-definition.ts'
import { validDefinition } from '../fixtures/valid-definition.ts'

const keepNote = '#/paths/~1notes~1{noteId}/put'
const connection = '#/paths/~1connection/get'
const answers = { 200: { description: 'It is so.' } }
const words = { summary: 'Do it', description: 'Does it.', 'x-ms-visibility': 'internal' }
const manyOperations = Object.fromEntries(
  Array.from({ length: 260 }, (_, index) => [`/n${index}`, { get: { ...words, operationId: `Do${index}`, responses: answers } }])
)
const manyFields = Object.fromEntries(
  Array.from({ length: 520 }, (_, index) => [`n${index}`, { type: 'string', 'x-ms-summary': 'N', description: 'N.' }])
)
const reviewed = (revision: number, more = {}) => ({ family: 'KeepNote', revision, status: 'Production', ...more })

const documentBreaks: readonly Break[] = [
  ['#/swagger', '3.0.1', 'SpecificationVersionIncorrect'],
  ['#/swagger', undefined, 'SpecificationVersionIncorrect'],
  ['#/info/version', undefined, 'InfoIncomplete'],
  ['#/info/description', undefined, 'InfoIncomplete'],
  ['#/info/title', 7, 'InfoIncomplete'],
  ['#/host', 'https://notes.example', 'HostNameNotValid'],
  ['#/host', undefined, 'HostNameNotValid'],
  ['#/basePath', 'v1', 'BasePathNotValid'],
  ['#/schemes', ['https', 'wss'], 'SchemesNotValid'],
  ['#/schemes', [], 'SchemesNotValid', '#/schemes', ['SchemeNotHttps']],
  ['#/schemes', ['http', 'https'], 'SchemeNotHttps'],
  ['#/schemes', undefined, 'SchemeNotHttps'],
  ['#/produces', ['json'], 'MimeTypeMalformed'],
  ['#/produces', 'application/json', 'MimeTypeMalformed'],
  [`${keepNote}/consumes`, [1], 'MimeTypeMalformed'],
  ['#/produces', ['application/xml'], 'MimeTypeNotValid'],
  ['#/security', [{ other: [] }], 'SecurityNotDefined', '#/security/0'],
  ['#/security', [{ api_key: ['read'] }], 'SecurityNotDefined', '#/security/0'],
  [`${keepNote}/security`, [{ other: [] }], 'SecurityNotDefined', `${keepNote}/security/0`],
  ['#/info/x-much', 'much'.repeat(300_000), 'FileTooLarge', '#'],
  ['#/info/x-much', 'ä'.repeat(600_000), 'FileTooLarge', '#'],
  ['#/paths', manyOperations, 'TotalOperationsCountExceedsMaxAllowed', '#/paths', ['TestConnectionNotFound']],
  [`${keepNote}/parameters/2/schema/properties/more`, manyObject(), 'BodySchemaCountExceedsMaxAllowed', `${keepNote}/parameters/2/schema`],
  ['#/x-ms-capabilities/testConnection/operationId', 'Test', 'TestConnectionNotFound', '#/x-ms-capabilities/testConnection'],
  ['#/x-ms-capabilities/testConnection', true, 'TestConnectionNotFound'],
  ['#/x-ms-capabilities/testConnection/operationId', 'KeepNote', 'TestConnectionNotValid', '#/x-ms-capabilities/testConnection'],
  ['#/x-ms-capabilities/testConnection/operationId', 'ListFolders', 'TestConnectionNotValid', '#/x-ms-capabilities/testConnection']
]

const certificationBreaks: readonly Break[] = [
  ['#/info/title', 'A title that is a good deal too long', 'TitleRestricted'],
  ['#/info/title', 'Notes API', 'TitleRestricted'],
  ['#/info/title', 'Notes Connector', 'TitleRestricted'],
  ['#/info/title', 'Notes for Power Apps', 'TitleRestricted'],
  ['#/info/title', 'Notes!', 'TitleRestricted'],
  ['#/info/description', 'Too short.', 'DescriptionRestricted'],
  ['#/info/description', 'Keeps small notes of what Power Automate did.', 'DescriptionRestricted'],
  ['#/info/contact', undefined, 'ContactIncomplete'],
  ['#/info/contact/url', undefined, 'ContactIncomplete', '#/info/contact'],
  ['#/info/contact/email', 'nobody', 'ContactEmailNotValid'],
  ['#/info/contact/email', 'jürgen@notes.example', 'ContactEmailNotValid'],
  ['#/x-ms-connector-metadata/0/propertyName', 'Site', 'ConnectorMetadataPropertiesMissing', '#/x-ms-connector-metadata'],
  ['#/x-ms-connector-metadata', undefined, 'ConnectorMetadataPropertiesMissing'],
  ['#/x-ms-connector-metadata/2/propertyValue', 'Sales', 'InvalidConnectorCategory', '#/x-ms-connector-metadata/2'],
  ['#/x-ms-connector-metadata/2/propertyValue', 'AI;Data;Finance', 'TooManyConnectorCategories', '#/x-ms-connector-metadata/2'],
  [`${keepNote}/x-ms-triger`, 'single', 'ExtensionNotKnown', keepNote],
  ['#/definitions/Note/properties/text/x-ms-sumary', 'Text', 'ExtensionNotKnown', '#/definitions/Note/properties/text'],
  [`${keepNote}/x-ms-api-annotation`, reviewed(0), 'ApiAnnotationNotValid', keepNote],
  [`${keepNote}/x-ms-api-annotation`, reviewed(1, { status: 'Beta' }), 'ApiAnnotationNotValid', keepNote],
  [
    `${keepNote}/x-ms-api-annotation`,
    reviewed(1, { replacement: { api: 'Notes', operationId: 'KeepNoteV2' } }),
    'ApiAnnotationNotValid',
    keepNote
  ]
]

const pathBreaks: readonly Break[] = [
  ['#/paths/~1notes?', {}, 'PathNotValid'],
  ['#/paths/notes', {}, 'PathNotValid'],
  ['#/paths/~1notes~1{id=1}', {}, 'PathNotValid'],
  ['#/paths/~1notes~1{id', {}, 'PathNotValid'],
  ['#/paths/~1Connection', {}, 'PathRedefined'],
  [
    '#/paths/~1hooks~1{hook}',
    {
      delete: {
        ...words,
        operationId: 'EndHookToo',
        parameters: [
          {
            name: 'hook',
            in: 'path',
            required: true,
            type: 'string',
            'x-ms-url-encoding': 'single',
            'x-ms-summary': 'Hook',
            description: 'It.'
          }
        ],
        responses: answers
      }
    },
    'DuplicateOperationPath',
    '#/paths/~1hooks~1{hook}/delete'
  ],
  [
    '#/paths/~1notes~1all',
    { put: { ...words, operationId: 'KeepAll', responses: answers } },
    'PartialDuplicateOperationPath',
    '#/paths/~1notes~1all/put'
  ],
  ['#/paths/~1nothing', null, 'PathItemNotAnObject'],
  ['#/paths/~1nothing', [], 'PathItemNotAnObject'],
  ['#/paths/~1more', { $ref: 'more.json' }, 'PathItemRefNotSuppored'],
  ['#/paths/~1connection/x-widgets', {}, 'PathKeyMakesOperation', '#/paths/~1connection'],
  ['#/paths/~1connection/summary', 'Connection', 'PathKeyNotKnown', '#/paths/~1connection'],
  ['#/paths/~1connection/delete', null, 'OperationNotAnObject', '#/paths/~1connection'],
  ['#/paths/~1connection/parameters', [], 'SharedParametersWithoutOwn', connection],
  [`${keepNote}/parameters/0/name`, 'note', 'PathParameterNotDefined', keepNote],
  [
    '#/paths/~1connection~1{id}',
    { get: { ...words, operationId: 'GetIt', responses: answers } },
    'PathParameterNotDefined',
    '#/paths/~1connection~1{id}/get'
  ],
  [`${connection}/parameters`, [null], 'ParameterNull', `${connection}/parameters`],
  [`${connection}/parameters`, {}, 'ParameterNull'],
  [`${keepNote}/parameters/3`, folder(), 'ParameterNotUnique', keepNote],
  [`${connection}/parameters`, [{ ...folder(), name: 'connectionId' }], 'ParameterNameReserved', connection]
]

function folder() {
  return { name: 'folder', in: 'query', type: 'string', 'x-ms-summary': 'Folder', description: 'The folder.' }
}

function manyObject() {
  return { type: 'object', 'x-ms-summary': 'More', description: 'More.', properties: manyFields }
}

const check = (at: string, value: Break[1]) => lint(withValueAt(validDefinition(), at, value))

t.test('one thing broken in the document is found by one rule, at its place', async t => {
  tryBreaks(t, documentBreaks, check)
  tryAll(t, documentRules, documentBreaks)
})

t.test('what certification asks for is found missing', async t => {
  tryBreaks(t, certificationBreaks, check)
  const definition = validDefinition()
  for (const at of [keepNote, connection, '#/paths/~1folders/get']) withValueAt(definition, `${at}/x-ms-api-annotation`, reviewed(1))
  t.strictSame(
    lint(definition).map(({ rule, at }) => `${rule} ${at}`),
    [keepNote, '#/paths/~1folders/get', connection].map(at => `TooManyActiveRevisions ${at}`)
  )
  tryAll(t, certificationRules, [...certificationBreaks, ['', null, 'TooManyActiveRevisions']])
})

t.test('one thing broken in a path is found by one rule, at its place', async t => {
  tryBreaks(t, pathBreaks, check)
  tryAll(t, pathRules, pathBreaks)
})

t.test('what published connectors do is no error', async t => {
  const definition = validDefinition()
  withValueAt(definition, `${keepNote}/operationId`, 'notes_keep-note')
  withValueAt(definition, `${keepNote}/parameters/0/x-ms-url-encoding`, undefined)
  withValueAt(definition, `${keepNote}/summary`, undefined)
  withValueAt(definition, `${keepNote}/parameters/1/x-ms-dynamic-list`, undefined)
  withValueAt(definition, '#/schemes', ['http', 'https'])
  withValueAt(definition, '#/consumes', [])
  withValueAt(definition, '#/produces', ['text/json'])
  withValueAt(definition, '#/x-ms-connector-metadata', undefined)
  withValueAt(definition, '#/security', [{ basic_auth: ['Email'] }])
  withValueAt(definition, `${keepNote}/responses/default`, { description: 'A mistake.', schema: { type: 'object' } })
  const found = lint(definition)
  t.ok(found.length >= 8)
  t.strictSame(
    found.filter(({ level }) => level === 'error'),
    []
  )
})

t.test('a path may share its parameters when each operation has a list of its own', async t => {
  const definition = withValueAt(validDefinition(), '#/paths/~1connection~1{id}', {
    parameters: [
      {
        name: 'id',
        in: 'path',
        required: true,
        type: 'string',
        'x-ms-url-encoding': 'single',
        'x-ms-summary': 'ID',
        description: 'The id.'
      }
    ],
    get: { ...words, operationId: 'GetConnection', parameters: [], responses: answers }
  })
  t.strictSame(lint(definition), [])
})
