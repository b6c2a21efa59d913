import { asText } from '../as-text.ts'
import type { Document, OperationPlace } from '../document.ts'
import { argumentsOf, type DynamicCall, isOpen, schemaAt, sourceOf } from '../dynamic-calls.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { followed } from '../references.ts'
import { isInternal, isOfType, type Rule, values } from './rule.ts'

/** What holds for choices and fields that the designer asks for while a flow is made. */
export const dynamicRules: readonly Rule[] = [
  {
    name: 'DynamicCallNotAnObject',
    level: 'error',
    advice: 'A dynamic extension is an object with an operationId.',
    find: values(value =>
      ['x-ms-dynamic-values', 'x-ms-dynamic-list', 'x-ms-dynamic-schema', 'x-ms-dynamic-properties'].some(
        key => value[key] !== undefined && !isObject(value[key])
      )
    )
  },
  {
    name: 'OlderDynamicFormMissing',
    level: 'warning',
    advice:
      'Beside x-ms-dynamic-list stands x-ms-dynamic-values, beside x-ms-dynamic-properties x-ms-dynamic-schema: one designer reads only those.',
    find: values(
      value => lacks(value, 'x-ms-dynamic-list', 'x-ms-dynamic-values') || lacks(value, 'x-ms-dynamic-properties', 'x-ms-dynamic-schema')
    )
  },
  {
    name: 'NewerDynamicFormMissing',
    level: 'warning',
    advice:
      'Beside x-ms-dynamic-values stands x-ms-dynamic-list, beside x-ms-dynamic-schema x-ms-dynamic-properties: one designer reads only those.',
    find: values(value => {
      const isCall = isObject(value['x-ms-dynamic-values']) && value['x-ms-dynamic-values'].operationId !== undefined
      return (
        (isCall && lacks(value, 'x-ms-dynamic-values', 'x-ms-dynamic-list')) ||
        lacks(value, 'x-ms-dynamic-schema', 'x-ms-dynamic-properties')
      )
    })
  },
  {
    name: 'DynamicSchemaHidesProperties',
    level: 'warning',
    advice: 'Beside x-ms-dynamic-schema the properties of the schema vanish: put the dynamic part into a property of its own.',
    find: values(
      value => value['x-ms-dynamic-schema'] !== undefined && isObject(value.properties) && Object.keys(value.properties).length > 0
    )
  },
  {
    name: 'ManyDynamicOutputs',
    level: 'warning',
    advice: 'One answer has one dynamic schema: of several the designer loads only the first.',
    find: ({ schemas }) => {
      const counts = new Map<string, number>()
      for (const { root, schema } of schemas)
        if (!root.includes('/parameters/') && schema['x-ms-dynamic-schema'] !== undefined) counts.set(root, (counts.get(root) ?? 0) + 1)
      return [...counts].flatMap(([root, count]) => (count > 1 ? [root] : []))
    }
  },
  {
    name: 'OperationIdNotFound',
    level: 'error',
    advice: 'The operation that a dynamic extension calls is in this document.',
    find: calls((call, document) => isCalling(call) && calledBy(document, call) === undefined)
  },
  {
    name: 'InvokedOperationAnswersNoOk',
    level: 'warning',
    advice: 'The operation that a dynamic extension calls answers 200: the designer takes any other code for a failure.',
    find: calls((call, document) => {
      const called = calledBy(document, call)
      return called !== undefined && !called.responses.some(([code]) => code === '200' || code === 'default')
    })
  },
  {
    name: 'DynamicParametersMissing',
    level: 'warning',
    advice: 'A dynamic extension has parameters, an empty object where there are none.',
    find: calls(call => isCalling(call) && !isObject(call.call.parameters))
  },
  {
    name: 'OperationMissingRequiredProperty',
    level: 'warning',
    advice: 'A dynamic extension gives the called operation all the parameters that it requires.',
    find: calls((call, document) => {
      const given = argumentsOf(call).map(([name]) => name)
      return (calledBy(document, call)?.parameters ?? []).some(
        ({ name, required, in: place, ...parameter }) =>
          required === true &&
          !given.some(each => each === name || each.startsWith(`${asText(name)}/`)) &&
          !(isInternal(parameter) && parameter.default !== undefined) &&
          // What a body needs may be given by the names of its properties.
          (place !== 'body' || given.length === 0)
      )
    })
  },
  {
    name: 'OperationParameterNotFound',
    level: 'warning',
    advice: 'A dynamic extension gives only parameters that the called operation has.',
    find: calls((call, document) => {
      const called = calledBy(document, call)
      if (called === undefined || called.parameters.some(parameter => parameter.in === 'body')) return false
      return argumentsOf(call).some(([name]) => called.parameters.every(parameter => parameter.name !== name))
    })
  },
  {
    name: 'DynamicLiteralBare',
    level: 'error',
    advice: 'In the newer form a parameter is {"value": …} or {"parameterReference": …}.',
    find: calls(call => argumentsOf(call).some(([, argument]) => argument.kind === 'bare'))
  },
  {
    name: 'SourcePropertyNotFound',
    level: 'warning',
    advice: 'A dynamic extension refers to parameters of its own operation, in the newer form as body/property.',
    find: calls((call, document) => sourcesOf(document, call).some(([, source]) => source === undefined))
  },
  {
    name: 'SourcePropertyInternal',
    level: 'warning',
    advice: 'A dynamic extension cannot refer to what is internal: give the value itself.',
    find: calls((call, document) => sourcesOf(document, call).some(([, source]) => isObject(source) && source.isInternal === true))
  },
  {
    name: 'OperationParameterTypeMismatch',
    level: 'warning',
    advice: 'What a dynamic extension gives has the type of the parameter of the called operation.',
    find: calls((call, document) => {
      const called = calledBy(document, call)
      const typeOf = (name: string) => called?.parameters.find(parameter => parameter.name === name && parameter.in !== 'body')?.type
      return (
        argumentsOf(call).some(([name, argument]) => argument.kind === 'literal' && !isOfType(argument.value, typeOf(name))) ||
        sourcesOf(document, call).some(([name, source]) => isObject(source) && !isFitting(source.type as Json | undefined, typeOf(name)))
      )
    })
  },
  {
    name: 'InvokedOperationShouldProduceArray',
    level: 'warning',
    advice: 'The 200 of the called operation has a list where value-collection (itemsPath) says, or is one.',
    find: calls((call, document) => call.kind === 'list' && itemsOf(document, call) === undefined)
  },
  {
    name: 'InvokedOperationShouldProduceProperty',
    level: 'warning',
    advice: 'The 200 of the called operation has the properties that the paths of the dynamic extension name.',
    find: calls((call, document) => pathsOf(call).some(path => targetOf(document, call, path) === undefined))
  },
  {
    name: 'InvokedOperationNotDescribed',
    level: 'warning',
    advice: 'Describe in the 200 of the called operation the properties that the paths of the dynamic extension name.',
    find: calls((call, document) => {
      const hasList = call.kind === 'schema' || itemsOf(document, call) !== undefined
      const isOpen = pathsOf(call).some(path => targetOf(document, call, path) === 'open')
      return calledBy(document, call) !== undefined && hasList && isOpen
    })
  },
  {
    name: 'DynamicSchemaPathMissing',
    level: 'warning',
    advice:
      'Set value-path and itemValuePath to the property that holds the schema: without them the two forms read the answer differently.',
    find: calls(call => call.kind === 'schema' && pathsOf(call).length === 0)
  },
  {
    name: 'DynamicPropertiesItemValuePathMismatch',
    level: 'warning',
    advice: 'Both forms call the same operation and name the same paths.',
    find: values(value => {
      const pairs = [
        [value['x-ms-dynamic-values'], value['x-ms-dynamic-list']],
        [value['x-ms-dynamic-schema'], value['x-ms-dynamic-properties']]
      ]
      return pairs.some(([older, newer]) => isObject(older) && isObject(newer) && older.operationId !== undefined && !isSame(older, newer))
    })
  }
]

