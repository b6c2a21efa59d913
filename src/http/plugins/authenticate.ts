import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { Failure } from '../../failure.ts'
import type { ApiKeys } from '../../ports.ts'
import { callerOfKey } from '../../schemas/caller.ts'
import { addressKey } from '../address-key.ts'
import type { App } from '../type-provider.ts'

/** Who calls: an API key or an application or user of Entra ID. */
export interface Caller {
  id: string
  name: string
}

/** How Entra ID tokens of callers are judged. */
export interface CallerTokens {
  issuers: string[]
  audience: string[]
  tenantId: string
  role: string
  jwksUrl: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that asks for one. */
    caller: Caller | null
  }
  interface FastifyContextConfig {
    /** True when the request proves by itself where it comes from and writes nothing; such a one needs no key. */
    provesItself?: (request: FastifyRequest) => boolean
  }
}

/** Lets only known callers in, and each only so often; those who fail to prove themselves are held back by their address. */
export async function authenticate(
  app: App,
  { apiKeys, callerTokens, rateLimitPerMinute }: { apiKeys: ApiKeys; callerTokens?: CallerTokens; rateLimitPerMinute: number }
): Promise<void> {
  await app.register(rateLimit, { global: false })
  const rate = { max: rateLimitPerMinute, timeWindow: 60_000 }
  const byCaller = app.createRateLimit({ ...rate, keyGenerator: request => `caller ${request.caller?.id}` })
  const byAddress = app.createRateLimit({ ...rate, keyGenerator: request => `address ${addressKey(request.ip)}` })
  // Apart from the strangers: behind a proxy they may share an address with Partner Center.
  const byProof = app.createRateLimit({ ...rate, keyGenerator: request => `proof ${addressKey(request.ip)}` })
  const verifyToken = callerTokens && tokenVerifier(callerTokens)

  app.decorateRequest('caller', null)
  app.addHook('onRequest', async request => {
    if (request.routeOptions.config.provesItself?.(request)) return holdBack(await byProof(request))
    try {
      request.caller = await callerOf(request, apiKeys, verifyToken)
    } catch (error) {
      holdBack(await byAddress(request))
      throw error
    }
    holdBack(await byCaller(request))
  })
}

function holdBack(limit: Awaited<ReturnType<ReturnType<App['createRateLimit']>>>): void {
  if (!limit.isAllowed && limit.isExceeded)
    throw new Failure('TOO_MANY_REQUESTS', 'This caller makes too many requests.', { retryAfterMs: limit.ttl })
}

async function callerOf(
  { headers }: FastifyRequest,
  apiKeys: ApiKeys,
  verifyToken: ((token: string) => Promise<Caller>) | undefined
): Promise<Caller> {
  const key = headers['x-api-key']
  // The connector's policy sends the header with every request, empty where the connection signs in with Entra ID.
  if (typeof key === 'string' && key !== '') {
    const known = key.length <= 200 ? await apiKeys.verify(key) : undefined
    if (known) return { id: callerOfKey(known.id), name: known.name }
    throw new Failure('CALLER_UNAUTHENTICATED', 'The API key is not known or was revoked.')
  }
  const token = /^Bearer ([\w.~+/-]{1,8000}=*)$/i.exec(headers.authorization ?? '')?.[1]
  if (token === undefined) throw new Failure('CALLER_UNAUTHENTICATED', 'The request carries neither an API key nor a bearer token.')
  if (!verifyToken) throw new Failure('CALLER_UNAUTHENTICATED', 'This service accepts API keys only.')
  return await verifyToken(token)
}

/**
 * Judges an access token of Entra ID: signature, issuer, audience, tenant, dates and the application role or scope.
 * Source: learn.microsoft.com/entra/identity-platform/access-tokens, «Validate tokens».
 */
function tokenVerifier({ issuers, audience, tenantId, role, jwksUrl }: CallerTokens): (token: string) => Promise<Caller> {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 5000, cooldownDuration: 30_000, cacheMaxAge: 12 * 60 * 60 * 1000 })
  return async token => {
    const { payload } = await jwtVerify(token, keys, {
      issuer: issuers,
      audience,
      algorithms: ['RS256'],
      clockTolerance: 60,
      requiredClaims: ['exp', 'tid']
    }).catch(error => {
      throw tokenFailure(error)
    })
    if (payload.tid !== tenantId) throw new Failure('CALLER_UNAUTHENTICATED', 'The token was issued for another tenant.')
    if (!grants(payload, role)) throw new Failure('CALLER_FORBIDDEN', `The token lacks the role ${role}.`)
    const id = String(payload.oid ?? payload.sub ?? payload.azp ?? payload.appid)
    return { id: `entra:${id}`, name: id }
  }
}

function grants({ roles, scp }: JWTPayload, role: string): boolean {
  return (Array.isArray(roles) && roles.includes(role)) || (typeof scp === 'string' && scp.split(' ').includes(role))
}

/** jose says ERR_JOSE_GENERIC of a key set that could not be downloaded, and a code of its own of everything that is the token's fault. */
function tokenFailure(error: unknown): Failure {
  const { code } = error as { code?: string }
  const isTokenFault =
    error instanceof errors.JOSEError && code !== 'ERR_JOSE_GENERIC' && code !== 'ERR_JWKS_TIMEOUT' && code !== 'ERR_JWKS_INVALID'
  if (!isTokenFault) return new Failure('SIGN_IN_UNREACHABLE', 'The keys of Entra ID cannot be read at the moment.', { cause: error })
  if (error instanceof errors.JWTExpired) return new Failure('CALLER_TOKEN_EXPIRED', 'The token has expired.', { cause: error })
  return new Failure('CALLER_UNAUTHENTICATED', 'The token is not valid for this service.', { cause: error })
}
