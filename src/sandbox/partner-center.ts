import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyRequest } from 'fastify'
import type { Referral } from '../schemas/referral.ts'
import { callbackSender, type Delivery, type Registration, type Tampering } from './callback-sender.ts'
import type { SigningChain } from './certificate-authority.ts'
import type { CheckedToken } from './entra-tokens.ts'
import { type NextAnswers, nextAnswers } from './next-answer.ts'
import { PartnerCenterError, refuse } from './partner-center-error.ts'
import { filterFrom } from './partner-center-filter.ts'
import { type Operation, referralStore } from './partner-center-referrals.ts'
import { webhookRoutes } from './partner-center-webhooks.ts'
import { type RequestLog, requestLogPlugin } from './request-log.ts'
import { sampleReferral } from './sample-referral.ts'

export interface PartnerCenterSandbox {
  /** The address of the referrals. */
  url: string
  /** The address of the registration API's host. */
  origin: string
  /** A referral that a Microsoft seller sends, the sample when there is no draft. Its event goes out at once. */
  createReferral(draft?: object): Referral
  referral(referralId: string): Referral | undefined
  /** As background processing does: the content stays, the ETag moves on. */
  touch(referralId: string): Referral
  register(registration: { webhookUrl: string; events: string[]; signatureInMsHeader: boolean }): void
  /** Forges every callback from now on; `certificate` also makes the certificate store serve the forger's. */
  tamper(kind: Tampering | undefined): Promise<void>
  deliveries: Delivery[]
  /** Settles when no callback is under way. */
  idle(): Promise<void>
  nextAnswers: NextAnswers
  close(): Promise<void>
}

const audiences = { referrals: 'https://api.partner.microsoft.com', webhooks: 'https://api.partnercenter.microsoft.com' }
const base = '/v1.0/engagements/referrals'

/** A stand-in for Partner Center: the Partner API's referrals, the webhook registration, and the sender of callbacks. */
export async function startPartnerCenter(options: {
  checkToken: (token: string) => CheckedToken | undefined
  log: RequestLog
  now: () => Date
  chain: SigningChain
  /** What a forger has: a chain of the same names with keys of its own, which the store then serves. */
  forge: () => Promise<SigningChain>
  pageSize?: number
}): Promise<PartnerCenterSandbox> {
  const { checkToken, log, now, chain, forge, pageSize = 100 } = options
  let signingKey = chain.leafKey
  const sender = callbackSender({ signingKey: () => signingKey })
  const store = referralStore({
    now,
    changed: (eventName, { id }) => {
      const registration = webhooks.registration()
      if (!registration?.webhookEvents.includes(eventName)) return
      const resourceUri = `https://api.partnercenter.microsoft.com/engagements/v1/referrals/${id}`
      sender.send({ eventName, resourceUri, resourceName: 'referral', changedAt: now() }, registration)
    }
  })

  const answers = nextAnswers()
  const app = Fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: 500 } })
  app.register(answers.plugin)
  app.register(requestLogPlugin(log, 'partner-center'))
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(body.toString()))
    } catch {
      done(refuse.invalid('The body is not valid JSON.'))
    }
  })
  app.addHook('onRequest', async (request, reply) => {
    const id = randomUUID()
    const given = request.headers['client-request-id']
    void reply.headers({
      'request-id': id,
      'client-request-id': given ?? id,
      'ms-correlationid': request.headers['ms-correlationid'] ?? id
    })
    authorize(request, checkToken)
  })
  app.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) => {
    const known =
      error instanceof PartnerCenterError ? error : new PartnerCenterError(error.statusCode ?? 500, 'generalException', error.message)
    if (known.status === 401) void reply.header('www-authenticate', `Bearer error="invalid_token", error_description="${known.message}"`)
    return reply.code(known.status).send(known.body)
  })
  app.setNotFoundHandler(() => {
    throw refuse.notFound()
  })

  app.get<{ Querystring: Record<string, string> }>(base, async ({ query }) => page(store.all(), query, pageSize))
  app.post(base, async ({ body }, reply) => {
    const created = store.post(typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {})
    return reply.code(201).send(created)
  })
  app.get<{ Params: { id: string } }>(`${base}/:id`, async ({ params }) => store.get(params.id) ?? notFound())
  app.patch<{ Params: { id: string } }>(`${base}/:id`, async ({ params, body, headers }, reply) => {
    if (!Array.isArray(body) || body.length === 0) throw refuse.invalid('The body must be a JSON Patch document.')
    const patched = store.patch(params.id, body as Operation[], headers['if-match'])
    return headers.prefer === 'return=representation' ? patched : reply.code(204).send()
  })
  const webhooks = webhookRoutes(app, {
    now,
    sendTest(registration: Registration, resourceUri: string) {
      sender.send({ eventName: 'test-created', resourceUri, resourceName: 'test', changedAt: now() }, registration)
      return sender.deliveries.at(-1) as Delivery
    }
  })

  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    url: `${origin}${base}`,
    origin,
    createReferral: draft => store.receive(draft ?? sampleReferral(now())),
    referral: id => store.get(id),
    touch: id => store.touch(id),
    register: ({ webhookUrl, events, signatureInMsHeader }) =>
      webhooks.register({ webhookUrl, webhookEvents: events, signatureTokenToMsSignatureHeader: signatureInMsHeader }),
    async tamper(kind) {
      if (kind === 'certificate') signingKey = (await forge()).leafKey
      sender.tamper(kind)
    },
    deliveries: sender.deliveries,
    idle: sender.idle,
    nextAnswers: answers,
    async close() {
      await app.close()
      await sender.idle()
    }
  }
}

