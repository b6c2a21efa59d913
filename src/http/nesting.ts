import { Failure } from '../failure.ts'

/** The deepest body of an operation has a few levels; the columns of a caller may have some more. */
const maxDepth = 64

/** What is wrong with JSON that is nested without measure, to be asked before anything goes through it by calling itself. */
export function nestingFailure(body: unknown): Failure | null {
  let level = [body]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return new Failure('REQUEST_INVALID', `The body is nested deeper than ${maxDepth} levels.`)
    level = level.flatMap(value => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
  return null
}
