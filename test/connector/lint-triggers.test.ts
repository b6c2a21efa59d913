import t from 'tap'
import { lint } from '../../src/connector/lint.ts'
import { dynamicRules } from '../../src/connector/rules/dynamic-rules.ts'
import { triggerRules } from '../../src/connector/rules/trigger-rules.ts'
import { type Break, tryAll, tryBreaks, withValueAt } from '../fixtures/broken-definition.ts'
import { validDefinition } from '../fixtures/valid-definition.ts'

const hooks = '#/paths/~1hooks'
const hook = `${hooks}/post`
const url = `${hook}/parameters/0/schema/properties/callbackUrl`
const polling = '#/paths/~1notes/get'
const list = `${polling}/responses/200/schema`
const words = { description: 'It is so.', 'x-ms-summary': 'It' }

const triggerBreaks: readonly Break[] = [
  [`${hook}/x-ms-trigger`, 'many', 'TriggerValueNotValid', hook],
  [`${hooks}/x-ms-notification-content`, undefined, 'OperationMustHaveNotificationContentExtension', hook],
  [`${hook}/x-ms-notification-content`, { schema: { type: 'object' } }, 'NotificationContentOnOperation', hook],
  [`${hooks}/x-ms-notification-content`, { type: 'object' }, 'NotificationContentWithoutSchema'],
  [
    `${hooks}/get`,
    { operationId: 'ListHooks', summary: 'List the hooks', description: 'Lists them.', responses: { 200: words } },
    'NotificationPathShared'
  ],
  [`${url}/x-ms-notification-url`, undefined, 'WebhookOperationsMissingNotificationUrlProperty', hook, ['InternalParameterHasNoDefault']],
  [
    `${hook}/parameters/0`,
    {
      ...words,
      name: 'callbackUrl',
      in: 'query',
      required: true,
      type: 'string',
      'x-ms-visibility': 'internal',
      'x-ms-notification-url': true
    },
    'NotificationUrlNotAllowedInThisPosition',
    hook
  ],
  [
    `${hook}/parameters/0/schema/properties/callbackUrl`,
    {
      type: 'array',
      ...words,
      items: {
        type: 'object',
        required: ['to'],
        properties: { to: { type: 'string', ...words, 'x-ms-visibility': 'internal', 'x-ms-notification-url': true } }
      }
    },
    'NotificationUrlNotAllowedInThisPosition',
    hook
  ],
  [`${url}/type`, 'integer', 'NotificationUrlNotString', hook],
  [`${url}/x-ms-visibility`, undefined, 'NotificationUrlNotInternal', hook],
  [`${hook}/parameters/0/schema/required`, undefined, 'NotificationUrlNotRequired', hook],
  [`${hook}/parameters/0/required`, false, 'NotificationUrlNotRequired', hook],
  [`${hook}/x-ms-trigger`, undefined, 'NotificationUrlWithoutTrigger', hook, ['NotificationPathShared']],
  [`${hook}/x-ms-notification`, { operationId: 'EndHook' }, 'NotificationExtensionNotAllowed', hook],
  ['#/paths/~1hooks~1{id}', undefined, 'UnsubscribeMissing', hook],
  [
    '#/paths/~1hooks~1{id}/delete/x-ms-visibility',
    undefined,
    'UnsubscribeNotInternal',
    '#/paths/~1hooks~1{id}/delete',
    ['SchemaDefinitionSetIncorrectly']
  ],
  [`${hook}/summary`, 'Subscribe to notes', 'TriggerSummaryNotWhen', hook],
  [`${list}/properties`, { value: { type: 'object', ...words } }, 'PollingTriggerHasNoList', polling],
  [`${list}/properties/more`, { type: 'array', ...words, items: { type: 'string' } }, 'PollingTriggerHasManyLists', polling]
]

