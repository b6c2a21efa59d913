import { asText } from '../as-text.ts'
import { isObject, type Json, type JsonObject, listAt, objectAt, pointer, under } from '../json.ts'
import { methods } from '../operations.ts'
import { operations, type Rule } from './rule.ts'

const pathKeys = [...methods, 'parameters', '$ref', 'x-ms-notification-content']

/** What holds for paths, and for what may stand under them. */
export const pathRules: readonly Rule[] = [
  {
    name: 'PathNotValid',
    level: 'error',
    advice: 'A path starts with a slash, has no ?, # or * and only whole parameters in braces.',
    find: paths((_item, path) => !/^\/([^?#*{}]|\{[^{}=]+\})*$/.test(path))
  },
  {
    name: 'PathRedefined',
    level: 'error',
    advice: 'Two paths differ by more than their case.',
    find: ({ definition }) => {
      const all = pathsOf(definition).map(([path]) => path.toLowerCase())
      return pathsOf(definition).flatMap(([path], index) => (all.indexOf(path.toLowerCase()) === index ? [] : [pointer('paths', path)]))
    }
  },
  {
    name: 'DuplicateOperationPath',
    level: 'error',
    advice: 'Two operations of one method differ by more than the names of the parameters in their paths.',
    find: document => {
      const template = (path: string) => path.replace(/\{[^}]*\}/g, '{}').toLowerCase()
      const seen = new Map<string, string>()
      return document.operations.flatMap(({ path, method, at }) => {
        const key = `${method} ${template(path)}`
        const first = seen.get(key) ?? path
        seen.set(key, first)
        // The same but for its case is PathRedefined.
        return first.toLowerCase() === path.toLowerCase() ? [] : [at]
      })
    }
  },
  {
    name: 'PartialDuplicateOperationPath',
    level: 'warning',
    advice:
      'A parameter of another path of this method fits here too, so that the service cannot tell them apart: name the path differently.',
    find: document =>
      document.operations.flatMap(found =>
        document.operations.some(other => other.method === found.method && isWithin(found.path, other.path)) ? [found.at] : []
      )
  },
  {
    name: 'PathItemNotAnObject',
    level: 'error',
    advice: 'Under a path stands an object with its operations; null breaks the whole connector.',
    find: paths(item => !isObject(item))
  },
  {
    name: 'PathItemRefNotSuppored',
    level: 'error',
    advice: 'A path has its operations itself, without a $ref.',
    find: paths(item => isObject(item) && item.$ref !== undefined)
  },
  {
    name: 'PathKeyMakesOperation',
    level: 'error',
    advice:
      'A key under a path that contains get, put, post, delete, options, head or patch becomes an operation in the designer: call it otherwise.',
    find: paths(
      item => isObject(item) && Object.keys(item).some(key => !pathKeys.includes(key) && methods.some(method => key.includes(method)))
    )
  },
  {
    name: 'PathKeyNotKnown',
    level: 'warning',
    advice: 'Under a path stand its operations, their shared parameters and x-ms-notification-content only.',
    find: paths(
      item =>
        isObject(item) &&
        Object.keys(item).some(key => !pathKeys.includes(key) && !/^x-(?!ms-)/.test(key) && !methods.some(method => key.includes(method)))
    )
  },
  {
    name: 'OperationNotAnObject',
    level: 'error',
    advice: 'An operation is an object.',
    find: paths(item => isObject(item) && methods.some(method => item[method] !== undefined && !isObject(item[method])))
  },
  {
    name: 'SharedParametersWithoutOwn',
    level: 'error',
    advice:
      'A path with shared parameters breaks the whole connector unless each of its operations has a list of its own, an empty one at least.',
    find: operations(({ item, operation }) => item.parameters !== undefined && !Array.isArray(operation.parameters))
  },
  {
    name: 'PathParameterNotDefined',
    level: 'error',
    advice: 'The braces of the path and the parameters in the path are the same names.',
    find: operations(({ path, parameters }) => {
      const inPath = [...path.matchAll(/\{([^}]*)\}/g)].map(match => match[1])
      const defined = parameters.filter(parameter => parameter.in === 'path').map(({ name }) => asText(name))
      return inPath.some(name => !defined.includes(name ?? '')) || defined.some(name => !inPath.includes(name))
    })
  },
  {
    name: 'ParameterNull',
    level: 'error',
    advice: 'A list of parameters holds objects; a null in it breaks the operation.',
    find: document => [
      ...document.operations.flatMap(({ operation, at }) => (isParameterList(operation.parameters) ? [] : [under(at, 'parameters')])),
      ...pathsOf(document.definition).flatMap(([path, item]) =>
        isParameterList(isObject(item) ? item.parameters : undefined) ? [] : [pointer('paths', path, 'parameters')]
      )
    ]
  },
  {
    name: 'ParameterNotUnique',
    level: 'error',
    advice: 'The parameters of an operation differ by name or place.',
    find: operations(({ operation }) => {
      const names = listAt(operation, 'parameters').map(parameter =>
        asText(parameter.$ref ?? `${asText(parameter.in)} ${asText(parameter.name)}`)
      )
      return new Set(names).size < names.length
    })
  },
  {
    name: 'ParameterNameReserved',
    level: 'error',
    advice: 'No parameter is called connectionId, which the platform keeps for itself.',
    find: operations(({ parameters }) => parameters.some(({ name }) => name === 'connectionId'))
  }
]

/** A rule over each path. */
function paths(breaks: (item: Json | undefined, path: string) => boolean): Rule['find'] {
  return ({ definition }) => pathsOf(definition).flatMap(([path, item]) => (breaks(item, path) ? [pointer('paths', path)] : []))
}

function pathsOf(definition: JsonObject): [path: string, item: Json | undefined][] {
  return Object.entries(objectAt(definition, 'paths')).filter(([path]) => !path.startsWith('x-'))
}

function isParameterList(value: Json | undefined): boolean {
  return value === undefined || (Array.isArray(value) && value.every(isObject))
}

/** Whether a path is one of those that another, with more parameters, stands for. */
function isWithin(path: string, wider: string): boolean {
  const [own, other] = [path, wider].map(each => each.split('/'))
  if (own === undefined || other === undefined || own.length !== other.length || path === wider) return false
  const isParameter = (step = '') => /^\{[^{}]*\}$/.test(step)
  return (
    own.every((step, index) => isParameter(other[index]) || step === other[index]) &&
    own.some((step, index) => isParameter(other[index]) && !isParameter(step))
  )
}
