import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { type CallbackEvent, eventNames, testEvent } from './callback-event.ts'
import type { Delivery } from './callback-sender.ts'
import { RegistrationError } from './error.ts'

/** Where a partner's events go; there is one for each tenant. */
export interface Registration {
  webhookUrl: string
  events: string[]
  signatureInMsHeader: boolean
}

/** `send` gives undefined when nobody is registered for the event. */
interface Options {
  registration: {
    get(): { registration: Registration; modifiedAt: Date } | undefined
    set(registration: Registration): void
    /** Whether an empty list of events is refused: it would be a way to register for nothing, and nobody has written down whether it works. */
    isEmptyRefused(): boolean
  }
  send: (event: CallbackEvent) => Delivery | undefined
  checkCaller: (request: FastifyRequest) => void
  now: () => Date
}

const testsPerMinute = 2
/** «Validation results are deleted after seven days.» */
const testsKeptMs = 7 * 24 * 60 * 60 * 1000

/**
 * The registration API under /webhooks/v1: which events go where, and test events. There is no way to delete a registration.
 * Source: learn.microsoft.com/partner-center/developer/partner-center-webhooks
 */
export function webhookRegistration({ registration, send, checkCaller, now }: Options): FastifyPluginAsync {
  const subscriberId = randomUUID()
  const tests = new Map<string, { delivery: Delivery; sentAt: number }>()
  let sentAt: number[] = []

  function store(body: unknown): object {
    const wanted = registrationFrom(body)
    if (wanted.events.length === 0 && registration.isEmptyRefused())
      throw new RegistrationError(400, '2006', 'WebhookEvents must not be empty.')
    registration.set(wanted)
    const { webhookUrl, events } = current().registration
    return { SubscriberId: subscriberId, WebhookUrl: webhookUrl, WebhookEvents: events }
  }

  function current(): { registration: Registration; modifiedAt: Date } {
    const found = registration.get()
    if (!found) throw new RegistrationError(404, '2000', 'Registration not found.')
    return found
  }

  function throttle(): void {
    const at = now().getTime()
    sentAt = sentAt.filter(time => time > at - 60_000)
    const [first = at] = sentAt
    const seconds = Math.ceil((first + 60_000 - at) / 1000)
    if (sentAt.length >= testsPerMinute) throw new TooManyTests(seconds)
    sentAt.push(at)
  }

  return async app => {
    app.addHook('preValidation', async request => checkCaller(request))
    app.setErrorHandler(async (error: Error & { status?: number; statusCode?: number }, _request, reply) => {
      if (error instanceof TooManyTests) return reply.code(429).header('retry-after', error.seconds).send(error.body())
      const known =
        error instanceof RegistrationError ? error : new RegistrationError(error.status ?? error.statusCode ?? 500, '2001', error.message)
      return reply.code(known.status).headers(known.headers).send(known.body())
    })

    app.get('/events', async () => eventNames)
    app.get('/', async () => {
      const {
        registration: { webhookUrl, events, signatureInMsHeader },
        modifiedAt
      } = current()
      return {
        WebhookUrl: webhookUrl,
        WebhookEvents: events,
        SignatureTokenToMsSignatureHeader: signatureInMsHeader,
        LastModifiedTimestamp: modifiedAt.toISOString()
      }
    })
    app.post('/', async ({ body }) => {
      if (registration.get()) {
        throw new RegistrationError(409, '2002', 'Registration already exists, use the PUT method to update a registration.')
      }
      return store(body)
    })
    app.put('/', async ({ body }) => {
      current()
      return store(body)
    })

    app.post('/validationEvents', async () => {
      throttle()
      const correlationId = randomUUID()
      const delivery = current().registration.events.includes('test-created') && send(testEvent(correlationId, now()))
      if (!delivery) throw new RegistrationError(400, '2003', 'The registration does not include the event test-created.')
      tests.set(correlationId, { delivery, sentAt: now().getTime() })
      return { correlationId }
    })
    app.get<{ Params: { correlationId: string } }>('/validationEvents/:correlationId', async ({ params: { correlationId } }) => {
      const { delivery, sentAt: at } = tests.get(correlationId) ?? {}
      if (!delivery || at === undefined || now().getTime() - at > testsKeptMs)
        throw new RegistrationError(404, '2004', 'The validation event was not found.')
      return {
        correlationId,
        partnerId: subscriberId,
        // The documentation names no other status than completed.
        status: delivery.state === 'trying' ? 'pending' : 'completed',
        callbackUrl: delivery.url,
        results: delivery.attempts.map(({ status, answer, at }) => ({
          responseCode: nameOf(status),
          responseMessage: status === 0 ? answer : '',
          systemError: status === 0,
          dateTimeUtc: at.toISOString()
        }))
      }
    })
  }
}

/** The documentation writes the fields in Pascal case, the published contract in camel case: both are understood. */
function registrationFrom(body: unknown): Registration {
  const fields = Object.fromEntries(Object.entries(body ?? {}).map(([name, value]) => [name.toLowerCase(), value as unknown]))
  const { webhookurl: webhookUrl, webhookevents: events, signaturetokentomssignatureheader: inMsHeader } = fields
  if (typeof webhookUrl !== 'string' || !/^https?:\/\//i.test(webhookUrl) || !URL.canParse(webhookUrl)) {
    throw new RegistrationError(400, '2005', 'WebhookUrl must be an absolute URL.')
  }
  if (!Array.isArray(events) || events.some(name => !eventNames.includes(name))) {
    throw new RegistrationError(400, '2006', 'WebhookEvents must be a list of supported events.')
  }
  return { webhookUrl, events, signatureInMsHeader: inMsHeader === true || inMsHeader === 'true' }
}

/** The name of the status as .NET's HttpStatusCode has it: `OK`, `BadRequest`. */
const nameOf = (status: number): string => (STATUS_CODES[status] ?? '').replace(/[^A-Za-z]/g, '')

/** Throttling is answered by the gateway, in its own form. Source: learn.microsoft.com/partner-center/developer/api-throttling-guidance. */
class TooManyTests extends Error {
  readonly seconds: number
  constructor(seconds: number) {
    super(`Rate limit is exceeded. Try again in ${seconds} seconds.`)
    this.seconds = seconds
  }
  body(): object {
    return { statusCode: 429, message: this.message }
  }
}
