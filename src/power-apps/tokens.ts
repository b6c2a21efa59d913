import type { JsonObject } from '../connector/json.ts'
import { Failure } from '../failure.ts'
import { baseAddress } from './address.ts'
import type { Send } from './request.ts'
import { type Audience, refreshRequest, refusedSignIn, tokenFrom } from './sign-in.ts'
import type { TokenFile } from './token-file.ts'

/** A sign-in that can be used now. */
export interface Token {
  /** The value of the Authorization header. */
  authorization: string
  /** The id of the user, which is a part of some addresses. */
  oid: string
}

export interface Tokens {
  /** `refused`: the header of a token that was not accepted, in whose place another one is wanted. @throws POWER_APPS_NOT_SIGNED_IN */
  current(options?: { refused?: string }): Promise<Token>
  /** Undefined when nobody has signed in; never asks anybody. */
  stored(): JsonObject | undefined
}

/** paconn asks for a new sign-in so long before the end. Source: paconn 0.0.21, tokenmanager.py */
const bufferSeconds = 600

/** The tokens of the stored sign-in, renewed where that is due and possible. */
export function tokens({ file, send, now }: { file: TokenFile; send: Send; now: () => Date }): Tokens {
  return {
    stored: () => file.read(),
    async current({ refused } = {}) {
      const stored = file.read()
      if (!stored || !isText(stored.access_token)) throw new Failure('POWER_APPS_NOT_SIGNED_IN', 'Nobody has signed in.')
      const isRefused = refused !== undefined && refused === authorizationOf(stored)
      if (isGood(stored, now()) && !isRefused) return tokenOf(stored)
      return tokenOf(await renewed(stored))
    }
  }

  async function renewed(stored: JsonObject): Promise<JsonObject> {
    const { refresh_token: refreshToken } = stored
    if (!isText(refreshToken)) throw new Failure('POWER_APPS_NOT_SIGNED_IN', 'The access token is no longer good. Please sign in again.')
    const audience = audienceFrom(stored)
    const request = refreshRequest(audience, refreshToken)
    const answer = await send(request)
    if (answer.status < 200 || answer.status >= 300) {
      throw new Failure('POWER_APPS_NOT_SIGNED_IN', refusedSignIn(answer, request).message)
    }
    const token = { ...stored, ...tokenFrom(answer, request, { audience, now: now() }) }
    file.write(token)
    return token
  }
}

/** Whether a stored token lasts longer than paconn wants it to. */
function isGood(token: JsonObject | undefined, now: Date): boolean {
  if (!token || !isText(token.access_token)) return false
  // As paconn has it: without an end it is taken for good.
  return token.expires_on === undefined || Number(token.expires_on) >= now.getTime() / 1000 + bufferSeconds
}

/** The same for a certain audience: who has signed in elsewhere has not signed in here. paconn keeps neither mark in all its versions. */
export function isGoodFor(token: JsonObject, { authority, resource }: Audience, now: Date): boolean {
  const isSame = (marked: unknown, wanted: string): boolean => !isText(marked) || withoutSlash(marked) === withoutSlash(wanted)
  return isGood(token, now) && isSame(token._authority, authority) && isSame(token.resource, resource)
}

const withoutSlash = (address: string): string => address.replace(/\/+$/, '')

/** A refresh token goes back to the authority that it came from, and to no other. */
function audienceFrom(stored: JsonObject): Audience {
  const tenant = isText(stored.tenant_id) ? stored.tenant_id : 'common'
  return {
    authority: isText(stored._authority)
      ? baseAddress(stored._authority, 'The authority of the stored sign-in')
      : `https://login.microsoftonline.com/${encodeURIComponent(tenant)}`,
    clientId: isText(stored._client_id) ? stored._client_id : '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
    resource: isText(stored.resource) ? stored.resource : 'https://service.powerapps.com/',
    isV2: isText(stored.scope)
  }
}

function tokenOf(stored: JsonObject): Token {
  if (!isText(stored.oid) || !/^[\w-]{1,100}$/.test(stored.oid))
    throw new Failure('POWER_APPS_NOT_SIGNED_IN', 'The stored sign-in does not say who signed in.')
  return { authorization: authorizationOf(stored), oid: stored.oid }
}

function authorizationOf({ token_type, access_token }: JsonObject): string {
  const value = `${isText(token_type) ? token_type : 'Bearer'} ${String(access_token)}`
  if (!/^[\x20-\x7e]+$/.test(value)) throw new Failure('POWER_APPS_NOT_SIGNED_IN', 'The stored token is not one.')
  return value
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
