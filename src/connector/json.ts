/** JSON objects as the connector's files hold them. */
export type Json = string | number | boolean | null | Json[] | JsonObject
export interface JsonObject {
  [name: string]: Json | undefined
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object at `name`, an empty one where there is none. */
export function objectAt(value: unknown, name: string): JsonObject {
  const found = isObject(value) ? value[name] : undefined
  return isObject(found) ? found : {}
}

/** The objects of the list at `name`. */
export function listAt(value: unknown, name: string): JsonObject[] {
  const found = isObject(value) ? value[name] : undefined
  return Array.isArray(found) ? found.filter(isObject) : []
}

/** `#/paths/~1v1~1leads/put`: a JSON pointer (RFC 6901) as a fragment. */
export function pointer(...steps: (string | number)[]): string {
  return ['#', ...steps.map(step => String(step).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/')
}
