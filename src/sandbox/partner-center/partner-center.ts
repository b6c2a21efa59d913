import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { CertificateStore } from '../certificates/certificate-store.ts'
import { type NextAnswers, nextAnswers } from '../next-answer.ts'
import { type RequestLog, requestLogPlugin } from '../request-log.ts'
import { type CallbackEvent, referralEvent } from './callback-event.ts'
import { type Attempt, callbackSender, type Delivery } from './callback-sender.ts'
import { type CheckToken, checkCaller } from './caller.ts'
import { PartnerCenterError, RegistrationError, refusals } from './error.ts'
import type { KeptReferral } from './new-referral.ts'
import { type Query, referralPage } from './referral-list.ts'
import { patched } from './referral-patch.ts'
import { referralStore } from './referral-store.ts'
import { sampleReferral } from './sample-referral.ts'
import type { Tampering } from './sign-callback.ts'
import { type Registration, webhookRegistration } from './webhook-registration.ts'

export interface PartnerCenterSandbox {
  url: string
  /** `url` with the path of the referrals. */
  referralsUrl: string
  /** `url` with the path of the registration for webhooks. */
  registrationUrl: string
  /** What a Microsoft seller sends: incoming, New and Pending. The sample's fields when nothing is said. */
  createReferral(draft?: object): KeptReferral
  /** What happens to a referral elsewhere, for example in the portal; the status machine holds there too. */
  updateReferral(id: string, fields: object): KeptReferral
  referral(id: string): KeptReferral | undefined
  referrals(): KeptReferral[]
  /** Says where events go, in place of the registration API. */
  register(registration: Registration): void
  /** From now on a registration without events is refused; it is taken unless told. */
  refuseEmptyRegistrations(): void
  registration(): Registration | undefined
  /** Sends any event to where events go; undefined when nobody is registered for it. */
  raise(event: CallbackEvent): Delivery | undefined
  /** What is wrong with the callbacks from now on. */
  tamper(how: Tampering | undefined): void
  deliveries(): Delivery[]
  /** The next try of any delivery, when it has ended. */
  nextAttempt(): Promise<Attempt>
  pending(): number
  /** When every delivery has ended. */
  idle(): Promise<void>
  /** How many referrals a page of a list has: 100 unless told. */
  setPageSize(size: number): void
  nextAnswers: NextAnswers
  close(): Promise<void>
}

const audiences = { referrals: 'https://api.partner.microsoft.com', registration: 'https://api.partnercenter.microsoft.com' }
const path = '/v1.0/engagements/referrals'
const registrationPath = '/webhooks/v1/registration'

/**
 * A stand-in for Partner Center: the referrals of one partner (contract V3), the registration for webhooks, and the callbacks. The two APIs
 * have hosts of their own in the real world, and here too each takes only tokens for its own audience.
 * Source: learn.microsoft.com/partner-center/developer/referral-resources and the pages beside it
 */
