import { isObject, type JsonObject } from '../connector/json.ts'
import type { Answer } from './exchange.ts'

/** The JSON object of an answer, an empty one where there is none: each field is looked at where it is needed. */
export function objectIn({ body }: Pick<Answer, 'body'>): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString())
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
