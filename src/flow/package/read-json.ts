import { isObject, type Json } from '../json.ts'
import { FlowPackageError } from './flow-package-error.ts'
import { withoutTrailingCommas } from './trailing-commas.ts'

/** Deeper nesting was not made by a designer, and would only use up the stack of what reads it. */
const maxDepth = 200

/**
 * Reads a JSON file as the exporters of flows write them. A byte order mark is taken off, and commas before a closing bracket, which JSON
 * does not allow, are read over and told.
 * @throws FlowPackageError
 */
export function readJson(bytes: Uint8Array, file: string): { value: Json; notices: string[] } {
  const { value, notices } = parse(decode(bytes, file), file)
  if (isTooDeep(value)) throw new FlowPackageError(`${file} is nested more than ${maxDepth} levels deep.`)
  return { value, notices }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new FlowPackageError(`${file} is not text in UTF-8.`)
  }
}

function parse(text: string, file: string): { value: Json; notices: string[] } {
  try {
    return { value: JSON.parse(text), notices: [] }
  } catch (error) {
    const { text: repaired, count, line } = withoutTrailingCommas(text)
    if (count === 0) throw notJson(error, text, file)
    try {
      const value: Json = JSON.parse(repaired)
      const what = count === 1 ? 'a comma before a closing bracket' : `${count} commas before closing brackets, the first`
      return { value, notices: [`${file} has ${what} in line ${line}: strict JSON readers refuse the file.`] }
    } catch (other) {
      throw notJson(other, repaired, file)
    }
  }
}

/** Says where, and not what stands there: it may be a secret. */
function notJson(error: unknown, text: string, file: string): FlowPackageError {
  const place = /position (\d+)/.exec((error as Error).message)?.[1]
  const where = place === undefined ? '' : ` from line ${text.slice(0, Number(place)).split('\n').length} on`
  return new FlowPackageError(`${file} is not JSON${where}.`)
}

function isTooDeep(value: Json): boolean {
  let level: Json[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) return true
    level = level.flatMap(item => (Array.isArray(item) ? item : isObject(item) ? Object.values(item) : []))
  }
  return false
}
