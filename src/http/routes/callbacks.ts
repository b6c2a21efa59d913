import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Counter, type Registry } from 'prom-client'
import type { VerifiedCallback } from '../../callback/verify-callback.ts'
import { Failure } from '../../failure.ts'
import type { Inbox, JobHint } from '../../ports.ts'
import { isRelatedEvent, type ReferralEvent } from '../../schemas/callback.ts'
import { referralEventNames } from '../../schemas/subscription.ts'
import type { NewTimelineEntry } from '../../schemas/timeline.ts'
import { addressKey } from '../address-key.ts'
import type { CallbackDoor } from '../callback-door.ts'
import type { Validate } from '../ports.ts'
import { rawCallback } from '../raw-callback.ts'
import type { App } from '../type-provider.ts'

const dayMs = 24 * 60 * 60 * 1000
const knownNames: ReadonlySet<string> = new Set(referralEventNames)

export interface ReceiverPorts {
  validate: Validate
  inbox: Pick<Inbox, 'accept'>
  /** Tells the workers of this process that there is something to do. */
  wake: () => void
  now: () => Date
  door: CallbackDoor
}

export interface ReceiverOptions {
  registry: Registry
  callbackDays: number
  callbacksPerMinute: number
  /** Whether a referral is queued for this service to bring in step. Subscriptions are told of its events either way. */
  queuesReferrals: boolean
}

type Outcome = 'accepted' | 'seen' | 'unrelated' | 'replayed'

/**
 * Where Partner Center posts its events: proven over the raw bytes where they arrive, stored with all that is to be done, and only then
 * answered with 200. The sender proves itself by its signature. An event that came before, which Partner Center's ten tries and any captured
 * request are, is answered with 200 too and changes nothing; so are events that concern no referral and those of unknown names.
 * Source: learn.microsoft.com/partner-center/developer/partner-center-webhooks
 */
export function callbackRoutes(
  app: App,
  { validate, inbox, wake, now, door }: ReceiverPorts,
  { registry, callbackDays, callbacksPerMinute, queuesReferrals }: ReceiverOptions
): void {
  const outcomes = new Counter({
    name: 'referral_connector_callbacks_total',
    help: 'Proven callbacks by what became of them.',
    labelNames: ['outcome'],
    registers: [registry]
  })

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', door.read)
  const byAddress = app.createRateLimit({
    max: callbacksPerMinute,
    timeWindow: 60_000,
    keyGenerator: request => `callback ${addressKey(request.ip)}`
  })

  app.post(
    '/callbacks',
    {
      schema: { hide: true, operationId: 'ReceiveCallback' },
      // Before the body is read: what is shed costs next to nothing.
      async onRequest(request) {
        const limit = await byAddress(request)
        if (!limit.isAllowed && limit.isExceeded)
          throw new Failure('TOO_MANY_REQUESTS', 'Too many callbacks from this address.', { retryAfterMs: limit.ttl })
        door.check(request)
      }
    },
    async request => {
      const outcome = await door.judge(request, async () => {
        const callback = rawCallback(request)
        return await receive(await validate(callback, 'exact'), callback.body, request)
      })
      outcomes.inc({ outcome })
      return {}
    }
  )

  async function receive({ event, signer }: VerifiedCallback, body: Uint8Array, { id, log }: FastifyRequest): Promise<Outcome> {
    const fields = { correlationId: id, eventName: event.name, referralId: event.referralId }
    if (isOlderThan(event, new Date(now().getTime() - callbackDays * dayMs))) {
      log.warn(fields, 'A callback of long ago came again and was left alone.')
      return 'replayed'
    }
    const hints = hintsFor(event, id)
    const result = await inbox.accept({
      bodyHash: createHash('sha256').update(body).digest('hex'),
      event,
      hints: queuesReferrals ? hints : [],
      entries: hints.length === 0 ? [] : entriesFor(event, { correlationId: id, bytes: body.length, signer }),
      correlationId: id
    })
    if (result === 'new') wake()
    if (hints.length === 0)
      log.info(
        fields,
        `A callback ${event.referralId === undefined ? 'that concerns no referral' : 'of an unknown event'} was acknowledged.`
      )
    return result === 'seen' ? 'seen' : hints.length === 0 ? 'unrelated' : 'accepted'
  }
}

/** None for an event that Partner Center may have one day: what it would want done is not known. */
function hintsFor({ name, referralId }: ReferralEvent, correlationId: string): JobHint[] {
  if (referralId === undefined || !knownNames.has(name.toLowerCase())) return []
  return [{ kind: 'referral', subject: referralId, origin: isRelatedEvent(name) ? 'related' : 'callback', correlationId }]
}

function entriesFor(
  { name, referralId, changedAt }: ReferralEvent,
  { correlationId, bytes, signer }: { correlationId: string; bytes: number; signer: VerifiedCallback['signer'] }
): NewTimelineEntry[] {
  if (referralId === undefined) return []
  const about = { referralId, correlationId }
  const text = `The callback ${name} arrived.`
  return [
    { ...about, kind: 'received', text, facts: { event: name, bytes: String(bytes), ...(changedAt !== undefined && { changedAt }) } },
    { ...about, kind: 'verified', text: 'Its signature holds.', facts: { signer: signer.subject, thumbprint: signer.thumbprint } }
  ]
}

/** How long a stored callback is remembered is how far back a new one may reach: a captured request is no use after that. */
function isOlderThan({ changedAt }: ReferralEvent, limit: Date): boolean {
  const at = Date.parse(changedAt ?? '')
  return !Number.isNaN(at) && at < limit.getTime()
}
