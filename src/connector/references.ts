import { asText } from './as-text.ts'
import { isObject, type Json, type JsonObject } from './json.ts'

/** No published definition refers through more than a few; a circle of references ends here. */
const mostHops = 20

/** What a value is once its `$ref` is followed; undefined where that leads nowhere, or round in a circle. */
export function followed(definition: JsonObject, value: Json | undefined): JsonObject | undefined {
  let found = value
  for (let hops = 0; hops <= mostHops && isObject(found); hops++) {
    if (found.$ref === undefined) return found
    found = valueAt(definition, found.$ref)
  }
  return undefined
}

/** The name of the definition that a schema refers to. */
export function definitionName(schema: JsonObject): string | undefined {
  const name = /^#\/definitions\/([^/]+)$/.exec(asText(schema.$ref))?.[1]
  return name === undefined ? undefined : unescaped(name)
}

/** What stands at a local JSON pointer such as `#/definitions/Lead`. */
function valueAt(definition: JsonObject, ref: Json): Json | undefined {
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return undefined
  let found: Json | undefined = definition
  for (const step of ref.slice(2).split('/').map(unescaped)) {
    const parent: unknown = found
    if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, step)) return undefined
    found = (parent as JsonObject)[step]
  }
  return found
}

/** RFC 6901, and the percent-encoding of a fragment, which generators use for names such as `List[Lead]`. */
function unescaped(step: string): string {
  const plain = step.replaceAll('~1', '/').replaceAll('~0', '~')
  try {
    return decodeURIComponent(plain)
  } catch {
    return plain
  }
}