/** A rule over each call. */
function calls(breaks: (call: DynamicCall, document: Document) => boolean): Rule['find'] {
  return document => [...new Set(document.calls.flatMap(call => (breaks(call, document) ? [call.at] : [])))]
}

function lacks(value: JsonObject, present: string, twin: string): boolean {
  return value[present] !== undefined && value[twin] === undefined
}

/** A picker of files, or of what the platform itself knows, calls no operation of the document by its id. */
function isCalling({ call }: DynamicCall): boolean {
  return call.capability === undefined && call.builtInOperation === undefined
}

function calledBy({ operations }: Document, { call }: DynamicCall): OperationPlace | undefined {
  return operations.find(({ operation }) => operation.operationId !== undefined && operation.operationId === call.operationId)
}

function sourcesOf(document: Document, call: DynamicCall): [name: string, source: ReturnType<typeof sourceOf>][] {
  return argumentsOf(call).flatMap(([name, argument]) =>
    argument.kind === 'reference' ? [[name, sourceOf(document, call, argument.to)]] : []
  )
}

function isFitting(given: Json | undefined, taken: Json | undefined): boolean {
  return given === undefined || taken === undefined || given === taken || (given === 'integer' && taken === 'number')
}

function answerOf({ definition }: Document, called: OperationPlace | undefined): JsonObject | undefined {
  return followed(definition, called?.responses.find(([code]) => code === '200')?.[1].schema)
}

