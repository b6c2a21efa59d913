import { asText } from '../as-text.ts'
import { knownFormats } from '../connector-schema.ts'
import { isObject, itemsAt, type JsonObject, under } from '../json.ts'
import { isOfType, operations, type Rule, values } from './rule.ts'

/** What parameters and schemas share. */
export const valueRules: readonly Rule[] = [
  {
    name: 'UnrecognizedTypeFormat',
    level: 'warning',
    advice: `format is one of ${knownFormats.join(', ')}.`,
    find: values(({ format }) => format !== undefined && !knownFormats.includes(asText(format)))
  },
  {
    name: 'EnumNotValid',
    level: 'warning',
    advice: 'enum is a list of values of its type, without repetition.',
    find: values(({ enum: list, type }) => {
      const isList = Array.isArray(list) && list.length > 0 && new Set(list).size === list.length && list.every(one => isOfType(one, type))
      return list !== undefined && !isList
    })
  },
  {
    name: 'EnumValuesNotValid',
    level: 'warning',
    advice: 'x-ms-enum-values gives values of the enum their names (value and displayName), each once; without the enum it is not shown.',
    find: values(value => {
      const named = value['x-ms-enum-values']
      if (named === undefined) return false
      const list = itemsAt(value, 'enum')
      const isNamed = (one: unknown) => isObject(one) && one.value !== undefined && list.includes(one.value)
      return !Array.isArray(named) || !named.every(isNamed) || new Set(named.map(one => isObject(one) && one.value)).size < named.length
    })
  },
  {
    name: 'EnumDisplayNameMissing',
    level: 'warning',
    advice: 'Each of x-ms-enum-values has a displayName.',
    find: values(value =>
      itemsAt(value, 'x-ms-enum-values').some(one => isObject(one) && (typeof one.displayName !== 'string' || one.displayName === ''))
    )
  },
  {
    name: 'DefaultNotValid',
    level: 'warning',
    advice: 'default is a value of the type.',
    find: values(value => value.default !== undefined && !isOfType(value.default, value.type))
  },
  {
    name: 'DefaultNotInEnum',
    level: 'warning',
    advice: 'default is one of the enum.',
    find: values(value => value.default !== undefined && Array.isArray(value.enum) && !value.enum.includes(value.default))
  },
  {
    name: 'CollectionFormatValueNotSupported',
    level: 'error',
    advice: 'collectionFormat is csv, ssv, tsv or pipes: the service refuses multi.',
    find: values(
      ({ collectionFormat }) => collectionFormat !== undefined && !['csv', 'ssv', 'tsv', 'pipes'].includes(asText(collectionFormat))
    )
  },
  {
    name: 'VisibilityNotValid',
    level: 'warning',
    advice: 'x-ms-visibility is important, advanced or internal, or left out.',
    find: document => [...operations(({ operation }) => isWrong(operation))(document), ...values(isWrong)(document)]
  },
  {
    name: 'StringBinaryNotAtRoot',
    level: 'warning',
    advice: 'Among parameters only form data is of format binary.',
    find: document =>
      document.parameters.flatMap(({ parameter, at }) => {
        const isFile = (value: unknown) => isObject(value) && value.format === 'binary'
        if (parameter.in !== 'formData' && parameter.in !== 'body' && isFile(parameter)) return [at]
        return isFile(parameter.items) ? [under(at, 'items')] : []
      })
  }
]

function isWrong(value: JsonObject): boolean {
  const visibility = value['x-ms-visibility']
  return visibility !== undefined && !['important', 'advanced', 'internal'].includes(asText(visibility))
}