/** Only App+User tokens with a second factor, and only of the audience that belongs to the address. */
function authorize({ headers, url }: FastifyRequest, checkToken: (token: string) => CheckedToken | undefined): void {
  if (url.startsWith('/sandbox/')) return
  const audience = url.startsWith('/webhooks/') ? audiences.webhooks : audiences.referrals
  const token = checkToken(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '')
  if (token?.audience !== audience)
    throw new PartnerCenterError(401, 'unauthenticated', 'The token is missing, expired or meant for another audience.')
  if (audience === audiences.webhooks) return
  if (token.user === undefined) throw new PartnerCenterError(403, 'accessDenied', 'App only tokens are not supported.')
  if (!token.mfa) throw new PartnerCenterError(401, '900421', 'MFA required')
}

function page(all: Referral[], query: Record<string, string>, pageSize: number): object {
  const test = query.$filter === undefined ? () => true : filterFrom(query.$filter)
  const found = sorted(all.filter(test), query.$orderby ?? 'createdDateTime asc')
  const from = wholeNumber(query.$skiptoken ?? query.$skip, '$skip', 0)
  const top = wholeNumber(query.$top, '$top', pageSize)
  const value = found.slice(from, from + Math.min(top, pageSize))
  const isMore = query.$top === undefined && from + value.length < found.length
  return {
    '@odata.context': 'http://api.partner.microsoft.com/v1.0/$metadata#Referrals',
    ...(query.$count === 'true' && { '@odata.count': found.length }),
    value,
    // As the documentation shows it: plain http, another path. Nobody may follow it with a token.
    ...(isMore && { '@odata.nextLink': `http://api.partner.microsoft.com/v1.0/referrals?$skiptoken=${from + value.length}` })
  }
}

function sorted(referrals: Referral[], orderBy: string): Referral[] {
  const [field = '', direction = 'asc'] = orderBy.split(' ')
  if (field !== 'createdDateTime' && field !== 'updatedDateTime')
    throw refuse.invalid('Referrals can be ordered by createdDateTime and updatedDateTime.', '$orderby')
  const sign = direction === 'desc' ? -1 : 1
  return referrals.sort((a, b) => sign * String(a[field]).localeCompare(String(b[field])))
}

function wholeNumber(text: string | undefined, name: string, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,9}$/.test(text)) throw refuse.invalid(`${name} is not a whole number.`, name)
  return Number(text)
}

function notFound(): never {
  throw refuse.notFound()
}