export async function startPartnerCenter(options: {
  checkToken: CheckToken
  certificates: CertificateStore
  log: RequestLog
  now?: () => Date
  /** Between the tries of a delivery; see callbackSender. */
  pause: (attempt: number, signal: AbortSignal) => Promise<unknown>
  maxKept?: number | undefined
}): Promise<PartnerCenterSandbox> {
  const { checkToken, certificates, log, now = () => new Date(), pause, maxKept } = options
  const answers = nextAnswers()
  const sender = callbackSender({ certificates, now, pause, maxKept })
  const store = referralStore({ now, tell: (change, { id }) => void raise(referralEvent(change, id, now())) })
  let registered: { registration: Registration; modifiedAt: Date } | undefined
  let isEmptyRefused = false
  let pageSize = 100

  function raise(event: CallbackEvent): Delivery | undefined {
    if (!registered?.registration.events.includes(event.EventName)) return undefined
    const { webhookUrl, signatureInMsHeader } = registered.registration
    return sender.send(event, { url: webhookUrl, inMsHeader: signatureInMsHeader })
  }

  function register(registration: Registration): void {
    registered = { registration, modifiedAt: now() }
  }

  const app = Fastify({ forceCloseConnections: true })
  app.register(answers.plugin)
  app.register(requestLogPlugin(log, 'partner-center'))
  app.addHook('onRequest', async (request, reply) => void reply.headers(idsFor(request)))
  // An empty body counts as none, whatever type it is said to have: a test event is asked for so.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(body.toString()))
    } catch {
      done(refusals.invalid('The body is not valid JSON.'))
    }
  })
  app.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) => {
    const known = error instanceof PartnerCenterError ? error : fromFastify(error)
    return reply.code(known.status).headers(known.headers).send(known.body())
  })
  app.setNotFoundHandler(async () => {
    throw new PartnerCenterError({ status: 404, code: 'itemNotFound', message: 'There is no such resource.' })
  })

  app.register(
    async referrals => {
      referrals.addHook('preValidation', async (request, reply) => {
        checkCaller(request, { checkToken, audience: audiences.referrals, needsUser: true })
        if (request.headers.validatemfa === 'true') reply.header('isMfaCompliant', 'true')
      })

      referrals.get<{ Querystring: Query }>('/', async ({ query }) => referralPage(store.all(), query, pageSize))

      referrals.get<{ Params: { id: string } }>('/:id', async ({ params: { id } }, reply) => answer(reply, store.get(id)))

      referrals.post('/', async ({ body }, reply) => {
        const created = store.add(checkedDraft(body), 'partner')
        reply.code(201).header('location', `https://api.partner.microsoft.com${path}/${created.id}`)
        return answer(reply, created)
      })

      referrals.patch<{ Params: { id: string } }>('/:id', async ({ params: { id }, headers, body }, reply) => {
        const after = store.change(id, before => patched(before, body), headers['if-match'])
        const wanted = [headers.prefer].flat().join(',').split(/[,;]/)
        if (wanted.some(preference => preference.trim() === 'return=representation')) return answer(reply, after)
        return reply.code(204).header('etag', after.eTag).send()
      })
    },
    { prefix: path }
  )
  app.register(
    webhookRegistration({
      registration: { get: () => registered, set: register, isEmptyRefused: () => isEmptyRefused },
      send: raise,
      now,
      checkCaller(request) {
        try {
          checkCaller(request, { checkToken, audience: audiences.registration, needsUser: false })
        } catch (error) {
          const { status, message, headers } = error as PartnerCenterError
          throw new RegistrationError(status, String(status), message, headers)
        }
      }
    }),
    { prefix: registrationPath }
  )

  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    referralsUrl: `${url}${path}`,
    registrationUrl: `${url}${registrationPath}`,
    createReferral: (draft = sampleReferral(now())) => store.add(draft, 'seller'),
    updateReferral: (id, fields) => store.change(id, before => ({ ...before, ...structuredClone(fields) })),
    referral: id => store.all().find(referral => referral.id === id.toLowerCase()),
    referrals: store.all,
    register,
    refuseEmptyRegistrations() {
      isEmptyRefused = true
    },
    registration: () => registered?.registration,
    raise,
    tamper: sender.tamper,
    deliveries: sender.deliveries,
    nextAttempt: sender.nextAttempt,
    pending: sender.pending,
    idle: sender.idle,
    setPageSize(size) {
      pageSize = size
    },
    nextAnswers: answers,
    async close() {
      await sender.close()
      await app.close()
    }
  }
}

/** Its version is in the body; the documentation of 2019 has it in a header too. */
const answer = (reply: FastifyReply, referral: KeptReferral): FastifyReply => reply.header('etag', referral.eTag).send(referral)

/** Ids that the caller gave come back; the others are made up. */
function idsFor({ headers }: FastifyRequest): Record<string, string> {
  const given = (name: string): string => [headers[name]].flat()[0] ?? randomUUID()
  return {
    'request-id': randomUUID(),
    'client-request-id': given('client-request-id'),
    'ms-requestid': given('ms-requestid'),
    'ms-correlationid': given('ms-correlationid'),
    'x-locale': 'en-US'
  }
}

/** A deal of the partner's own. Source: learn.microsoft.com/partner-center/developer/create-a-referral. */
function checkedDraft(body: unknown): object {
  const { name, type, qualification, customerProfile, status, substatus } = (body ?? {}) as Partial<KeptReferral>
  const required = { name, type, qualification, 'customerProfile/name': customerProfile?.name }
  const missing = Object.entries(required).find(([, value]) => typeof value !== 'string' || value === '')
  if (missing) throw refusals.invalid(`The ${missing[0]} field is required.`, missing[0])
  if (status !== 'New' || substatus !== 'Pending') throw refusals.invalid('A new referral must have the status New and Pending.', 'status')
  return body as object
}

function fromFastify({ statusCode = 500, message }: { statusCode?: number; message: string }): PartnerCenterError {
  const code = statusCode < 500 ? 'invalidRequest' : 'generalException'
  return new PartnerCenterError({ status: statusCode, code, message })
}
