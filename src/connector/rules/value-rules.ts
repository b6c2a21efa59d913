import { knownFormats } from '../connector-schema.ts'
import { isObject, itemsAt, type JsonObject } from '../json.ts'
import { isOfType, isSummarised, operations, parameters, type Rule, schemas, values } from './rule.ts'

/** What holds for parameters, and for what they share with schemas. */
export const valueRules: readonly Rule[] = [
  {
    name: 'BodyParameterSchemaRequired',
    advice: 'A body parameter is required, has a schema and no type of its own.',
    find: parameters(
      parameter => parameter.in === 'body' && (!isObject(parameter.schema) || parameter.required !== true || parameter.type !== undefined)
    )
  },
  {
    name: 'PathParameterMissingEncoding',
    advice: 'A path parameter is required and has "x-ms-url-encoding": "single".',
    find: parameters(parameter => parameter.in === 'path' && (parameter.required !== true || parameter['x-ms-url-encoding'] !== 'single'))
  },
  {
    name: 'ParameterTypeMissing',
    advice: 'A parameter outside the body has a plain type; it has no schema, title or example.',
    find: parameters(
      parameter =>
        parameter.in !== 'body' &&
        parameter.$ref === undefined &&
        (!['string', 'integer', 'number', 'boolean', ...(parameter.in === 'formData' ? ['file'] : [])].includes(String(parameter.type)) ||
          ['schema', 'title', 'example'].some(key => parameter[key] !== undefined))
    )
  },
  {
    name: 'ParameterSummaryMissing',
    advice: 'Give the parameter an x-ms-summary of at most 80 characters that ends with a letter or digit, and a description.',
    find: parameters(parameter => parameter.$ref === undefined && !isSummarised(parameter))
  },
  {
    name: 'PropertySummaryMissing',
    advice: 'Give the property an x-ms-summary of at most 80 characters that ends with a letter or digit, and a description.',
    find: schemas(({ schema, isProperty }) => isProperty && !isSummarised(schema))
  },
  {
    name: 'UnrecognizedTypeFormat',
    advice: `format is one of ${knownFormats.join(', ')}.`,
    find: values(({ format }) => format !== undefined && !knownFormats.includes(String(format)))
  },
  {
    name: 'EnumNotValid',
    advice: 'enum is a list of values of its type without repetition; x-ms-enum-values gives some of them names.',
    find: values(value => {
      const { enum: list, type } = value
      const isList = Array.isArray(list) && list.length > 0 && new Set(list).size === list.length && list.every(one => isOfType(one, type))
      const named = itemsAt(value, 'x-ms-enum-values').map(one => (isObject(one) ? one.value : one))
      const areKnown = named.every(one => one !== undefined && itemsAt(value, 'enum').includes(one)) && new Set(named).size === named.length
      return (list !== undefined && !isList) || !areKnown
    })
  },
  {
    name: 'DefaultNotValid',
    advice: 'default is a value of the type, and one of the enum where there is one.',
    find: values(value => {
      const fallback = value.default
      return fallback !== undefined && (!isOfType(fallback, value.type) || (Array.isArray(value.enum) && !value.enum.includes(fallback)))
    })
  },
  {
    name: 'CollectionFormatValueNotSupported',
    advice: 'Of the collection formats Power Platform takes csv only.',
    find: values(({ collectionFormat }) => collectionFormat !== undefined && collectionFormat !== 'csv')
  },
  {
    name: 'PropertyMustBeRequired',
    advice: 'What is internal has both, required and a default, or neither: otherwise it is never sent.',
    find: definition => [
      ...parameters(parameter => parameter.in !== 'body' && isNeverSent(parameter, parameter.required === true))(definition),
      ...schemas(({ schema, at, isProperty, isRequired }) => isProperty && at.includes('/parameters/') && isNeverSent(schema, isRequired))(
        definition
      )
    ]
  },
  {
    name: 'VisibilityNotValid',
    advice: 'x-ms-visibility is important, advanced or internal, or left out.',
    find: definition => [...operations(({ operation }) => isWrong(operation))(definition), ...values(isWrong)(definition)]
  }
]

/** The platform itself fills in the address of a trigger's notifications; an object is sent when something in it is. */
function isNeverSent(value: JsonObject, isRequired: boolean): boolean {
  const isFilledIn = value['x-ms-notification-url'] === true || value.type === 'object' || value.type === 'array'
  return value['x-ms-visibility'] === 'internal' && !isFilledIn && isRequired !== (value.default !== undefined)
}

function isWrong(value: JsonObject): boolean {
  const visibility = value['x-ms-visibility']
  return visibility !== undefined && !['important', 'advanced', 'internal'].includes(String(visibility))
}
