import { DerError } from '../../../src/callback/der.ts'
import { Failure } from '../../../src/failure.ts'

/**
 * Where an act is refused, as the calls that led there; «accepted» when it is not. V8 counts a block as run from its beginning, also when a call in it
 * throws, so that of ten calls in a row coverage sees the first only: the place of a refusal tells how far an input came.
 * @throws what is neither a Failure nor a DerError
 */
export function refusalPlace(act: () => void): string {
  try {
    act()
    return 'accepted'
  } catch (error) {
    if (!(error instanceof Failure) && !(error instanceof DerError)) throw error
    return (error.cause instanceof DerError ? error.cause : error).stack ?? ''
  }
}
