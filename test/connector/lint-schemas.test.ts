import t from 'tap'
import type { JsonObject } from '../../src/connector/json.ts'
import { lint } from '../../src/connector/lint.ts'
import { parameterRules } from '../../src/connector/rules/parameter-rules.ts'
import { referenceRules } from '../../src/connector/rules/reference-rules.ts'
import { schemaRules } from '../../src/connector/rules/schema-rules.ts'
import { valueRules } from '../../src/connector/rules/value-rules.ts'
import { type Break, tryAll, tryBreaks, withValueAt } from '../fixtures/broken-definition.ts'
import { validDefinition } from '../fixtures/valid-definition.ts'

const keepNote = '#/paths/~1notes~1{noteId}/put'
const [noteId, folder, bodyParameter] = [0, 1, 2].map(index => `${keepNote}/parameters/${index}`) as [string, string, string]
const body = `${bodyParameter}/schema`
const text = `${body}/properties/text`
const stars = `${body}/properties/stars`
const source = `${body}/properties/source`
const picture = '#/paths/~1pictures/post/parameters/0'
const size = '#/paths/~1folders/get/parameters/0'
const note = '#/definitions/Note'
const words = { description: 'It is so.', 'x-ms-summary': 'It' }
const toNote = { $ref: note }

const parameterBreaks: readonly Break[] = [
  [`${folder}/name`, undefined, 'ParameterNotValid', folder, ['SourcePropertyNotFound']],
  [`${folder}/in`, 'cookie', 'ParameterNotValid', folder],
  [body, undefined, 'BodyParameterSchemaRequired', bodyParameter],
  [`${bodyParameter}/type`, 'object', 'BodyParameterSchemaRequired', bodyParameter],
  [
    `${bodyParameter}/x-ms-dynamic-schema`,
    { operationId: 'GetFolderSchema' },
    'DynamicExtensionDefinitionNotAllowedInParameter',
    bodyParameter,
    [...['DynamicParametersMissing', 'DynamicSchemaPathMissing', 'NewerDynamicFormMissing', 'OperationMissingRequiredProperty']]
  ],
  [`${noteId}/required`, false, 'PathParameterMustBeRequired', noteId],
  [`${noteId}/x-ms-url-encoding`, 'double', 'PathParameterMissingEncoding', noteId],
  [`${noteId}/x-ms-url-encoding`, undefined, 'PathParameterMissingEncoding', noteId],
  [`${folder}/x-ms-url-encoding`, 'single', 'QueryParameterEncodingNotSupported', folder],
  [`${noteId}/type`, 'object', 'ParameterNotShown', noteId],
  [`${noteId}/type`, undefined, 'ParameterNotShown', noteId],
  [`${noteId}/type`, ['string'], 'ParameterNotShown', noteId],
  [`${picture}/type`, 'array', 'ParameterNotShown', picture, ['ParameterArrayHasNoItems']],
  [`${noteId}/title`, 'Note ID', 'ParameterKeywordNotAllowed', noteId],
  [`${noteId}/example`, '1', 'ParameterKeywordNotAllowed', noteId],
  [`${noteId}/type`, 'array', 'ParameterArrayHasNoItems', noteId],
  [`${picture}/name`, 'grün', 'FormDataNameNotAscii', picture],
  [`${folder}/x-ms-summary`, undefined, 'ParameterSummaryMissing', folder],
  [`${folder}/description`, '', 'ParameterSummaryMissing', folder],
  [`${text}/x-ms-summary`, undefined, 'PropertySummaryMissing', text],
  [`${text}/x-ms-summary`, 'Text:', 'PropertySummaryMissing', text],
  ['#/definitions/Author/properties/name/description', undefined, 'PropertySummaryMissing', '#/definitions/Author/properties/name'],
  [`${source}/default`, undefined, 'InternalParameterHasNoDefault', source],
  [`${size}/x-ms-visibility`, 'internal', 'InternalParameterHasNoDefault', size],
  [`${body}/required`, ['text'], 'PropertyMustBeRequired', source],
  [
    `${keepNote}/parameters/3`,
    { name: 'draft', in: 'query', type: 'boolean', default: true, 'x-ms-visibility': 'internal' },
    'PropertyMustBeRequired'
  ]
]

