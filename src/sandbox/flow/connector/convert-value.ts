import type { Json } from '../../../flow/json.ts'
import type { Schema } from './swagger.ts'

/** `boolean` → `Boolean` */
export const wantedName = (type: string): string => `${type.slice(0, 1).toUpperCase()}${type.slice(1)}`

export function hasType(value: Json, type: string): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string'
    case 'boolean':
      return typeof value === 'boolean'
    case 'number':
      return typeof value === 'number'
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'null':
      return value === null
    default:
      return true
  }
}

/**
 * A value that an action gives, as the operation wants it: texts of a number or a truth value become one, and the other way round.
 * Undefined when there is no way. What comes as an answer is never converted.
 */
export function converted(value: Json, { type, format }: Schema): Json | undefined {
  const wanted = typeof type === 'string' ? type : undefined
  if (wanted === 'string' && typeof value === 'string') return isFormat(value, format) ? value : undefined
  if (wanted === undefined || hasType(value, wanted)) return value
  if (wanted === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return String(value)
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (wanted === 'boolean') return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined
  if (wanted === 'integer') return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
  if (wanted === 'number') return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
  return undefined
}

/** A day is YYYY-MM-DD, a moment may be a day too; the platform looks at no other format of what is sent. */
function isFormat(value: string, format: string | undefined): boolean {
  if (format !== 'date' && format !== 'date-time') return true
  const form = format === 'date' ? /^\d{4}-\d\d-\d\d$/ : /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i
  return form.test(value) && !Number.isNaN(Date.parse(value))
}
