import t from 'tap'
import { changeRules, changes } from '../../src/connector/changes.ts'
import type { Json } from '../../src/connector/json.ts'
import { type Break, placesOf, tryBreaks, withValueAt } from '../fixtures/broken-definition.ts'
import { validDefinition } from '../fixtures/valid-definition.ts'

const keepNote = '#/paths/~1notes~1{noteId}/put'
const folder = `${keepNote}/parameters/1`
const body = `${keepNote}/parameters/2/schema`
const stars = `${body}/properties/stars`
const note = '#/definitions/Note'
const hooks = '#/paths/~1hooks'
const author = '#/definitions/Author/properties/name'
const words = { description: 'It is so.', 'x-ms-summary': 'It' }
const internal = { 'x-ms-visibility': 'internal' }

/** What the new version does otherwise, and the change that it is. */
const changed: readonly Break[] = [
  ['#/paths/~1pictures', undefined, 'OperationRemoved', '#/paths/~1pictures/post'],
  [`${keepNote}/operationId`, 'PutNote', 'OperationIdChanged', keepNote],
  [`${hooks}/post/x-ms-trigger`, 'batch', 'TriggerChanged', `${hooks}/post`],
  [`${hooks}/post/x-ms-trigger`, undefined, 'TriggerChanged', `${hooks}/post`],
  [`${hooks}/x-ms-notification-content`, undefined, 'TriggerChanged', `${hooks}/post`],
  [`${keepNote}/parameters`, [], 'ParameterRemoved', folder],
  [`${folder}/name`, 'drawer', 'ParameterRemoved', folder],
  [`${keepNote}/parameters/2/name`, 'note', 'ParameterRemoved', `${keepNote}/parameters/2`, ['ParameterNowRequired']],
  [`${folder}/required`, true, 'ParameterNowRequired', folder],
  [`${keepNote}/parameters/3`, { name: 'draft', in: 'query', required: true, type: 'boolean', ...words }, 'ParameterNowRequired'],
  [`${folder}/type`, 'integer', 'ParameterTypeChanged', folder],
  [`${body}/properties/text`, undefined, 'BodyPropertyRemoved', `${body}/properties/text`],
  [`${body}/properties/text/readOnly`, true, 'BodyPropertyRemoved', `${body}/properties/text`],
  [`${body}/required`, ['text', 'source', 'stars'], 'BodyPropertyNowRequired', stars],
  [`${stars}/type`, 'string', 'BodyPropertyTypeChanged', stars],
  [`${body}/properties/tags/items/type`, 'object', 'BodyPropertyTypeChanged', `${body}/properties/tags/items`],
  [`${stars}/enum`, [1], 'EnumValueRemoved', stars],
  [`${body}/properties/text/enum`, ['a'], 'EnumValueRemoved', `${body}/properties/text`],
  [`${folder}/enum`, ['a'], 'EnumValueRemoved', folder],
  [`${note}/properties/author`, undefined, 'ResponsePropertyRemoved', `${note}/properties/author`],
  [author, undefined, 'ResponsePropertyRemoved', author],
  [`${author}/type`, 'object', 'ResponseTypeChanged', author],
  [`${note}/properties/author/$ref`, '#/definitions/None', 'ResponseTypeChanged', `${note}/properties/author`],
  [`${keepNote}/responses/200/schema`, undefined, 'ResponseTypeChanged', `${keepNote}/responses/200/schema`],
  [`${keepNote}/responses/200/schema`, { type: 'array', items: {} }, 'ResponseTypeChanged', `${keepNote}/responses/200/schema`],
  [`${keepNote}/deprecated`, true, 'OperationDeprecated', keepNote],
  [`${keepNote}/x-ms-visibility`, 'internal', 'OperationNowInternal', keepNote],
  [`${author}/x-ms-visibility`, 'internal', 'FieldNowInternal', author],
  [`${folder}/in`, 'header', 'ParameterMoved', folder],
  [`${body}/properties/source/default`, 'person', 'DefaultChanged', `${body}/properties/source`],
  [`${author}/format`, 'html', 'FormatChanged', author],
  [`${body}/properties/text/maxLength`, 100, 'LimitNarrowed', `${body}/properties/text`],
  [`${body}/properties/text/pattern`, '^a', 'LimitNarrowed', `${body}/properties/text`],
  [`${folder}/minLength`, 3, 'LimitNarrowed', folder],
  [`${note}/required`, undefined, 'ResponsePropertyNowOptional', `${note}/properties/text`],
  [`${author}/x-nullable`, true, 'ResponsePropertyNowOptional', author],
  ['#/host', 'other.example', 'HostChanged'],
  ['#/basePath', '/v2', 'HostChanged'],
  ['#/security', [], 'SecurityChanged']
]

t.test('one thing changed is told as one change, at its place', async t => {
  t.strictSame(changes(validDefinition(), validDefinition()), [], 'nothing changed')
  tryBreaks(t, changed, (at, value) => changes(validDefinition(), withValueAt(validDefinition(), at, value)))
})

t.test('an operation is found again by its id, elsewhere too', async t => {
  const { '/pictures': pictures, ...paths } = validDefinition().paths as Record<string, Json>
  const moved = { ...validDefinition(), paths: { ...paths, '/images': pictures } as never }
  t.match(changes(validDefinition(), moved), [{ rule: 'PathChanged', at: '#/paths/~1images/post', level: 'error' }])
  const { post } = pictures as Record<string, Json>
  const put = { ...validDefinition(), paths: { ...paths, '/pictures': { put: post } } as never }
  t.match(changes(validDefinition(), put), [{ rule: 'MethodChanged', at: '#/paths/~1pictures/put', level: 'error' }])
})

