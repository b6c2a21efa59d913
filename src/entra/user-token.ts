import type { AuthenticationResult } from '@azure/msal-node'
import type { GetToken, Log, Secrets } from '../ports.ts'
import { type AccessToken, cachedToken } from './cached-token.ts'
import { networkClient } from './network-client.ts'
import { type Redemption, refreshChain } from './refresh-chain.ts'
import { type AuthorityOptions, confidentialClient, publicClient } from './sign-in-client.ts'
import { signInFailure } from './to-failure.ts'
import { accessTokenFrom, audienceOf, needed } from './token-request.ts'

export interface UserSignInOptions extends AuthorityOptions {
  tenantId: string
  clientId: string
  /** Left out for an application registered as public client. */
  clientSecret?: string
  /** The first refresh token of the Secure Application Model. */
  refreshToken?: string
  /** The legacy sign-in of the original sample, used only without any refresh token. */
  username?: string
  password?: string
  /** Where the successors of the refresh token are kept. */
  secrets: Secrets
  log: Log
  now: () => Date
  timeoutMs?: number
}

/** App+User tokens for one scope, as Partner Center asks for them: see `userSignIn`. */
export function userToken({ scope, ...options }: UserSignInOptions & { scope: string }): GetToken {
  return userSignIn(options)(scope)
}

/**
 * One signed-in user, and a GetToken for each scope: the scopes share the refresh token, and never an access token.
 * The sign-in is a refresh token from a sign-in with MFA (Secure Application Model).
 * Source: learn.microsoft.com/partner-center/developer/enable-secure-app-model
 */
export function userSignIn(options: UserSignInOptions): (scope: string) => GetToken {
  const { tenantId, clientId, refreshToken, secrets, log, now } = options
  const chain = refreshChain({ name: `refresh-token:${tenantId}:${clientId}`, seed: refreshToken, secrets, log })
  const byPassword = refreshToken === undefined && options.username !== undefined
  let isWarned = false

  const acquireByPassword = async (scope: string): Promise<AccessToken> => {
    if (!isWarned) {
      isWarned = true
      log.warn(
        {},
        'Signing in with user name and password: that ends as soon as the user needs MFA. Use a refresh token of the Secure Application Model instead.'
      )
    }
    const request = {
      scopes: [scope],
      username: needed(options.username, 'a user name'),
      password: needed(options.password, 'a password')
    }
    try {
      return accessTokenFrom(await client(options).acquireTokenByUsernamePassword(request), { audience: audienceOf(scope), now })
    } catch (error) {
      throw signInFailure(error, audienceOf(scope))
    }
  }

  return scope =>
    cachedToken({
      now,
      log,
      acquire: async () => {
        needed(tenantId, 'a tenant id')
        needed(clientId, 'a client id')
        return byPassword ? acquireByPassword(scope) : chain.redeem(token => redeem(token, scope, options))
      }
    })
}

/** The successor is taken from the answer itself: MSAL does not hand it out, and it is there even when MSAL rejects the rest. */
async function redeem(refreshToken: string, scope: string, options: UserSignInOptions): Promise<Redemption<AccessToken>> {
  let rotated: string | undefined
  const onBody = (body: Record<string, unknown>): void => {
    if (typeof body.refresh_token === 'string' && body.refresh_token !== '') rotated = body.refresh_token
  }
  let result: Redemption<AccessToken>['result']
  try {
    const answer: AuthenticationResult | null = await client(options, onBody).acquireTokenByRefreshToken({ refreshToken, scopes: [scope] })
    result = { value: accessTokenFrom(answer, { audience: audienceOf(scope), now: options.now }) }
  } catch (error) {
    result = { failure: signInFailure(error, audienceOf(scope)) }
  }
  return rotated === undefined ? { result } : { rotated, result }
}

function client(options: UserSignInOptions, onBody?: (body: Record<string, unknown>) => void) {
  const { authority, endpoint, now, timeoutMs } = options
  const network = networkClient({ authority, endpoint, now, timeoutMs, onBody })
  return options.clientSecret === undefined ? publicClient(options, network) : confidentialClient(options, network)
}
