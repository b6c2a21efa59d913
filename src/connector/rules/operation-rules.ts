import { isText, itemsAt, objectAt } from '../json.ts'
import { operations, type Rule } from './rule.ts'

/** What holds for each operation: its names, and what it takes. */
export const operationRules: readonly Rule[] = [
  {
    name: 'OperationIdRequired',
    level: 'error',
    advice: 'Give the operation an id; flows point at it for ever.',
    find: operations(({ operation: { operationId } }) => !isText(operationId, 1, 10_000))
  },
  {
    name: 'OperationIdNotUnique',
    level: 'error',
    advice: 'Two operations share an id; the designer shows only the last.',
    find: document => {
      const ids = document.operations.map(({ operation }) => operation.operationId)
      return operations(
        ({ operation: { operationId } }) => operationId !== undefined && ids.indexOf(operationId) !== ids.lastIndexOf(operationId)
      )(document)
    }
  },
  {
    name: 'OperationIdSanitized',
    level: 'error',
    // The validator lets letters and digits pass only; but every fifth certified connector has _ or -.
    advice: 'An operation id is made of letters and digits.',
    find: operations(({ operation: { operationId } }) => isText(operationId, 1, 10_000) && !/^[\w-]+$/.test(operationId))
  },
  {
    name: 'OperationIdNotPascalCase',
    level: 'warning',
    advice: 'An operation id is in PascalCase, letters and digits only.',
    find: operations(
      ({ operation: { operationId } }) =>
        isText(operationId, 1, 10_000) && /^[\w-]+$/.test(operationId) && !/^[A-Z][A-Za-z0-9]*$/.test(operationId)
    )
  },
  {
    name: 'OperationIdTooLong',
    level: 'warning',
    // The limit is not published; the longest id of a published connector has 77 characters.
    advice: 'Keep the operation id within 50 characters.',
    find: operations(({ operation: { operationId } }) => isText(operationId, 51, 10_000))
  },
  {
    name: 'OperationSummaryRequired',
    level: 'warning',
    advice: 'Give the operation a summary: it is the name of its card.',
    find: operations(({ operation: { summary } }) => !isText(summary, 1, 10_000))
  },
  {
    name: 'OperationSummaryTooLong',
    level: 'error',
    advice: 'A summary has at most 120 characters, and at most 80 for certification.',
    find: operations(({ operation: { summary } }) => isText(summary, 121, Number.POSITIVE_INFINITY))
  },
  {
    name: 'RestrictedCharactersInSummary',
    level: 'warning',
    advice: 'A summary has at most 80 letters, digits, blanks and parentheses.',
    find: operations(({ operation: { summary } }) => isText(summary, 1, 120) && !/^[A-Za-z0-9 ()]{1,80}$/.test(summary))
  },
  {
    name: 'ValueMustEndWithAlphanumeric',
    level: 'warning',
    advice: 'A summary ends with a letter, a digit or a closing parenthesis.',
    find: operations(({ operation: { summary } }) => isText(summary, 1, 10_000) && !/[\p{L}\p{N})]$/u.test(summary))
  },
  {
    name: 'OperationDescriptionMissing',
    level: 'warning',
    advice: 'Describe the operation in a full sentence that differs from its summary.',
    find: operations(
      ({ operation: { summary, description } }) =>
        !isText(description, 1, 10_000) || description === summary || !/[.!?)]$/.test(description.trim())
    )
  },
  {
    name: 'BodyNotAllowed',
    level: 'error',
    advice: 'Nothing has more than one body, and a body does not stand beside form data.',
    find: operations(({ parameters }) => {
      const bodies = parameters.filter(parameter => parameter.in === 'body').length
      return bodies > 1 || (bodies === 1 && parameters.some(parameter => parameter.in === 'formData'))
    })
  },
  {
    name: 'BodyInGetNotAllowed',
    level: 'warning',
    advice: 'A GET has neither body nor form data: put what it needs into the query.',
    find: operations(
      ({ parameters, method }) => method === 'get' && parameters.some(parameter => parameter.in === 'body' || parameter.in === 'formData')
    )
  },
  {
    name: 'ConsumesMissing',
    level: 'warning',
    advice: 'An operation with a body says what it consumes, itself or through the document.',
    find: document =>
      operations(({ operation, parameters }) => {
        const hasBody = parameters.some(parameter => parameter.in === 'body')
        return hasBody && itemsAt(operation, 'consumes').length === 0 && itemsAt(document.definition, 'consumes').length === 0
      })(document)
  },
  {
    name: 'InvalidNextLinkNameValue',
    level: 'warning',
    advice: 'nextLinkName is nextLink or @odata.nextLink; any other needs the policy updatenextlink.',
    find: operations(({ operation }) => {
      const { nextLinkName } = objectAt(operation, 'x-ms-pageable')
      const isKnown = nextLinkName === 'nextLink' || nextLinkName === '@odata.nextLink'
      return operation['x-ms-pageable'] !== undefined && !isKnown
    })
  }
]
