import type { OperationPlace } from '../document.ts'
import { isObject, itemsAt, objectAt, under } from '../json.ts'
import { isInternal, operations, type Rule } from './rule.ts'

/** What holds for answers: what import refuses, and which of them the designer shows. */
export const responseRules: readonly Rule[] = [
  {
    name: 'OperationMustHaveResponse',
    level: 'error',
    advice: 'An operation has responses, one at least; without them it cannot be opened.',
    find: operations(({ responses }) => responses.length === 0)
  },
  {
    name: 'OperationShouldHaveSuccessfulResponse',
    level: 'error',
    advice: 'At least one answer is a success: 2xx, or default.',
    find: operations(({ responses }) => responses.length > 0 && !responses.some(([code]) => /^(2\d\d|default)$/.test(code)))
  },
  {
    name: 'ResponseCodeNotValid',
    level: 'error',
    advice: 'The codes of answers are three digits or default; 4XX is not known.',
    find: operations(({ responses }) => responses.some(([code]) => !/^(\d{3}|default)$/.test(code)))
  },
  {
    name: 'ResponseDescriptionRequired',
    level: 'error',
    advice: 'Every answer has a description.',
    find: operations(({ responses }) => responses.some(([, { description }]) => typeof description !== 'string'))
  },
  {
    name: 'ResponseDescriptionEmpty',
    level: 'warning',
    advice: 'The description of an answer says what it means, and of an error what to do.',
    find: operations(({ responses }) => responses.some(([, { description }]) => description === ''))
  },
  {
    name: 'SuccessCodeNotShown',
    level: 'warning',
    advice: 'Beside other answers the designer sees 200 and 201 only, and else shows the fields of default: answer 200 instead.',
    find: operations(found => !isWebhook(found) && isNotShown(found))
  },
  {
    name: 'SuccessCodeWithoutFields',
    level: 'warning',
    advice: 'Beside other answers only 200, or 201 where there is no 200, is shown: let it be the one success.',
    find: operations(found => {
      const codes = found.responses.map(([code]) => code)
      const isUnseen = codes.some(code => /^2(?!0[01]$)\d\d$/.test(code)) || (codes.includes('200') && codes.includes('201'))
      return !isWebhook(found) && isUnseen && codes.length > 1 && !isNotShown(found) && !isHidden(found)
    })
  },
  {
    name: 'OkHidesCreated',
    level: 'warning',
    advice: 'A 200 without a schema hides the fields of the 201: give the 200 the schema, or leave it out.',
    find: operations(found => !isWebhook(found) && isHidden(found))
  },
  {
    name: 'SchemaDefinitionSetIncorrectly',
    level: 'warning',
    advice: 'The fields of the answer stand at 200 (or at 201 where there is no 200); only internal operations and triggers go without.',
    find: operations(found => {
      const { 200: ok, 201: created } = Object.fromEntries(found.responses)
      const shown = ok ?? created
      const isTrigger = found.operation['x-ms-trigger'] !== undefined
      return (
        !isInternal(found.operation) &&
        !isTrigger &&
        !isWebhook(found) &&
        !isHidden(found) &&
        !isNotShown(found) &&
        !isObject(shown?.schema)
      )
    })
  },
  {
    name: 'OperationHasManyResponsesWithSchema',
    level: 'warning',
    advice: 'Only the success has a schema; the errors have descriptions.',
    find: operations(({ responses }) => responses.filter(([, { schema }]) => schema !== undefined).length > 1)
  },
  {
    name: 'DefaultResponseHasSchema',
    level: 'warning',
    advice: 'The default answer has no schema: the designer may show the fields of the error.',
    find: operations(({ responses }) => responses.some(([code, { schema }]) => code === 'default' && schema !== undefined))
  },
  {
    name: 'FileAnswerNotShown',
    level: 'warning',
    advice: 'An answer of type file is not shown: let it be a string with format binary.',
    find: operations(found => found.responses.some(([, { schema }]) => isObject(schema) && schema.type === 'file'))
  },
  {
    name: 'ResponseExampleMustBeProducedByOperation',
    level: 'error',
    advice: 'The examples of an answer have MIME types that the operation, or the document, produces.',
    find: document =>
      document.operations.flatMap(({ operation, responses, at }) => {
        const produced = itemsAt(Array.isArray(operation.produces) ? operation : document.definition, 'produces')
        return responses.flatMap(([code, answer]) =>
          Object.keys(objectAt(answer, 'examples')).every(type => produced.includes(type)) ? [] : [under(at, 'responses', code, 'examples')]
        )
      })
  }
]

/** A webhook shows its notification, whatever the subscription is answered with. */
function isWebhook({ item }: OperationPlace): boolean {
  return item['x-ms-notification-content'] !== undefined
}

/** Whether fields of a success are passed over, or those of an error are shown in their place. */
function isNotShown({ responses }: OperationPlace): boolean {
  const codes = responses.map(([code]) => code)
  const isSeen = codes.length === 1 || codes.includes('200') || codes.includes('201')
  const hasSuccess = codes.some(code => /^2\d\d$/.test(code))
  return !isSeen && hasSuccess && responses.some(([code, { schema }]) => /^(2\d\d|default)$/.test(code) && schema !== undefined)
}

function isHidden({ responses }: OperationPlace): boolean {
  const { 200: ok, 201: created } = Object.fromEntries(responses)
  return ok !== undefined && ok.schema === undefined && created?.schema !== undefined
}
