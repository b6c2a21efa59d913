import { isObject, isText, itemsAt, type JsonObject, listAt, objectAt } from '../json.ts'
import { operationsOf } from '../operations.ts'
import { operations, type Rule } from './rule.ts'

/** The validator lets 120 characters pass; no published connector has a summary of more than 80. */
const summaryForm = /^[A-Za-z0-9 ()]{0,79}[A-Za-z0-9)]$/

/** What holds for each operation: its names, the card it makes, and the answers the designer can show. */
export const operationRules: readonly Rule[] = [
  {
    name: 'OperationIdRequired',
    advice: 'Give the operation an id in PascalCase, letters and digits only, at most 50 characters.',
    find: operations(({ operation: { operationId } }) => typeof operationId !== 'string' || !/^[A-Z][A-Za-z0-9]{1,49}$/.test(operationId))
  },
  {
    name: 'OperationIdNotUnique',
    advice: 'Two operations share an id; the designer would show only the last.',
    find: definition => {
      const ids = operationsOf(definition).map(({ operation }) => operation.operationId)
      return operations(({ operation: { operationId } }) => ids.indexOf(operationId) !== ids.lastIndexOf(operationId))(definition)
    }
  },
  {
    name: 'RestrictedCharactersInSummary',
    advice: 'A summary has at most 80 letters, digits, blanks and parentheses, and ends with a letter or digit.',
    find: operations(({ operation: { summary } }) => typeof summary !== 'string' || !summaryForm.test(summary))
  },
  {
    name: 'OperationDescriptionMissing',
    advice: 'Describe the operation in a full sentence that differs from its summary.',
    find: operations(
      ({ operation: { summary, description } }) => typeof description !== 'string' || description === summary || !description.endsWith('.')
    )
  },
  {
    name: 'OperationShouldHaveSuccessfulResponse',
    advice: 'At least one answer is a success. Codes are three digits or default, and each answer has a description.',
    find: operations(({ operation }) => {
      const answers = Object.entries(objectAt(operation, 'responses'))
      const isForm = answers.every(
        ([code, answer]) => /^(\d{3}|default)$/.test(code) && isObject(answer) && isText(answer.description, 1, 1000)
      )
      return !isForm || !answers.some(([code]) => /^(2\d\d|default)$/.test(code))
    })
  },
  {
    name: 'SchemaDefinitionSetIncorrectly',
    advice: 'The fields of the answer stand at 200 (or at 201 where there is no 200); only internal operations and triggers go without.',
    find: operations(({ operation }) => {
      const { 200: ok, 201: created } = objectAt(operation, 'responses')
      const isShown = operation['x-ms-visibility'] !== 'internal' && operation['x-ms-trigger'] === undefined
      return isShown && !isObject(objectAt({ answer: ok ?? created }, 'answer').schema)
    })
  },
  {
    name: 'OperationHasManyResponsesWithSchema',
    advice: 'Only the success has a schema: next to another one the designer loses its fields.',
    find: operations(({ operation }) => withSchema(operation).length > 1)
  },
  {
    name: 'DefaultResponseHasSchema',
    advice: 'The default answer has no schema: the designer would show the fields of the error.',
    find: operations(({ operation }) => withSchema(operation).includes('default'))
  },
  {
    name: 'SuccessCodeNotShown',
    advice: 'Beside other answers the designer sees only 200, or 201 where there is no 200: answer one of them instead.',
    find: operations(({ operation }) => {
      const codes = Object.keys(objectAt(operation, 'responses'))
      const unseen = codes.filter(code => /^2(?!0[01]$)\d\d$/.test(code))
      return (unseen.length > 0 && codes.length > 1) || (codes.includes('200') && codes.includes('201'))
    })
  },
  {
    name: 'OperationParametersMissing',
    advice: 'Every operation has a list of parameters, an empty one where there is none; a null in it breaks the designer.',
    find: operations(({ operation: { parameters } }) => !Array.isArray(parameters) || !parameters.every(isObject))
  },
  {
    name: 'ParameterNotUnique',
    advice: 'Parameters differ by name or place, and none is called connectionId, which the platform keeps for itself.',
    find: operations(({ operation }) => {
      const names = listAt(operation, 'parameters').map(parameter => `${parameter.in} ${parameter.name}`)
      return new Set(names).size < names.length || names.some(name => name.endsWith(' connectionId'))
    })
  },
  {
    name: 'PathParameterNotDefined',
    advice: 'The braces of the path and the parameters in the path are the same names.',
    find: operations(({ path, operation }) => {
      const inPath = [...path.matchAll(/\{([^}]*)\}/g)].map(match => match[1])
      const defined = listAt(operation, 'parameters').filter(parameter => parameter.in === 'path' || parameter.$ref !== undefined)
      return inPath.length !== defined.length || defined.some(({ $ref, name }) => $ref === undefined && !inPath.includes(String(name)))
    })
  },
  {
    name: 'BodyNotAllowed',
    advice: 'A GET has no body, nothing has more than one, and a body does not stand beside form data.',
    find: operations(({ operation, method }) => {
      const [bodies, forms] = ['body', 'formData'].map(place => listAt(operation, 'parameters').filter(({ in: at }) => at === place).length)
      return method === 'get' ? bodies !== 0 || forms !== 0 : Number(bodies) > 1 || (bodies === 1 && forms !== 0)
    })
  },
  {
    name: 'ConsumesMissing',
    advice: 'An operation with a body says what it consumes, itself or through the document.',
    find: definition =>
      operations(({ operation }) => {
        const hasBody = listAt(operation, 'parameters').some(parameter => parameter.in === 'body')
        return hasBody && itemsAt(operation, 'consumes').length === 0 && itemsAt(definition, 'consumes').length === 0
      })(definition)
  }
]

/** The codes whose answers have a schema. */
function withSchema(operation: JsonObject): string[] {
  return Object.entries(objectAt(operation, 'responses')).flatMap(([code, answer]) =>
    isObject(answer) && answer.schema !== undefined ? [code] : []
  )
}
