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
  const found = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return isObject(found) ? found : {}
}

/** The list at `name`, an empty one where there is none. */
export function itemsAt(value: unknown, name: string): Json[] {
  const found = isObject(value) ? value[name] : undefined
  return Array.isArray(found) ? found : []
}

/** The objects of the list at `name`. */
export function listAt(value: unknown, name: string): JsonObject[] {
  return itemsAt(value, name).filter(isObject)
}

export function isText(value: Json | undefined, min: number, max: number): value is string {
  return typeof value === 'string' && value.length >= min && value.length <= max
}

/** `#/paths/~1v1~1leads/put`: a JSON pointer (RFC 6901) as a fragment. */
export function pointer(...steps: (string | number)[]): string {
  return under('#', ...steps)
}

/** A pointer to something further in. */
export function under(at: string, ...steps: (string | number)[]): string {
  return [at, ...steps.map(step => String(step).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/')
}
