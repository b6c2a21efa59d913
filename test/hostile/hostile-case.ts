import type { Test } from 'tap'
import type { FailureCode } from '../../src/failure.ts'
import type { SignedRequest } from './exchange.ts'
import type { HostileStage } from './stage.ts'

/** Where a callback can be sent: to the receiver, and to the validation in its raw form. */
export const doors = ['/callbacks', '/v1/validate-callback'] as const
export type Door = (typeof doors)[number]

/** What a hostile caller is answered, and what he may cause. */
export interface Refused {
  status: number
  /** Undefined where the HTTP parser gives up before the service hears of the request. */
  code: FailureCode | undefined
  /** All downloads over all doors, or those of each host; none unless told. */
  downloads?: number | Readonly<Record<string, number>>
  /** Both unless told. */
  doors?: readonly Door[]
}

/** A valid request with one thing broken. */
export interface Refusal extends Refused {
  what: string
  break(request: SignedRequest, stage: HostileStage): SignedRequest | Promise<SignedRequest>
}

/** A valid request that is changed in a way which has to be let through. */
export interface Acceptance {
  what: string
  bend(request: SignedRequest, stage: HostileStage): SignedRequest | Promise<SignedRequest>
}

/** What takes more than one request. */
export interface Story {
  what: string
  story(t: Test): Promise<unknown>
}

/** One thing a hostile caller, or an unlucky one, can do, with all its variants. */
export interface HostileCase {
  subject: string
  /**
   * Whether the signer has been accepted before and the one renewal that a bad signature may cause is used up: then no variant causes a
   * download. Otherwise nobody has been heard of.
   */
  isSignerKnown?: boolean
  variants: readonly (Refusal | Acceptance | Story)[]
}
