import { isObject, type JsonObject, objectAt, pointer } from './json.ts'

export interface Operation {
  path: string
  method: string
  operation: JsonObject
  at: string
}

export const methods: readonly string[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch']

/** Every operation of a Swagger document with the place where it stands. */
export function operationsOf(definition: JsonObject): Operation[] {
  return Object.entries(objectAt(definition, 'paths')).flatMap(([path, item]) =>
    Object.entries(isObject(item) ? item : {}).flatMap(([method, operation]) =>
      methods.includes(method) && isObject(operation) ? [{ path, method, operation, at: pointer('paths', path, method) }] : []
    )
  )
}
