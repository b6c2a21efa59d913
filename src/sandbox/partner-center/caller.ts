import type { FastifyRequest } from 'fastify'
import type { CheckedToken } from '../entra/tokens.ts'
import { refusals } from './error.ts'

export type CheckToken = (token: string) => CheckedToken | undefined

/**
 * Whoever calls needs a bearer token for the audience. A user's token must come from a sign-in with MFA; `needsUser` refuses applications
 * that come without a user.
 * Source: learn.microsoft.com/partner-center/developer/partner-center-authentication
 * @throws a 401 or 403 of the Partner API
 */
export function checkCaller(request: FastifyRequest, options: { checkToken: CheckToken; audience: string; needsUser: boolean }): void {
  const { checkToken, audience, needsUser } = options
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer === undefined) throw refusals.unauthenticated('The request has no bearer token.')
  const token = checkToken(bearer)
  if (token === undefined) throw refusals.unauthenticated('The token is not valid or has expired.')
  if (token.audience !== audience) throw refusals.unauthenticated('The token is meant for another audience.')
  if (token.user === undefined) {
    if (needsUser) throw refusals.userMissing()
    return
  }
  if (!token.mfa) throw refusals.mfaMissing()
}