const valueBreaks: readonly Break[] = [
  [`${text}/format`, 'ipv4', 'UnrecognizedTypeFormat', text],
  [`${noteId}/format`, 'hostname', 'UnrecognizedTypeFormat', noteId],
  [`${text}/enum`, [], 'EnumNotValid', text],
  [`${text}/enum`, 'a', 'EnumNotValid', text],
  [`${text}/enum`, ['a', 1], 'EnumNotValid', text],
  [`${text}/enum`, ['a', 'a'], 'EnumNotValid', text],
  [`${stars}/enum`, undefined, 'EnumValuesNotValid', stars],
  [`${stars}/x-ms-enum-values`, [{ value: 3, displayName: 'Bad' }], 'EnumValuesNotValid', stars],
  [`${stars}/x-ms-enum-values`, ['1'], 'EnumValuesNotValid', stars],
  [`${stars}/x-ms-enum-values/1`, { value: 1, displayName: 'Best' }, 'EnumValuesNotValid', stars],
  [`${stars}/x-ms-enum-values/0/displayName`, undefined, 'EnumDisplayNameMissing', stars],
  [`${text}/default`, 5, 'DefaultNotValid', text],
  [`${folder}/default`, 5, 'DefaultNotValid', folder],
  [`${stars}/default`, 3, 'DefaultNotInEnum', stars],
  [`${folder}/collectionFormat`, 'multi', 'CollectionFormatValueNotSupported', folder],
  [`${keepNote}/x-ms-visibility`, 'none', 'VisibilityNotValid', keepNote],
  [`${text}/x-ms-visibility`, ['internal'], 'VisibilityNotValid', text],
  [`${noteId}/x-ms-visibility`, 'none', 'VisibilityNotValid', noteId],
  [`${folder}/format`, 'binary', 'StringBinaryNotAtRoot', folder]
]

const schemaBreaks: readonly Break[] = [
  [`${text}/type`, undefined, 'TypeMissing', text],
  [`${body}/additionalProperties`, { description: 'Anything.' }, 'TypeMissing'],
  [`${body}/type`, undefined, 'FieldsWithoutType', body],
  [`${note}/type`, undefined, 'FieldsWithoutType', note],
  [`${body}/properties/tags/type`, undefined, 'FieldsWithoutType', `${body}/properties/tags`],
  [`${text}/type`, ['string', 'null'], 'TypeListNotShown', text],
  [`${text}/type`, 'date', 'TypeNotValid', text],
  [`${text}/properties`, {}, 'PropertiesNotOnObject', text],
  [`${text}/items`, { type: 'string' }, 'PropertiesNotOnObject', text],
  [`${body}/properties/none`, null, 'PropertyNotASchema', body],
  ['#/definitions/Author/properties', [], 'PropertyNotASchema', '#/definitions/Author'],
  [`${body}/properties/tags/items`, undefined, 'ArrayHasNoItems', `${body}/properties/tags`],
  [`${body}/properties/tags/items`, [{ type: 'string' }], 'ArrayHasNoItems', `${body}/properties/tags`],
  [`${text}/nullable`, true, 'SwaggerKeywordNotSupported', text],
  [`${text}/anyOf`, [], 'SwaggerKeywordNotSupported', text],
  [`${stars}/exclusiveMinimum`, 0, 'SwaggerKeywordNotSupported', stars],
  [`${body}/allOf`, [], 'AllOfNotShown', body],
  [`${note}/allOf`, [{ $ref: '#/definitions/Author' }], 'AllOfNotShown', note],
  [`${body}/title`, 'Note', 'TitleOnSchema', body],
  [`${note}/required`, [], 'RequiredPropertyArrayEmpty', note],
  [`${text}/required`, true, 'RequiredPropertyArrayEmpty', text, ['RequiredPropertyArrayNotOnObject']],
  [`${text}/required`, ['text'], 'RequiredPropertyArrayNotOnObject', text, ['RequiredPropertyDefinitionMissing']],
  [`${note}/required`, ['date'], 'RequiredPropertyDefinitionMissing', note],
  [`${text}/readOnly`, true, 'RequiredReadOnlyProperty', body],
  [`${text}/format`, 'binary', 'InvalidStringBinaryProperty', text],
  [body, { type: 'file' }, 'SchemaTypeFileNotValid', body]
]

