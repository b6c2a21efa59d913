import { Failure } from '../failure.ts'
import { DataverseError } from './dataverse-error.ts'

/** Dataverse's own answer behind a Failure. */
export const answerTo = (failure: unknown): DataverseError | undefined =>
  failure instanceof Failure && failure.cause instanceof DataverseError ? failure.cause : undefined

/**
 * Whether Dataverse says that no lead has the alternate key. The code is 0x80060891, but the examples of learn.microsoft.com («Perform
 * conditional operations using the Web API») have an empty one. 0x80040217 is said of a record by its id, so of one that a lookup names. Any
 * other 404 comes from somewhere else, a proxy or a wrong address, and must not be taken for a deleted lead.
 */
export function isMissingLead(failure: unknown): boolean {
  const answer = answerTo(failure)
  if (answer?.status !== 404) return false
  return answer.code === '0x80060891' || (answer.code === '' && /specified key values does not exist/i.test(answer.message))
}
