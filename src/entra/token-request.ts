import type { AuthenticationResult } from '@azure/msal-node'
import { Failure } from '../failure.ts'
import type { AccessToken } from './cached-token.ts'

/** The resource that a scope is of, for messages: https://api.partner.microsoft.com/.default → https://api.partner.microsoft.com. */
export function audienceOf(scope: string): string {
  return scope.replace(/\/[^/]*$/, '')
}

/** MSAL's result as a token with its times. @throws SIGN_IN_UNREACHABLE when there is no token in it */
export function accessTokenFrom(result: AuthenticationResult | null, audience: string): AccessToken {
  if (!result?.accessToken || result.expiresOn === null) {
    throw new Failure('SIGN_IN_UNREACHABLE', `Entra ID answered the sign-in for ${audience} without an access token.`)
  }
  const { accessToken: token, expiresOn: expiresAt, refreshOn: renewAt } = result
  return { token, expiresAt, ...(renewAt && { renewAt }) }
}

/** @throws SIGN_IN_NOT_CONFIGURED */
export function needed<T extends string>(value: T | undefined, what: string): T {
  if (value === undefined || value === '') throw new Failure('SIGN_IN_NOT_CONFIGURED', `The sign-in lacks ${what}.`)
  return value
}