function collectionOf({ call, isNew }: DynamicCall): Json | undefined {
  return call[isNew ? 'itemsPath' : 'value-collection']
}

/** What one item of the list is; `open` where the document does not say, undefined where there is no list. */
function itemsOf(document: Document, call: DynamicCall): JsonObject | 'open' | undefined {
  const answer = answerOf(document, calledBy(document, call))
  if (answer === undefined) return 'open'
  const path = collectionOf(call)
  const named = typeof path === 'string' ? schemaAt(document.definition, answer, path) : answer
  // Where no list is named, one called «value» is taken.
  const list = path === undefined && isObject(named) && named.type !== 'array' ? schemaAt(document.definition, answer, 'value') : named
  if (list === 'open' || list === undefined) return list
  if (list.type !== 'array') return isOpen(list) && list.type === undefined ? 'open' : undefined
  return followed(document.definition, list.items) ?? 'open'
}

/** The paths that name a property of the answer, or of an item of the list. */
function pathsOf({ call, kind, isNew }: DynamicCall): string[] {
  const listKeys = isNew ? ['itemValuePath', 'itemTitlePath'] : ['value-path', 'value-title']
  const keys = kind === 'list' ? listKeys : listKeys.slice(0, 1)
  return keys.flatMap(key => {
    const path = call[key]
    return typeof path === 'string' && path !== '' ? [path] : []
  })
}

function targetOf(document: Document, call: DynamicCall, path: string): JsonObject | 'open' | undefined {
  const start = call.kind === 'list' ? itemsOf(document, call) : (answerOf(document, calledBy(document, call)) ?? 'open')
  // That there is no list is another rule's.
  return isObject(start) ? schemaAt(document.definition, start, path) : 'open'
}

function isSame(older: JsonObject, newer: JsonObject): boolean {
  const plain = (path: Json | undefined) => (typeof path === 'string' ? path.replace(/^\//, '') : '')
  return (
    older.operationId === newer.operationId &&
    plain(older['value-collection']) === plain(newer.itemsPath) &&
    plain(older['value-path']) === plain(newer.itemValuePath) &&
    plain(older['value-title']) === plain(newer.itemTitlePath)
  )
}