t.test('an operation that took the place of another, which is elsewhere now, is not taken for it', async t => {
  const swapped = withValueAt(validDefinition(), '#/paths/~1connection/get/operationId', 'ListFolders')
  withValueAt(swapped, '#/paths/~1folders/get/operationId', 'TestConnection')
  t.strictSame([...new Set(changes(validDefinition(), swapped).map(({ rule }) => rule))].slice(0, 1), ['PathChanged'])
})

t.test('the code of a success, its headers, and values that are new are told', async t => {
  const created = withValueAt(validDefinition(), `${keepNote}/responses`, { 201: { description: 'Kept.', schema: { $ref: note } } })
  t.match(changes(validDefinition(), created), [{ rule: 'SuccessCodeChanged', level: 'warning' }])

  const headers = `${keepNote}/responses/200/headers`
  const before = withValueAt(validDefinition(), headers, { ETag: { type: 'string' } })
  t.match(changes(before, validDefinition()), [{ rule: 'ResponsePropertyRemoved', at: `${headers}/ETag` }])

  const [few, more] = [['a'], ['a', 'b']].map(values => withValueAt(validDefinition(), `${author}/enum`, values)) as [Json, Json]
  t.match(changes(few, more), [{ rule: 'ResponseEnumValueAdded', level: 'warning' }])
  t.strictSame(changes(more, few), [])
})

t.test('what breaks no flow is no change', async t => {
  const harmless: [what: string, at: string, value: Json | undefined][] = [
    ['another summary', `${keepNote}/summary`, 'Put a note'],
    ['another description', `${author}/description`, 'The name.'],
    ['a new optional parameter', `${keepNote}/parameters/3`, { name: 'draft', in: 'query', type: 'boolean', ...words }],
    [
      'a new required one that the platform fills in',
      `${keepNote}/parameters/3`,
      { name: 'draft', in: 'query', required: true, type: 'boolean', default: true, ...internal }
    ],
    ['a new optional property', `${body}/properties/due`, { type: 'string', ...words }],
    ['a new optional object that requires something', `${body}/properties/due`, { $ref: note }],
    ['a new property in the answer', `${note}/properties/due`, { type: 'string', ...words }],
    ['a wider enum', `${stars}/enum`, [1, 2, 3]],
    ['no enum', `${stars}/enum`, undefined],
    ['a number where an integer was taken', `${stars}/type`, 'number'],
    ['a property that is always there now', `${note}/required`, ['text', 'author']],
    ['a parameter that is optional now', `${keepNote}/parameters/2/required`, false],
    [
      'a definition of its own for what stood in place',
      `${note}/properties/author`,
      { type: 'object', properties: { name: { type: 'string' } } }
    ],
    ['a new operation', '#/paths/~1more', { get: { operationId: 'More', responses: {} } }],
    ['a new error', `${keepNote}/responses/409`, { description: 'Somebody else did.' }]
  ]
  for (const [what, at, value] of harmless) t.strictSame(changes(validDefinition(), withValueAt(validDefinition(), at, value)), [], what)
})

t.test('what is answered and sent alike is looked at both ways', async t => {
  const both = withValueAt(validDefinition(), `${body}/properties/other`, { $ref: note })
  const less = withValueAt(structuredClone(both), author, undefined)
  t.strictSame(
    changes(both, less).map(({ rule, at }) => `${rule} ${at}`),
    [`BodyPropertyRemoved ${author}`, `ResponsePropertyRemoved ${author}`]
  )
})

t.test('definitions that contain themselves are compared to the end', async t => {
  const before = withValueAt(validDefinition(), '#/definitions/Author/properties/notes', { type: 'array', items: { $ref: note } })
  const after = withValueAt(structuredClone(before), `${note}/properties/text/type`, 'integer')
  t.match(changes(before, after), [{ rule: 'ResponseTypeChanged', at: `${note}/properties/text` }])
})

t.test('every change has a name of its own, is tried, and says what to do', async t => {
  const elsewhere = ['PathChanged', 'MethodChanged', 'SuccessCodeChanged', 'ResponseEnumValueAdded']
  const tried = new Set([...changed.map(([, , rule]) => rule), ...elsewhere])
  for (const { rule, advice } of changeRules) {
    t.ok(tried.has(rule), rule)
    t.match(advice, /^[A-Z].{20,}\.$/, rule)
  }
})

t.test('whatever the JSON, the comparison answers', async t => {
  for (const json of [null, 1, 'text', [], {}] as Json[]) {
    t.strictSame(changes(json, json), [])
    t.doesNotThrow(() => changes(validDefinition(), json))
    t.strictSame(
      changes(json, validDefinition()).filter(({ level }) => level === 'error'),
      []
    )
  }
  const broken: string[] = []
  for (const at of placesOf(validDefinition()))
    for (const value of [null, { $ref: note }, [{ toString: null }]] as Json[])
      try {
        const other = withValueAt(validDefinition(), at, value)
        changes(validDefinition(), other)
        changes(other, validDefinition())
      } catch (error) {
        broken.push(`${at} = ${JSON.stringify(value)}: ${(error as Error).message}`)
      }
  t.strictSame(broken, [])
})