const folder = '#/paths/~1notes~1{noteId}/put/parameters/1'
const [older, newer] = [`${folder}/x-ms-dynamic-values`, `${folder}/x-ms-dynamic-list`]
const more = '#/paths/~1notes~1{noteId}/put/parameters/2/schema/properties/more'
const [olderSchema, newerSchema] = [`${more}/x-ms-dynamic-schema`, `${more}/x-ms-dynamic-properties`]
const folders = '#/paths/~1folders/get'
const mismatch = ['DynamicPropertiesItemValuePathMismatch']

const dynamicBreaks: readonly Break[] = [
  [`${older}`, 'ListFolders', 'DynamicCallNotAnObject', folder],
  [older, undefined, 'OlderDynamicFormMissing', folder],
  [olderSchema, undefined, 'OlderDynamicFormMissing', more],
  [newer, undefined, 'NewerDynamicFormMissing', folder],
  [newerSchema, undefined, 'NewerDynamicFormMissing', more],
  [`${more}/properties`, { due: { type: 'string', ...words } }, 'DynamicSchemaHidesProperties', more],
  [`${older}/operationId`, 'List', 'OperationIdNotFound', older, mismatch],
  [`${older}/operationId`, undefined, 'OperationIdNotFound', older],
  [`${folders}/responses`, { 201: { description: 'So.' } }, 'InvokedOperationAnswersNoOk', older, ['InvokedOperationNotDescribed']],
  [`${older}/parameters`, undefined, 'DynamicParametersMissing', older, ['OperationMissingRequiredProperty']],
  [`${older}/parameters`, {}, 'OperationMissingRequiredProperty', older],
  [`${newerSchema}/parameters`, {}, 'OperationMissingRequiredProperty', newerSchema],
  [`${older}/parameters/page`, 1, 'OperationParameterNotFound', older],
  [`${newer}/parameters/size`, 5, 'DynamicLiteralBare', newer],
  [`${newerSchema}/parameters/folder/parameterReference`, 'body/drawer', 'SourcePropertyNotFound', newerSchema],
  [`${newerSchema}/parameters/folder/parameterReference`, 'body/source', 'SourcePropertyInternal', newerSchema],
  [`${olderSchema}/parameters/folder/parameter`, 'source', 'SourcePropertyInternal', olderSchema],
  [`${older}/parameters/size`, '5', 'OperationParameterTypeMismatch', older],
  [`${newer}/parameters/size/value`, 'five', 'OperationParameterTypeMismatch', newer],
  [`${newerSchema}/parameters/folder/parameterReference`, 'body/stars', 'OperationParameterTypeMismatch', newerSchema],
  [`${older}/value-collection`, 'folders', 'InvokedOperationShouldProduceArray', older, mismatch],
  [`${newer}/itemsPath`, 'value/id', 'InvokedOperationShouldProduceArray', newer, mismatch],
  [`${newer}/itemTitlePath`, 'title', 'InvokedOperationShouldProduceProperty', newer, mismatch],
  [`${olderSchema}/value-path`, 'fields', 'InvokedOperationShouldProduceProperty', olderSchema, mismatch],
  [`${folders}/responses/200/schema`, { type: 'object' }, 'InvokedOperationNotDescribed', older],
  [`${olderSchema}/value-path`, undefined, 'DynamicSchemaPathMissing', olderSchema, mismatch],
  [
    `${newer}/operationId`,
    'WhenNoteIsKept',
    'DynamicPropertiesItemValuePathMismatch',
    folder,
    [...['InvokedOperationShouldProduceProperty', 'OperationParameterNotFound']]
  ]
]

const check = (at: string, value: Break[1]) => lint(withValueAt(validDefinition(), at, value))

t.test('one thing broken in a trigger is found by one rule, at its place', async t => {
  tryBreaks(t, triggerBreaks, check)
  const definition = validDefinition()
  const { post, ...item } = definition.paths !== undefined ? pathAt(definition, '/hooks') : {}
  withValueAt(definition, hooks, { ...item, patch: post })
  t.match(lint(definition), [{ rule: 'WebhookNotPost', at: `${hooks}/patch` }])
  tryAll(t, triggerRules, [...triggerBreaks, ['', null, 'WebhookNotPost']])
})

