interface Schema {
  type?: string | string[]
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  items?: Schema
  enum?: unknown[]
  format?: string
  pattern?: string
}

/**
 * A value for a schema in which every free text is one that `text` gives for its path. Whatever is no free text (a choice, a date, a pattern, a
 * number) is left out, as are the paths of `except`. Lists get two entries.
 */
export function filled(schema: object, text: (path: string) => string, except: readonly string[] = [], path = ''): unknown {
  if (except.includes(path)) return undefined
  const { type, anyOf, properties, items, enum: choices, format, pattern } = schema as Schema
  if (anyOf) return anyOf.map(option => filled(option, text, except, path)).find(value => value !== undefined)
  const types = [type].flat()
  if (properties) {
    const entries = Object.entries(properties)
      .map(([name, property]) => [name, filled(property, text, except, `${path}/${name}`)] as const)
      .filter(([, value]) => value !== undefined)
    return entries.length > 0 ? Object.fromEntries(entries) : undefined
  }
  if (items) {
    const values = [0, 1].map(index => filled(items, text, except, `${path}/${index}`)).filter(value => value !== undefined)
    return values.length > 0 ? values : undefined
  }
  if (!types.includes('string') || choices || format !== undefined || pattern !== undefined) return undefined
  return /mail/i.test(path) ? `${text(path)}@canary.example` : text(path)
}
