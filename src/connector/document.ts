import { type DynamicCall, dynamicCallsOf } from './dynamic-calls.ts'
import { isObject, itemsAt, type JsonObject, objectAt, pointer, under } from './json.ts'
import { type Operation, operationsOf } from './operations.ts'
import { followed } from './references.ts'
import { type SchemaPlace, schemasOf } from './schema-places.ts'

/** An operation with all that belongs to it, references followed. */
export interface OperationPlace extends Operation {
  /** The path's own object, with what its operations share. */
  item: JsonObject
  /** The shared parameters of the path, and those of the operation, which win. */
  parameters: JsonObject[]
  responses: [code: string, response: JsonObject][]
}

export interface ParameterPlace {
  parameter: JsonObject
  at: string
}

/** A definition, looked through once for all rules. */
export interface Document {
  definition: JsonObject
  operations: OperationPlace[]
  /** Every parameter where it is written: in an operation, in a path, or under `#/parameters`. References are left out. */
  parameters: ParameterPlace[]
  schemas: SchemaPlace[]
  calls: DynamicCall[]
}

export function documentOf(definition: JsonObject): Document {
  const paths = objectAt(definition, 'paths')
  const operations = operationsOf(definition).map((found): OperationPlace => {
    const item = objectAt(paths, found.path)
    return {
      ...found,
      item,
      parameters: parametersOf(definition, item, found.operation),
      responses: Object.entries(objectAt(found.operation, 'responses')).flatMap(([code, response]) => {
        const answer = code.startsWith('x-') ? undefined : followed(definition, response)
        return answer === undefined ? [] : [[code, answer]]
      })
    }
  })
  const lists: [at: string, owner: unknown][] = [
    ['#/parameters', definition.parameters],
    ...Object.entries(paths).map(([path, item]): [string, unknown] => [
      pointer('paths', path, 'parameters'),
      isObject(item) ? item.parameters : undefined
    ]),
    ...operations.map(({ operation, at }): [string, unknown] => [under(at, 'parameters'), operation.parameters])
  ]
  const parameters = lists.flatMap(([at, owner]) =>
    Object.entries(isObject(owner) || Array.isArray(owner) ? owner : {}).flatMap(([key, parameter]) =>
      isObject(parameter) && parameter.$ref === undefined ? [{ parameter, at: under(at, key) }] : []
    )
  )
  const document = { definition, operations, parameters, schemas: schemasOf(definition) }
  return { ...document, calls: dynamicCallsOf(document) }
}

function parametersOf(definition: JsonObject, item: JsonObject, operation: JsonObject): JsonObject[] {
  const listed = (owner: JsonObject): JsonObject[] =>
    itemsAt(owner, 'parameters').flatMap(parameter => {
      const found = followed(definition, parameter)
      return found === undefined ? [] : [found]
    })
  const own = listed(operation)
  const isOwn = ({ name, in: place }: JsonObject) => own.some(parameter => parameter.name === name && parameter.in === place)
  return [...listed(item).filter(parameter => !isOwn(parameter)), ...own]
}
