import Fastify, { type FastifyRequest } from 'fastify'
import type { CheckedToken } from '../entra/tokens.ts'
import type { KeptReferral } from '../partner-center/new-referral.ts'
import { type RequestLog, requestLogPlugin } from '../request-log.ts'

export interface WorldOf2019 {
  /** Stands for api.partnercenter.microsoft.com, as it was. */
  url: string
  /** Where the function for certificates is said to be. */
  validationUrl: string
  close(): Promise<void>
}

/**
 * What flows of 2019 were written for: referrals under another host and path, for users who had signed in with a password only, and written
 * back whole; and the function that looks at a callback's certificate. It sees no body, so it says OK to whoever asks, as the published one
 * did to anybody who named a certificate of Microsoft's.
 */
export async function startWorldOf2019(options: {
  log: RequestLog
  checkToken: (token: string) => CheckedToken | undefined
  referral: (id: string) => KeptReferral | undefined
  updateReferral: (id: string, fields: object) => KeptReferral
}): Promise<WorldOf2019> {
  const { log, checkToken, referral, updateReferral } = options
  const app = Fastify({ forceCloseConnections: true })
  app.register(requestLogPlugin(log, 'partner-center'))
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) => done(null, undefined))

  const isCaller = ({ headers }: FastifyRequest): boolean => {
    const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1]
    const checked = token === undefined ? undefined : checkToken(token)
    return checked?.user !== undefined && checked.audience === 'https://api.partnercenter.microsoft.com'
  }
  const path = '/engagements/v1/referrals/:id'
  app.get<{ Params: { id: string } }>(path, async (request, reply) => {
    if (!isCaller(request)) return reply.code(401).send({ code: 'unauthenticated' })
    const found = referral(request.params.id)
    return found ? reply.header('etag', found.eTag).send(found) : reply.code(404).send({ code: 'itemNotFound' })
  })
  app.put<{ Params: { id: string } }>(path, async (request, reply) => {
    if (!isCaller(request)) return reply.code(401).send({ code: 'unauthenticated' })
    return referral(request.params.id)
      ? updateReferral(request.params.id, request.body as object)
      : reply.code(404).send({ code: 'itemNotFound' })
  })
  app.post('/validate-certificate', async () => 'OK')

  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, validationUrl: `${url}/validate-certificate`, close: () => app.close() }
}
