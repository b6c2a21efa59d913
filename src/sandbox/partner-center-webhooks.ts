import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Delivery, Registration } from './callback-sender.ts'

export const webhookEvents = [
  'test-created',
  'subscription-updated',
  'usagerecords-thresholdExceeded',
  'referral-created',
  'referral-updated',
  'related-referral-created',
  'related-referral-updated'
]

/** Errors of api.partnercenter.microsoft.com have another form than those of the Partner API (REST error codes). */
const error = (code: number, description: string): object => ({ code, description, data: [], source: 'PartnerCenter' })

interface Options {
  now: () => Date
  sendTest: (registration: Registration, resourceUri: string) => Delivery
}

/** The registration API: one registration for a tenant, test events at two a minute, their results by correlation id. */
export function webhookRoutes(app: FastifyInstance, { now, sendTest }: Options) {
  const subscriberId = randomUUID()
  const tests = new Map<string, Delivery>()
  let registration: (Registration & { lastModifiedTimestamp: string }) | undefined
  let testTimes: number[] = []
  const base = '/webhooks/v1/registration'

  const register = (wanted: Partial<Registration>): void => {
    registration = {
      webhookUrl: String(wanted.webhookUrl ?? ''),
      webhookEvents: wanted.webhookEvents ?? [],
      signatureTokenToMsSignatureHeader: String(wanted.signatureTokenToMsSignatureHeader) === 'true',
      lastModifiedTimestamp: now().toISOString()
    }
  }
  /** Names are matched without case: the documentation writes them both ways. */
  const wantedFrom = (body: unknown): Partial<Registration> | undefined => {
    const lower = Object.fromEntries(Object.entries((body ?? {}) as object).map(([name, value]) => [name.toLowerCase(), value]))
    const events: unknown = lower.webhookevents
    if (typeof lower.webhookurl !== 'string' || !URL.canParse(lower.webhookurl) || !Array.isArray(events)) return undefined
    if (events.some(event => !webhookEvents.includes(event))) return undefined
    return {
      webhookUrl: lower.webhookurl,
      webhookEvents: events,
      signatureTokenToMsSignatureHeader: lower.signaturetokentomssignatureheader
    }
  }
  const answer = (): object => ({
    SubscriberId: subscriberId,
    WebhookUrl: registration?.webhookUrl,
    WebhookEvents: registration?.webhookEvents
  })

  app.get(`${base}/events`, async () => webhookEvents)
  app.get(base, async (_request, reply) => registration ?? reply.code(404).send(error(600009, 'There is no registration.')))
  app.post(base, async ({ body }, reply) => {
    if (registration)
      return reply.code(409).send(error(600042, 'Registration already exists, use the PUT method to update a registration.'))
    const wanted = wantedFrom(body)
    if (!wanted) return reply.code(400).send(error(600001, 'The registration is not valid.'))
    register(wanted)
    return answer()
  })
  app.put(base, async ({ body }, reply) => {
    const wanted = wantedFrom(body)
    if (!wanted) return reply.code(400).send(error(600001, 'The registration is not valid.'))
    if (!registration) return reply.code(404).send(error(600009, 'There is no registration.'))
    register(wanted)
    return answer()
  })
  app.post(`${base}/validationEvents`, async (_request, reply) => {
    const at = now().getTime()
    testTimes = testTimes.filter(time => time > at - 60_000)
    if (testTimes.length >= 2)
      return reply
        .code(429)
        .header('retry-after', '57')
        .send({ statusCode: 429, message: 'Rate limit is exceeded. Try again in 57 seconds.' })
    if (!registration?.webhookEvents.includes('test-created'))
      return reply.code(400).send(error(600002, 'The event test-created is not registered.'))
    testTimes.push(at)
    const correlationId = randomUUID()
    tests.set(correlationId, sendTest(registration, `http://api.partnercenter.microsoft.com${base}/validationEvents/${correlationId}`))
    return { correlationId }
  })
  app.get<{ Params: { correlationId: string } }>(`${base}/validationEvents/:correlationId`, async ({ params }, reply) => {
    const delivery = tests.get(params.correlationId)
    if (!delivery) return reply.code(404).send(error(600009, 'There is no such test.'))
    return {
      correlationId: params.correlationId,
      partnerId: subscriberId,
      status: delivery.outcome === 'under way' ? 'inProgress' : 'completed',
      callbackUrl: delivery.url,
      results: delivery.attempts.map(({ status }) => ({
        responseCode: status === 200 ? 'OK' : String(status),
        responseMessage: '',
        systemError: status === 0,
        dateTimeUtc: now().toISOString()
      }))
    }
  })
  return { register, registration: () => registration }
}
