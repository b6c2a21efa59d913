import rateLimit from '@fastify/rate-limit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../failure.ts'
import { addressKey } from './address-key.ts'
import type { App } from './type-provider.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How often one caller may call this in a minute: so many times, or a share of all that the caller may. As often as anything when left out. */
    limit?: { perMinute: number } | { share: number }
  }
}

type Count = Awaited<ReturnType<ReturnType<App['createRateLimit']>>>

/** Each is asked once for a request, and throws TOO_MANY_REQUESTS when there were too many. */
export interface RateLimits {
  /** Of all that a known caller asks. The answer says how many requests are left. */
  ofCaller(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** Of what a known caller asks of a route that has a limit of its own. The answer says it when fewer are left of these. */
  ofRoute(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** Of somebody who was not known, by address. */
  ofStranger(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** Of a request that proves itself, by address; apart from the strangers, who may share an address with Partner Center behind a proxy. */
  ofProof(request: FastifyRequest, reply: FastifyReply): Promise<void>
}

/** Counts in fixed minutes, in this process. Of each kind the latest 5000 are kept, which is the plugin's own bound, however many addresses come. */
export async function rateLimits(app: App, perMinute: number): Promise<RateLimits> {
  await app.register(rateLimit, { global: false })
  const counter = (max: number | ((request: FastifyRequest) => number), keyGenerator: (request: FastifyRequest) => string) =>
    app.createRateLimit({ max, timeWindow: 60_000, keyGenerator })
  const byAddress = ({ ip }: FastifyRequest): string => addressKey(ip)
  const all = counter(perMinute, ({ caller }) => `${caller?.id}`)
  const costly = counter(
    ({ routeOptions }) => routeMax(routeOptions.config.limit, perMinute),
    ({ caller, method, routeOptions }) => `${method} ${routeOptions.url} ${caller?.id}`
  )
  const strangers = counter(perMinute, byAddress)
  const proofs = counter(perMinute, byAddress)

  return {
    async ofCaller(request, reply) {
      const count = await all(request)
      tell(reply, count)
      holdBack(count, 'This caller makes too many requests.')
    },
    async ofRoute(request, reply) {
      const { limit } = request.routeOptions.config
      if (limit === undefined) return
      const count = await costly(request)
      if (!count.isAllowed && count.remaining <= Number(reply.getHeader('ratelimit-remaining'))) tell(reply, count)
      holdBack(count, `One caller may do this ${routeMax(limit, perMinute)} times a minute.`)
    },
    async ofStranger(request, reply) {
      const count = await strangers(request)
      if (!count.isAllowed && count.isExceeded) tell(reply, count)
      holdBack(count, 'Too many requests come from this address without a valid key or token.')
    },
    async ofProof(request, reply) {
      const count = await proofs(request)
      if (!count.isAllowed && count.isExceeded) tell(reply, count)
      holdBack(count, 'Too many requests come from this address.')
    }
  }
}

function routeMax(limit: { perMinute: number } | { share: number } | undefined, perMinute: number): number {
  if (limit === undefined) return perMinute
  return 'share' in limit ? Math.max(1, Math.floor(perMinute * limit.share)) : Math.min(perMinute, limit.perMinute)
}

/** The headers of datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-06, which clients know best. */
function tell(reply: FastifyReply, count: Count): void {
  if (count.isAllowed) return
  void reply.headers({ 'ratelimit-limit': count.max, 'ratelimit-remaining': count.remaining, 'ratelimit-reset': count.ttlInSeconds })
}

function holdBack(count: Count, message: string): void {
  if (!count.isAllowed && count.isExceeded) throw new Failure('TOO_MANY_REQUESTS', message, { retryAfterMs: count.ttl })
}
