import { asText } from '../as-text.ts'
import { isObject, type Json } from '../json.ts'
import { isInternal, isSummarised, parameters, type Rule, schemas } from './rule.ts'

const plainTypes = ['string', 'integer', 'number', 'boolean']
const dynamicKeys = ['x-ms-dynamic-values', 'x-ms-dynamic-list', 'x-ms-dynamic-schema', 'x-ms-dynamic-properties']

/** What holds for parameters by their place, and for what is hidden among them. */
export const parameterRules: readonly Rule[] = [
  {
    name: 'ParameterNotValid',
    level: 'error',
    advice: 'A parameter has a name and stands in path, query, header, body or formData.',
    find: parameters(
      ({ name, in: place }) =>
        typeof name !== 'string' || name === '' || !['path', 'query', 'header', 'body', 'formData'].includes(asText(place))
    )
  },
  {
    name: 'BodyParameterSchemaRequired',
    level: 'error',
    advice: 'A body parameter has a schema, and no type, items, enum or default of its own.',
    find: parameters(
      parameter =>
        parameter.in === 'body' &&
        (!isObject(parameter.schema) ||
          ['type', 'items', 'properties', 'enum', 'default', 'format'].some(key => parameter[key] !== undefined))
    )
  },
  {
    name: 'DynamicExtensionDefinitionNotAllowedInParameter',
    level: 'error',
    advice: 'In a body the dynamic extensions stand in the schema, not on the parameter.',
    find: parameters(parameter => parameter.in === 'body' && dynamicKeys.some(key => parameter[key] !== undefined))
  },
  {
    name: 'PathParameterMustBeRequired',
    level: 'error',
    advice: 'A path parameter is required.',
    find: parameters(parameter => parameter.in === 'path' && parameter.required !== true)
  },
  {
    name: 'PathParameterMissingEncoding',
    level: 'warning',
    advice: 'A path parameter has "x-ms-url-encoding": "single".',
    find: parameters(parameter => parameter.in === 'path' && parameter['x-ms-url-encoding'] !== 'single')
  },
  {
    name: 'QueryParameterEncodingNotSupported',
    level: 'warning',
    advice: 'x-ms-url-encoding belongs to path parameters; a query is always encoded once.',
    find: parameters(parameter => parameter.in !== 'path' && parameter['x-ms-url-encoding'] !== undefined)
  },
  {
    name: 'ParameterNotShown',
    level: 'warning',
    advice: `Outside the body a parameter has one type of ${plainTypes.join(', ')} or array, and in form data file but no array: any other is not shown.`,
    find: parameters(({ in: place, type }) => place !== 'body' && !typesAt(place).includes(asText(type)))
  },
  {
    name: 'ParameterKeywordNotAllowed',
    level: 'warning',
    advice: 'Outside the body a parameter has no schema, title or example: use x-ms-summary and x-ms-test-value.',
    find: parameters(parameter => parameter.in !== 'body' && ['schema', 'title', 'example'].some(key => parameter[key] !== undefined))
  },
  {
    name: 'ParameterArrayHasNoItems',
    level: 'warning',
    advice: 'A parameter that is a list names the type of its items.',
    find: parameters(parameter => parameter.in !== 'body' && parameter.type === 'array' && !isObject(parameter.items))
  },
  {
    name: 'FormDataNameNotAscii',
    level: 'error',
    advice: 'The names of form data are ASCII.',
    find: parameters(({ in: place, name }) => place === 'formData' && !/^[\x20-\x7e]*$/.test(asText(name)))
  },
  {
    name: 'ParameterSummaryMissing',
    level: 'warning',
    advice: 'Give the parameter an x-ms-summary of at most 80 characters that ends with a letter or digit, and a description.',
    find: parameters(parameter => !isInternal(parameter) && !isSummarised(parameter))
  },
  {
    name: 'PropertySummaryMissing',
    level: 'warning',
    advice: 'Give the property an x-ms-summary of at most 80 characters that ends with a letter or digit, and a description.',
    find: schemas(({ schema, isProperty }) => isProperty && !isInternal(schema) && !isSummarised(schema))
  },
  {
    name: 'InternalParameterHasNoDefault',
    level: 'warning',
    advice: 'What is internal and required has a default: nobody else can give its value.',
    find: document => [
      ...parameters(parameter => lacksDefault(parameter, parameter.required === true))(document),
      ...schemas(({ schema, isInput, isProperty, isRequired }) => isInput && isProperty && lacksDefault(schema, isRequired))(document)
    ]
  },
  {
    name: 'PropertyMustBeRequired',
    // The validator's list calls it an error; Microsoft's own certified connectors have it.
    level: 'warning',
    advice: 'What is internal and has a default is required: otherwise it is never sent.',
    find: document => [
      ...parameters(parameter => isNeverSent(parameter, parameter.required === true))(document),
      ...schemas(({ schema, isInput, isProperty, isRequired }) => isInput && isProperty && isNeverSent(schema, isRequired))(document)
    ]
  }
]

function typesAt(place: Json | undefined): readonly string[] {
  return place === 'formData' ? [...plainTypes, 'file'] : [...plainTypes, 'array']
}

type Value = Parameters<typeof isInternal>[0]

/** The platform itself fills in the address of a trigger's notifications; an object or a list is sent when something in it is. */
function lacksDefault(value: Value, isRequired: boolean): boolean {
  const isFilledIn = value['x-ms-notification-url'] === true || value.in === 'body' || value.type === 'object' || value.type === 'array'
  return isInternal(value) && isRequired && !isFilledIn && value.default === undefined
}

function isNeverSent(value: Value, isRequired: boolean): boolean {
  return isInternal(value) && !isRequired && value.in !== 'body' && value.readOnly !== true && value.default !== undefined
}
