import type { FastifyRequest } from 'fastify'
import { Failure } from '../../failure.ts'
import type { ApiKeys } from '../../ports.ts'
import { allows, callerOfKey, type Scope } from '../../schemas/caller.ts'
import type { CallerTokens } from '../caller-tokens.ts'
import { rateLimits } from '../rate-limits.ts'
import type { App } from '../type-provider.ts'

/** Who calls: an API key or an application or user of Entra ID. */
export interface Caller {
  id: string
  name: string
  /** What it may do. */
  scope: Scope
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that asks for one. */
    caller: Caller | null
  }
  interface FastifyContextConfig {
    /** What a caller needs for this route; every route that asks for a caller says it. */
    scope?: Scope
    /** True when the request proves by itself where it comes from and writes nothing; such a one needs no key. */
    provesItself?: (request: FastifyRequest) => boolean
  }
}

export interface CallerOptions {
  apiKeys: ApiKeys
  callerTokens?: CallerTokens
  rateLimitPerMinute: number
  now: () => Date
}

/**
 * Lets only known callers in, each only so often and only where its scope reaches. Those who fail to prove themselves are held back by their
 * address, after they were looked at: a good key is let in from wherever others try wrong ones.
 */
export async function authenticate(app: App, { apiKeys, callerTokens, rateLimitPerMinute, now }: CallerOptions): Promise<void> {
  const limits = await rateLimits(app, rateLimitPerMinute)
  // Loading what it needs takes long, and most have keys only.
  const verifyToken = callerTokens && (await import('../caller-tokens.ts')).tokenVerifier(callerTokens, { now })

  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.scope === undefined) throw new Error(`${method} ${url} does not say which scope it needs.`)
  })
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request, reply) => {
    const { provesItself, scope: needed = 'admin' } = request.routeOptions.config
    if (provesItself?.(request)) return await limits.ofProof(request, reply)
    try {
      request.caller = await callerOf(request, apiKeys, verifyToken)
    } catch (error) {
      await limits.ofStranger(request, reply)
      throw error
    }
    await limits.ofCaller(request, reply)
    const { scope } = request.caller
    if (!allows(scope, needed))
      throw new Failure('CALLER_FORBIDDEN', `This needs the scope «${needed}», and the caller has the scope «${scope}».`)
    await limits.ofRoute(request, reply)
  })
}

async function callerOf(
  { headers, raw }: FastifyRequest,
  apiKeys: ApiKeys,
  verifyToken: ((token: string) => Promise<Caller>) | undefined
): Promise<Caller> {
  const key = headers['x-api-key']
  // The connector's policy sends the header with every request, empty where the connection signs in with Entra ID.
  if (typeof key === 'string' && key !== '') {
    const known = key.length <= 200 ? await apiKeys.verify(key) : undefined
    if (known) return { id: callerOfKey(known.id), name: known.name, scope: known.scope }
    throw new Failure('CALLER_UNAUTHENTICATED', 'The API key is not known or was revoked.')
  }
  const token = /^Bearer ([\w.~+/-]{1,8000}=*)$/i.exec(headers.authorization ?? '')?.[1]
  if (token === undefined) throw new Failure('CALLER_UNAUTHENTICATED', 'The request carries neither an API key nor a bearer token.')
  // Node keeps the first of several, and what is before this service may have looked at another one.
  if (raw.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'authorization').length > 1)
    throw new Failure('CALLER_UNAUTHENTICATED', 'The request carries more than one Authorization header.')
  if (!verifyToken) throw new Failure('CALLER_UNAUTHENTICATED', 'This service accepts API keys only.')
  return await verifyToken(token)
}