t.test('the address of notifications is found deep in a body, and hidden by what it stands in', async t => {
  const to = { type: 'string', ...words, 'x-ms-notification-url': true }
  const definition = withValueAt(validDefinition(), '#/definitions/Target', { type: 'object', required: ['to'], properties: { to } })
  withValueAt(definition, '#/definitions/Hook', {
    type: 'object',
    required: ['target'],
    'x-ms-visibility': 'internal',
    properties: { target: { $ref: '#/definitions/Target' } }
  })
  withValueAt(definition, `${hook}/parameters/0/schema`, { $ref: '#/definitions/Hook' })
  t.strictSame(lint(definition), [])
})

t.test('a trigger whose body is known at design time only may have its address there', async t => {
  const definition = validDefinition()
  const dynamic = pathAt(definition, '/notes/{noteId}')
  const schema = JSON.parse(JSON.stringify(dynamic).match(/\{"type":"object","description":"What else.*?"schema"\}\}/)?.[0] ?? '{}')
  for (const key of ['x-ms-dynamic-schema', 'x-ms-dynamic-properties'])
    schema[key].parameters = key.endsWith('schema') ? { folder: 'a' } : { folder: { value: 'a' } }
  withValueAt(definition, `${hook}/parameters/0/schema`, schema)
  t.strictSame(lint(definition), [])
})

t.test('one thing broken in a dynamic call is found by one rule, at its place', async t => {
  tryBreaks(t, dynamicBreaks, check)
  const dynamic = pathAt(validDefinition(), '/notes/{noteId}')
  t.ok(dynamic)
  const definition = validDefinition()
  const part = JSON.parse(JSON.stringify(dynamic).match(/\{"type":"object","description":"What else.*?"schema"\}\}/)?.[0] ?? '{}')
  withValueAt(definition, '#/definitions/Note/properties/one', part)
  withValueAt(definition, '#/definitions/Note/properties/two', part)
  t.ok(lint(definition).some(({ rule, at }) => rule === 'ManyDynamicOutputs' && at === '#/definitions/Note'))
  tryAll(t, dynamicRules, [...dynamicBreaks, ['', null, 'ManyDynamicOutputs']])
})

t.test('a picker of files, a bare list and a list called value are fine', async t => {
  const definition = withValueAt(validDefinition(), older, { capability: 'file-picker', parameters: {}, 'value-path': 'id' })
  withValueAt(definition, newer, undefined)
  t.strictSame(lint(definition), [])

  const bare = withValueAt(validDefinition(), `${folders}/responses/200/schema`, {
    type: 'array',
    items: { type: 'object', properties: { id: { type: 'string', ...words }, name: { type: 'string', ...words } } }
  })
  withValueAt(bare, `${older}/value-collection`, undefined)
  withValueAt(bare, `${newer}/itemsPath`, undefined)
  t.strictSame(lint(bare), [])

  const unnamed = withValueAt(validDefinition(), `${older}/value-collection`, undefined)
  t.strictSame(lint(withValueAt(unnamed, `${newer}/itemsPath`, undefined)), [])
})

t.test('what a definition calls is looked at for every operation that uses it', async t => {
  const definition = withValueAt(validDefinition(), '#/definitions/Note/properties/folder', {
    type: 'string',
    ...words,
    'x-ms-dynamic-values': {
      operationId: 'ListFolders',
      parameters: { size: { parameter: 'noteId' } },
      'value-path': 'id',
      'value-title': 'name'
    },
    'x-ms-dynamic-list': {
      operationId: 'ListFolders',
      parameters: { size: { value: 1 } },
      itemValuePath: 'id',
      itemTitlePath: 'name'
    }
  })
  const at = '#/definitions/Note/properties/folder/x-ms-dynamic-values'
  t.match(lint(definition), [
    { rule: 'SourcePropertyNotFound', at },
    { rule: 'OperationParameterTypeMismatch', at }
  ])
})

function pathAt(definition: { [name: string]: unknown }, path: string): Record<string, never> {
  return (definition.paths as Record<string, Record<string, never>>)[path] ?? {}
}
