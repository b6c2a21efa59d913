import { refusals } from './error.ts'

type Json = Record<string, unknown>

const comparison = /^(\w+)(?:\/(\w+))? (eq|ne) (?:(true|false|null)|(-?\d+)|(?:Microsoft\.Dynamics\.CRM\.\w+)?'((?:[^']|'')*)')$/

/**
 * A `$filter` over definitions: comparisons with eq and ne, joined by `and`. Properties are plain values, enumerations, or a part of an object
 * (`RequiredLevel/Value`); labels cannot be compared.
 * Source: learn.microsoft.com, «Query table definitions using the Web API».
 * @throws DataverseError
 */
export function definitionFilter(filter: string, type: string): (definition: Json) => boolean {
  const tests = filter.split(/ and /i).map(part => {
    const [all, name, inner, operator, word, digits, text] = comparison.exec(part.trim()) ?? []
    if (all === undefined || name === undefined) throw refusals.syntax(`Syntax error in '${filter}'.`)
    const wanted = word !== undefined ? JSON.parse(word) : digits !== undefined ? Number(digits) : text?.replaceAll("''", "'")
    return (definition: Json): boolean => {
      if (!(name in definition)) throw refusals.propertyUnknown(name, type)
      const value = inner === undefined ? definition[name] : (definition[name] as Json | null)?.[inner]
      if (value !== null && typeof value === 'object') throw refusals.syntax(`The property '${name}' cannot be compared.`)
      return (value === wanted) === (operator === 'eq')
    }
  })
  return definition => tests.every(test => test(definition))
}
