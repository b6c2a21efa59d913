import { isObject, type JsonObject } from '../connector/json.ts'
import { Failure } from '../failure.ts'
import { baseAddress } from './address.ts'
import type { Answer } from './exchange.ts'
import { objectIn } from './json-answer.ts'
import type { Request } from './request.ts'
import { explanation, unexpected, withoutSecrets } from './to-failure.ts'

/** Who signs in to what, and where. */
export interface Audience {
  /** Ends with the tenant: https://login.microsoftonline.com/common. */
  authority: string
  clientId: string
  resource: string
  /** Whether the endpoints of version 2.0 are used, which want a scope in place of a resource. */
  isV2: boolean
}

export function audienceOf(
  settings: { authorityUrl: string; tenant: string; clientId: string; resource: string },
  isV2: boolean
): Audience {
  const { authorityUrl, tenant, clientId, resource } = settings
  return { authority: `${baseAddress(authorityUrl, 'The authority')}/${encodeURIComponent(tenant)}`, clientId, resource, isV2 }
}

const oauth = ({ authority, isV2 }: Audience, end: 'devicecode' | 'token'): string =>
  `${authority}/oauth2/${isV2 ? 'v2.0/' : ''}${end}${!isV2 && end === 'devicecode' ? '?api-version=1.0' : ''}`

/** Version 2.0 gives a refresh token and says who signed in only when asked to. */
const wanted = ({ resource, isV2 }: Audience): Record<string, string> =>
  isV2 ? { scope: `${resource.replace(/\/+$/, '')}/.default offline_access openid profile` } : { resource }

export function deviceCodeRequest(audience: Audience): Request {
  return {
    purpose: 'Asking for a code to sign in with',
    method: 'POST',
    url: oauth(audience, 'devicecode'),
    content: { form: { client_id: audience.clientId, ...wanted(audience) } },
    isRepeatable: true,
    pretend: {}
  }
}

export function deviceTokenRequest(audience: Audience, deviceCode: string): Request {
  // Version 1.0 names the code and the grant otherwise. Source: adal 1.2.7, and RFC 8628 section 3.4
  const form = audience.isV2
    ? { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: audience.clientId, device_code: deviceCode }
    : { grant_type: 'device_code', client_id: audience.clientId, resource: audience.resource, code: deviceCode }
  return { ...tokenRequest(audience, form), purpose: 'Signing in', secrets: [deviceCode] }
}

export function refreshRequest(audience: Audience, refreshToken: string): Request {
  const form = { grant_type: 'refresh_token', client_id: audience.clientId, ...wanted(audience), refresh_token: refreshToken }
  return { ...tokenRequest(audience, form), purpose: 'Renewing the sign-in', secrets: [refreshToken] }
}

function tokenRequest(audience: Audience, form: Record<string, string>): Omit<Request, 'purpose'> {
  return { method: 'POST', url: oauth(audience, 'token'), content: { form }, isRepeatable: true, pretend: {} }
}

/**
 * A token as paconn keeps it: what Entra ID answered and what the id token says, in snake case, `expires_on` in seconds since 1970.
 * The authority and the client stand beside it, as ADAL puts them there, so that it can be renewed where it came from.
 * @throws POWER_APPS_UNEXPECTED when the answer is no token
 */
export function tokenFrom(answer: Answer, request: Request, { audience, now }: { audience: Audience; now: Date }): JsonObject {
  const body = objectIn(answer)
  const { token_type, access_token, refresh_token } = body
  const expiresIn = Number(body.expires_in)
  if (typeof token_type !== 'string' || !/^[A-Za-z]{1,20}$/.test(token_type)) throw unexpected(request, 'sent a token without a type')
  if (!isHeaderText(access_token)) throw unexpected(request, 'sent no token')
  if (!(expiresIn > 0)) throw unexpected(request, 'sent a token that has no end')
  const claims = { ...claimsOf(access_token), ...claimsOf(body.id_token) }
  return {
    token_type,
    access_token,
    ...(typeof refresh_token === 'string' && { refresh_token }),
    expires_in: expiresIn,
    expires_on: now.getTime() / 1000 + expiresIn,
    resource: typeof body.resource === 'string' ? body.resource : audience.resource,
    ...(audience.isV2 && typeof body.scope === 'string' && { scope: body.scope }),
    ...texts({
      oid: claims.oid,
      tenant_id: claims.tid,
      user_id: claims.upn ?? claims.preferred_username ?? claims.email ?? claims.sub,
      given_name: claims.given_name,
      family_name: claims.family_name
    }),
    is_mrrt: true,
    _client_id: audience.clientId,
    _authority: audience.authority
  }
}

/** The Failure for a refused sign-in. Entra ID's description begins with the AADSTS number, and its trace ids help nobody here. */
export function refusedSignIn(answer: Answer, request: Request): Failure {
  const { code, message = '' } = explanation(answer)
  const known = meanings[code ?? '']
  const said = known ?? withoutSecrets(message.split(/\r?\n| Trace ID:/)[0] ?? '', request.secrets ?? [])
  return new Failure(
    'POWER_APPS_SIGN_IN_FAILED',
    `${request.purpose} failed (${code ?? `HTTP ${answer.status}`})${said ? `: ${said}` : '.'}`
  )
}

/** Source: RFC 8628 section 3.5, and learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code */
const meanings: Record<string, string> = {
  authorization_declined: 'the sign-in was declined.',
  access_denied: 'the sign-in was declined.',
  expired_token: 'the code was not confirmed in time.',
  code_expired: 'the code was not confirmed in time.',
  bad_verification_code: 'the code is not known.'
}

/** What a JWT says. It came from its issuer over TLS and nothing is granted for it here, so its signature is not looked at. */
function claimsOf(token: unknown): JsonObject {
  const [, payload = ''] = typeof token === 'string' ? token.split('.') : []
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

function texts(values: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])))
}

function isHeaderText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,20000}$/.test(value)
}
