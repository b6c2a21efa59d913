import { isObject, type Json } from '../../../flow/json.ts'

/** An object without some of its properties; any other value as it is. */
export const withoutKeys = (value: Json, keys: readonly string[]): Json =>
  isObject(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => !keys.includes(name))) : value
