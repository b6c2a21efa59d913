import type { Json } from '../json.ts'

/** The name of a value's type in the platform's messages. */
export function typeName(value: Json): 'Null' | 'String' | 'Integer' | 'Float' | 'Boolean' | 'Array' | 'Object' {
  if (value === null) return 'Null'
  if (Array.isArray(value)) return 'Array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'Integer' : 'Float'
  if (typeof value === 'string') return 'String'
  return typeof value === 'boolean' ? 'Boolean' : 'Object'
}

/** A value in a text: null is nothing, a yes or no is «True» or «False» as .NET writes it, an object compact JSON. */
export function textOf(value: Json): string {
  if (value === null) return ''
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Equal in type and value; the order of an object's properties says nothing. */
export function isEqual(one: Json, other: Json): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one) || Array.isArray(other))
    return (
      Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((item, i) => isEqual(item, other[i] ?? null))
    )
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every(name => Object.hasOwn(other, name) && isEqual(one[name] ?? null, other[name] ?? null))
  )
}