const referenceBreaks: readonly Break[] = [
  [`${note}/properties/author/$ref`, '#/definitions/None', 'RefNotFound', `${note}/properties/author`],
  [`${note}/properties/author/$ref`, 'more.json#/Author', 'RefNotFound', `${note}/properties/author`],
  [`${keepNote}/parameters/3`, { $ref: '#/parameters/None' }, 'RefNotFound'],
  [`${note}/properties/author/description`, 'Who.', 'AdditionalPropertyNotAllowedAdjacentToRef', `${note}/properties/author`],
  ['#/definitions/Other', toNote, 'SchemaRefLoopNotAllowed'],
  ['#/definitions/Author/properties/notes', { ...words, type: 'array', items: toNote }, 'RecursiveDefinition', '#/definitions/Author'],
  [`${note}/properties/author`, toNote, 'RecursiveDefinition', note]
]

const check = (at: string, value: Break[1]) => lint(withValueAt(validDefinition(), at, value))

t.test('one thing broken in a parameter is found by one rule, at its place', async t => {
  tryBreaks(t, parameterBreaks, check)
  tryAll(t, parameterRules, parameterBreaks)
})

t.test('one thing broken in a value is found by one rule, at its place', async t => {
  tryBreaks(t, valueBreaks, check)
  tryAll(t, valueRules, valueBreaks)
})

t.test('one thing broken in a schema is found by one rule, at its place', async t => {
  tryBreaks(t, schemaBreaks, check)
  tryAll(t, schemaRules, schemaBreaks)
})

t.test('one thing broken in a reference is found by one rule, at its place', async t => {
  tryBreaks(t, referenceBreaks, check)
  const definition = withValueAt(validDefinition(), `${note}/required`, ['text', 'author'])
  withValueAt(definition, '#/definitions/Author', { type: 'object', required: ['note'], properties: { note: toNote } })
  t.strictSame(namesOf(lint(definition)), ['RecursiveDefinition', 'RequiredLoopInSchema'])
  tryAll(t, referenceRules, [...referenceBreaks, ['', null, 'RequiredLoopInSchema']])
})

t.test('references in a circle end', async t => {
  const definition = withValueAt(validDefinition(), '#/definitions/Author', { $ref: '#/definitions/Other' })
  withValueAt(definition, '#/definitions/Other', { $ref: '#/definitions/Author' })
  t.strictSame(namesOf(lint(definition)), ['RecursiveDefinition', 'SchemaRefLoopNotAllowed'])
})

t.test('a definition is held against the rules of what is sent only where a body uses it', async t => {
  const draft = { ...words, type: 'boolean', 'x-ms-visibility': 'internal', default: true }
  const answered = withValueAt(validDefinition(), `${note}/properties/draft`, draft)
  t.strictSame(lint(answered), [])
  const sent = withValueAt(answered, `${body}/properties/other`, toNote)
  t.match(lint(sent), [{ rule: 'PropertyMustBeRequired', at: `${note}/properties/draft` }])
})

t.test('parameters of the document and of a path are looked at where they are written', async t => {
  const shared: JsonObject = { name: 'folder', in: 'query', type: 'text', ...words }
  const definition = withValueAt(validDefinition(), '#/parameters', { Folder: shared })
  withValueAt(definition, '#/paths/~1connection/get/parameters', [{ $ref: '#/parameters/Folder' }])
  t.match(lint(definition), [{ rule: 'ParameterNotShown', at: '#/parameters/Folder' }])
  t.strictSame(lint(withValueAt(definition, '#/parameters/Folder/type', 'string')), [])
})

t.test('a dynamic schema needs no type and requires what is not known yet', async t => {
  const definition = withValueAt(validDefinition(), `${body}/properties/more/required`, ['due'])
  t.strictSame(lint(definition), [])
})

function namesOf(found: { rule: string }[]): string[] {
  return [...new Set(found.map(({ rule }) => rule))].toSorted()
}
