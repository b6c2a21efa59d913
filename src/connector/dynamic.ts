import { type JsonObject, objectAt } from './json.ts'

/**
 * A list that the designer asks for while somebody builds a flow, in both forms: the older one is all that the Logic Apps designer reads of a
 * Swagger file, the newer one is what Power Automate's own uses. `choices.from` names fields of the body whose values narrow the list.
 * Source: learn.microsoft.com/connectors/custom-connectors/openapi-extensions, «x-ms-dynamic-values» and «x-ms-dynamic-list».
 */
export function dynamicList(choices: JsonObject): JsonObject {
  const { list } = choices
  const from = Object.entries(objectAt(choices, 'from'))
  return {
    'x-ms-dynamic-values': {
      operationId: 'ListChoices',
      parameters: { list, ...Object.fromEntries(from.map(([name, field]) => [name, { parameter: field }])) },
      'value-collection': 'value',
      'value-path': 'value',
      'value-title': 'name'
    },
    'x-ms-dynamic-list': {
      operationId: 'ListChoices',
      parameters: {
        list: { value: list },
        ...Object.fromEntries(from.map(([name, field]) => [name, { parameterReference: `body/${field}` }]))
      },
      itemsPath: 'value',
      itemValuePath: 'value',
      itemTitlePath: 'name'
    }
  }
}

/**
 * Fields that the designer asks for, in both forms. The schema comes wrapped, and both forms name the wrapping: without a path the one would
 * take the answer for a list of properties and the other for the schema itself.
 */
export function dynamicSchema(operationId: string): JsonObject {
  return {
    'x-ms-dynamic-schema': { operationId, parameters: {}, 'value-path': 'schema' },
    'x-ms-dynamic-properties': { operationId, parameters: {}, itemValuePath: 'schema' }
  }
}
