import t from 'tap'
import { lint } from '../../src/connector/lint.ts'
import { operationRules } from '../../src/connector/rules/operation-rules.ts'
import { responseRules } from '../../src/connector/rules/response-rules.ts'
import { type Break, tryAll, tryBreaks, withValueAt } from '../fixtures/broken-definition.ts'
import { validDefinition } from '../fixtures/valid-definition.ts'

const keepNote = '#/paths/~1notes~1{noteId}/put'
const listFolders = '#/paths/~1folders/get'
const connection = '#/paths/~1connection/get'
const notFound = ['TestConnectionNotFound']
const object = { type: 'object' }
const words = { description: 'It is so.' }
const noteBody = { name: 'more', in: 'body', required: true, 'x-ms-summary': 'More', ...words, schema: object }
const note = { $ref: '#/definitions/Note' }

const operationBreaks: readonly Break[] = [
  [`${keepNote}/operationId`, undefined, 'OperationIdRequired', keepNote],
  [`${connection}/operationId`, '', 'OperationIdRequired', connection, notFound],
  [`${keepNote}/operationId`, 'Keep note', 'OperationIdSanitized', keepNote],
  [`${keepNote}/operationId`, 'Note.Keep', 'OperationIdSanitized', keepNote],
  [`${keepNote}/operationId`, 'Keep_Note', 'OperationIdNotPascalCase', keepNote],
  [`${keepNote}/operationId`, 'keepNote', 'OperationIdNotPascalCase', keepNote],
  [`${keepNote}/operationId`, 'KeepNote'.repeat(7), 'OperationIdTooLong', keepNote],
  [`${keepNote}/operationId`, 'TestConnection', 'OperationIdNotUnique', keepNote, ['TestConnectionNotValid']],
  [`${keepNote}/summary`, undefined, 'OperationSummaryRequired', keepNote],
  [`${keepNote}/summary`, 'Keep '.repeat(30).trim(), 'OperationSummaryTooLong', keepNote],
  [`${keepNote}/summary`, 'Keep '.repeat(20).trim(), 'RestrictedCharactersInSummary', keepNote],
  [`${keepNote}/summary`, 'Keep/note', 'RestrictedCharactersInSummary', keepNote],
  [`${keepNote}/summary`, 'Keep a note ', 'ValueMustEndWithAlphanumeric', keepNote],
  [`${keepNote}/description`, 'Keep a note', 'OperationDescriptionMissing', keepNote],
  [`${keepNote}/description`, undefined, 'OperationDescriptionMissing', keepNote],
  [`${connection}/parameters`, [noteBody], 'BodyInGetNotAllowed', connection, ['TestConnectionNotValid']],
  [`${keepNote}/parameters/3`, noteBody, 'BodyNotAllowed', keepNote],
  ['#/consumes', undefined, 'ConsumesMissing', keepNote],
  ['#/paths/~1notes/get/x-ms-pageable/nextLinkName', 'next', 'InvalidNextLinkNameValue', '#/paths/~1notes/get']
]

const responseBreaks: readonly Break[] = [
  [`${connection}/responses`, undefined, 'OperationMustHaveResponse', connection, ['TestConnectionNotValid']],
  [`${keepNote}/responses`, {}, 'OperationMustHaveResponse', keepNote, ['SchemaDefinitionSetIncorrectly']],
  [`${connection}/responses`, { 404: words }, 'OperationShouldHaveSuccessfulResponse', connection, ['TestConnectionNotValid']],
  [`${keepNote}/responses/4XX`, words, 'ResponseCodeNotValid', keepNote],
  [`${keepNote}/responses/404/description`, undefined, 'ResponseDescriptionRequired', keepNote],
  [`${keepNote}/responses/404/description`, '', 'ResponseDescriptionEmpty', keepNote],
  [`${keepNote}/responses`, { 202: { ...words, schema: note }, 404: words }, 'SuccessCodeNotShown', keepNote],
  [
    `${keepNote}/responses`,
    { 204: words, default: { ...words, schema: note } },
    'SuccessCodeNotShown',
    keepNote,
    ['DefaultResponseHasSchema']
  ],
  [`${keepNote}/responses`, { 204: words, 404: words }, 'SuccessCodeWithoutFields', keepNote, ['SchemaDefinitionSetIncorrectly']],
  [`${keepNote}/responses/204`, words, 'SuccessCodeWithoutFields', keepNote],
  [`${keepNote}/responses`, { 200: words, 201: { ...words, schema: note } }, 'OkHidesCreated', keepNote],
  [`${keepNote}/responses/200/schema`, undefined, 'SchemaDefinitionSetIncorrectly', keepNote],
  [`${keepNote}/responses/404/schema`, note, 'OperationHasManyResponsesWithSchema', keepNote],
  [`${connection}/responses/default`, { ...words, schema: object }, 'DefaultResponseHasSchema', connection],
  [`${keepNote}/responses/200/schema`, { type: 'file' }, 'FileAnswerNotShown', keepNote],
  [
    `${keepNote}/responses/200/examples`,
    { 'text/plain': 'A note.' },
    'ResponseExampleMustBeProducedByOperation',
    `${keepNote}/responses/200/examples`
  ]
]

const check = (at: string, value: Break[1]) => lint(withValueAt(validDefinition(), at, value))

t.test('one thing broken in an operation is found by one rule, at its place', async t => {
  tryBreaks(t, operationBreaks, check)
  tryAll(t, operationRules, operationBreaks)
})

t.test('one thing broken in an answer is found by one rule, at its place', async t => {
  tryBreaks(t, responseBreaks, check)
  tryAll(t, responseRules, responseBreaks)
})

t.test('one answer alone is shown, whatever its code, and a shared one is followed', async t => {
  for (const code of ['202', '204', 'default'])
    t.strictSame(
      lint(withValueAt(validDefinition(), `${connection}/responses`, { 200: words, [code]: words })).filter(
        ({ level }) => level === 'error'
      ),
      [],
      `${code} without a schema`
    )
  const shared = withValueAt(validDefinition(), '#/responses', { Folders: { ...words, schema: note } })
  t.match(
    lint(withValueAt(shared, `${listFolders}/responses/200`, { $ref: '#/responses/Folders' })).map(({ rule }) => rule),
    ['InvokedOperationShouldProduceArray', 'InvokedOperationShouldProduceArray'],
    'it is the shared answer that has no list'
  )
})

t.test('examples of what is produced are fine', async t => {
  const definition = withValueAt(validDefinition(), `${keepNote}/responses/200/examples`, { 'application/json': { text: 'A note.' } })
  t.strictSame(lint(definition), [])
})
