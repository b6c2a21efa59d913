/** JSON as flows hold it. */
export type Json = string | number | boolean | null | Json[] | JsonObject
export interface JsonObject {
  [name: string]: Json
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value of `name`, undefined where `value` is no object or has no such property of its own. */
export function property(value: unknown, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** The object at `name`, an empty one where there is none. */
export function objectAt(value: unknown, name: string): JsonObject {
  const found = property(value, name)
  return isObject(found) ? found : {}
}

/** The text at `name`, undefined where there is none. */
export function textAt(value: unknown, name: string): string | undefined {
  const found = property(value, name)
  return typeof found === 'string' ? found : undefined
}

/** The list at `name`, an empty one where there is none. */
export function listAt(value: unknown, name: string): Json[] {
  const found = property(value, name)
  return Array.isArray(found) ? found : []
}

/** An object with these properties, whatever their names: `__proto__` is a name like any other. */
export function objectOf(entries: Iterable<readonly [string, Json]>): JsonObject {
  return Object.fromEntries(entries)
}

/** A pointer to something further in (RFC 6901). */
export function under(at: string, ...steps: (string | number)[]): string {
  return [at, ...steps.map(step => String(step).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/')
}
