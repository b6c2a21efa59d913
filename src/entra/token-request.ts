import type { AuthenticationResult } from '@azure/msal-node'
import { Failure } from '../failure.ts'
import type { AccessToken } from './cached-token.ts'

/** The resource that a scope is of, for messages: https://api.partner.microsoft.com/.default → https://api.partner.microsoft.com. */
export function audienceOf(scope: string): string {
  return scope.replace(/\/[^/]*$/, '')
}

/**
 * MSAL's result as a token with its times by our clock: MSAL counts them from the machine's.
 * @throws SIGN_IN_UNREACHABLE when there is no token in it
 */
export function accessTokenFrom(
  result: AuthenticationResult | null,
  { audience, now }: { audience: string; now: () => Date }
): AccessToken {
  if (!result?.accessToken || result.expiresOn === null) {
    throw new Failure('SIGN_IN_UNREACHABLE', `Entra ID answered the sign-in for ${audience} without an access token.`)
  }
  const { accessToken: token, expiresOn, refreshOn } = result
  const byOurClock = (time: Date): Date => new Date(now().getTime() + time.getTime() - Date.now())
  return { token, expiresAt: byOurClock(expiresOn), ...(refreshOn && { renewAt: byOurClock(refreshOn) }) }
}

/** @throws SIGN_IN_NOT_CONFIGURED */
export function needed<T extends string>(value: T | undefined, what: string): T {
  if (value === undefined || value === '') throw new Failure('SIGN_IN_NOT_CONFIGURED', `The sign-in lacks ${what}.`)
  return value
}
