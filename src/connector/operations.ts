import { isObject, type JsonObject, pointer } from './json.ts'

export interface Operation {
  path: string
  method: string
  operation: JsonObject
  at: string
}

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch'])

/** Every operation of a Swagger document with the place where it stands. */
export function operationsOf(definition: JsonObject): Operation[] {
  const paths = isObject(definition.paths) ? definition.paths : {}
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(isObject(item) ? item : {}).flatMap(([method, operation]) =>
      methods.has(method) && isObject(operation) ? [{ path, method, operation, at: pointer('paths', path, method) }] : []
    )
  )
}
