import { authenticate, type Form } from './credential.ts'
import type { Application, Directory } from './directory.ts'
import { EntraError } from './error.ts'
import { baseClaims, type TokenIssuer } from './tokens.ts'

export interface GrantOptions {
  directory: Directory
  issuer: TokenIssuer
  lifetimeSeconds: number
  /** Entra ID itself lets a redeemed refresh token be redeemed again until it expires; a stricter tenant is easier to test against. */
  isReuseRefused: boolean
  now: Date
}

/** What the token endpoint answers, and who is signed in. */
export interface Granted {
  body: Record<string, unknown>
  isRefreshTokenReused: boolean
}

const reserved = ['openid', 'profile', 'email', 'offline_access']

/**
 * Answers a token request: the grants that services use without a browser.
 * Source: learn.microsoft.com/entra/identity-platform, v2-oauth2-client-creds-grant-flow, v2-oauth2-auth-code-flow («Refresh the access
 * token») and v2-oauth-ropc
 * @throws EntraError
 */
export function grant(form: Form, options: GrantOptions): Granted {
  const { grant_type: grantType } = form
  if (!grantType) throw new EntraError(900144, 'grant_type')
  const application = authenticate(form, options)
  if (grantType === 'client_credentials') return byCredential(form, application, options)
  if (grantType === 'refresh_token') return byRefreshToken(form, application, options)
  if (grantType === 'password') return byPassword(form, application, options)
  throw new EntraError(70003, grantType)
}

function byCredential(form: Form, application: Application, options: GrantOptions): Granted {
  const { scope } = form
  if (!scope) throw new EntraError(900144, 'scope')
  if (!scope.endsWith('/.default')) throw new EntraError(1002012, scope)
  const audience = audienceOf(scope)
  const roles = application.roles[audience]
  const claims = {
    ...base(audience, application, options),
    oid: application.objectId,
    sub: application.objectId,
    idtyp: 'app',
    ...(roles && { roles })
  }
  return { body: accessToken(claims, options), isRefreshTokenReused: false }
}

/** A refresh token lives 90 days; each redemption gives a successor, which lives 90 days again. */
function byRefreshToken(form: Form, application: Application, options: GrantOptions): Granted {
  const { directory, isReuseRefused, now } = options
  const { refresh_token: text } = form
  if (!text) throw new EntraError(900144, 'refresh_token')
  const found = directory.refreshTokens.find(({ token }) => token === text)
  if (!found) throw new EntraError(9002313)
  if (found.clientId !== application.clientId) throw new EntraError(70000)
  const isReused = found.redemptions > 0
  const isPast = now.getTime() - found.issuedAt.getTime() > 90 * 24 * 60 * 60 * 1000
  if (found.state === 'expired' || isPast) throw new EntraError(700082, found.issuedAt.toISOString())
  if (found.state === 'revoked' || (isReused && isReuseRefused)) throw new EntraError(50173)
  const body = userTokens(form, { application, username: found.username, amr: found.amr, isSuccessorDue: true }, options)
  found.redemptions++
  return { body, isRefreshTokenReused: isReused }
}

/** No second factor can be asked for here, so the tokens never say `mfa`, and users who need one are refused. */
function byPassword(form: Form, application: Application, options: GrantOptions): Granted {
  const { username, password } = form
  if (!username) throw new EntraError(900144, 'username')
  if (!password) throw new EntraError(900144, 'password')
  const user = options.directory.user(username)
  if (!user) throw new EntraError(50034, options.directory.tenantId)
  if (user.password !== password) throw new EntraError(50126)
  if (user.needsMfa) throw new EntraError(50076, audienceOf(resourceScope(form)))
  const isSuccessorDue = (form.scope ?? '').split(' ').includes('offline_access')
  return {
    body: userTokens(form, { application, username: user.username, amr: ['pwd'], isSuccessorDue }, options),
    isRefreshTokenReused: false
  }
}

function userTokens(
  form: Form,
  who: { application: Application; username: string; amr: string[]; isSuccessorDue: boolean },
  options: GrantOptions
): Record<string, unknown> {
  const { application, username, amr, isSuccessorDue } = who
  const { directory, issuer } = options
  const scope = resourceScope(form)
  const audience = audienceOf(scope)
  const oid = directory.objectIdOf(username)
  const user = { oid, sub: oid, upn: username, unique_name: username, name: username.split('@')[0], amr }
  const claims = { ...base(audience, application, options), ...user, idtyp: 'user', scp: 'user_impersonation' }
  const wanted = (form.scope ?? '').split(' ')
  return {
    ...accessToken(claims, options),
    scope: `${audience}/user_impersonation ${scope}`,
    ...(isSuccessorDue && { refresh_token: directory.issueRefreshToken({ clientId: application.clientId, username, amr }).token }),
    ...(wanted.includes('openid') && {
      id_token: issuer.sign({ ...base(application.clientId, application, options), oid, sub: oid, preferred_username: username })
    }),
    ...(form.client_info === '1' && {
      client_info: Buffer.from(JSON.stringify({ uid: oid, utid: directory.tenantId })).toString('base64url')
    })
  }
}

function accessToken(claims: object, { issuer, lifetimeSeconds }: GrantOptions): Record<string, unknown> {
  return {
    token_type: 'Bearer',
    expires_in: lifetimeSeconds,
    ext_expires_in: lifetimeSeconds,
    // Only long-lived tokens come with a time to renew them ahead.
    ...(lifetimeSeconds >= 7200 && { refresh_in: lifetimeSeconds >> 1 }),
    access_token: issuer.sign(claims)
  }
}

/** The one scope that names a resource. */
function resourceScope(form: Form): string {
  const [scope, ...more] = (form.scope ?? '').split(' ').filter(part => part !== '' && !reserved.includes(part))
  if (scope === undefined) throw new EntraError(900144, 'scope')
  const audience = audienceOf(scope)
  if (more.some(other => audienceOf(other) !== audience)) throw new EntraError(28000, form.scope)
  return scope
}

/** What stands before the last slash: a URI or a client id. So `https://host//.default` is for `https://host/`. */
function audienceOf(scope: string): string {
  const audience = /^(\S+)\/[^/\s]+$/.exec(scope)?.[1] ?? ''
  if (!/^(?:[a-z][a-z0-9+.-]*:\/\/[^/\s]|[0-9a-f-]{36}$)/i.test(audience)) throw new EntraError(70011, scope)
  return audience
}

const base = (audience: string, { clientId: appId }: Application, { directory: { tenantId }, lifetimeSeconds, now }: GrantOptions) =>
  baseClaims({ tenantId, appId, audience, lifetimeSeconds, now })
