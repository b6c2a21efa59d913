import { randomBytes, randomUUID } from 'node:crypto'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { type NextAnswers, nextAnswers } from '../next-answer.ts'
import { type RequestLog, requestLogPlugin } from '../request-log.ts'
import type { Form } from './credential.ts'
import { type Application, type Directory, entraDirectory, type SandboxUser } from './directory.ts'
import { type AadstsNumber, EntraError } from './error.ts'
import { grant } from './grants.ts'
import { type ManagedIdentity, managedIdentity } from './managed-identity.ts'
import { baseClaims, type CheckedToken, type Claims, isGuid, type TokenIssuer, tokenIssuer } from './tokens.ts'
import { bodyOfVersion1, formOfVersion2 } from './version-1.ts'

/** What came of one token request, without any secret. */
export interface TokenRequest {
  grantType: string
  clientId: string
  scope: string
  outcome: 'issued' | AadstsNumber
  /** Whether the refresh token had been redeemed before. */
  isRefreshTokenReused: boolean
}

export interface EntraSandbox {
  url: string
  tenantId: string
  /** An application with a secret and, for the default user, a refresh token from a sign-in with MFA. */
  clientId: string
  clientSecret: string
  refreshToken: string
  users: SandboxUser[]
  /** The system-assigned and user-assigned identities of a make-believe App Service. */
  managedIdentity: Omit<ManagedIdentity, 'plugin'>
  jwks: TokenIssuer['jwks']
  nextAnswers: NextAnswers
  /** What was asked of the token endpoint, in order. */
  tokenRequests(): TokenRequest[]
  /** The token's claims when it is one of ours and valid now. The audience is for the caller to judge. */
  checkToken(token: string): CheckedToken | undefined
  /** A token with these claims, for trying what a system does with it; the rest is as for an application. */
  issueToken(claims: Partial<Claims>): string
  /** A refresh token of a user who has signed in with a browser. */
  issueRefreshToken(of?: { username?: string; amr?: string[] }): string
  /** Another app registration, or other credentials for the same. */
  registerApplication: Directory['register']
  application(clientId?: string): Application
  setTokenLifetime(seconds: number): void
  /** Whether a refresh token that was redeemed once is refused afterwards. */
  refuseReusedRefreshTokens(isRefused: boolean): void
  /** As after 90 days without use, or after a reset of the user's password. */
  endRefreshTokens(how: 'expired' | 'revoked'): void
  /** Answers the next token requests 429 with Retry-After. */
  throttle(retryAfterSeconds: number, times?: number): void
  close(): Promise<void>
}

const defaultUsers: SandboxUser[] = [
  { username: 'referrals@contoso-partner.onmicrosoft.com', password: 'Sandbox-needs-MFA-1', needsMfa: true },
  { username: 'legacy@contoso-partner.onmicrosoft.com', password: 'Sandbox-password-1' }
]

/** A stand-in for login.microsoftonline.com with one tenant: v2.0 token endpoint, metadata, keys, and a managed identity's endpoint. */
export async function startEntra(options: { log: RequestLog; now?: () => Date; users?: SandboxUser[] }): Promise<EntraSandbox> {
  const { log, now = () => new Date(), users = defaultUsers } = options
  const directory = entraDirectory({ users, now })
  const { tenantId } = directory
  const issuer = await tokenIssuer({ tenantId, now })
  const answers = nextAnswers()
  const tokenRequests: TokenRequest[] = []
  const clientSecret = randomBytes(30).toString('base64url')
  const { clientId } = directory.register({ secret: clientSecret })
  let lifetimeSeconds = 3599
  let isReuseRefused = false

  const identity = managedIdentity({ directory, issuer, lifetimeSeconds: () => lifetimeSeconds, now })
  const app = Fastify({ forceCloseConnections: true })
  app.register(answers.plugin)
  app.register(requestLogPlugin(log, 'entra'))
  app.register(identity.plugin)
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body.toString())))
  )

  app.setErrorHandler(async (error: Error, request, reply) => {
    if (!(error instanceof EntraError)) throw error
    const correlationId = correlate(request, reply)
    const body = error.body({ traceId: randomUUID(), correlationId, now: now() })
    return reply.code(error.status).send(body)
  })

  app.post<{ Params: { tenant: string } }>('/:tenant/oauth2/v2.0/token', async (request, reply) =>
    issue(request, reply, { form: formOf(request), shape: body => body })
  )

  // Version 1.0, which programs from before 2019 still use. At `common` it takes the users of every tenant, and here there is one.
  app.post<{ Params: { tenant: string } }>('/:tenant/oauth2/token', async (request, reply) => {
    const form = formOf(request)
    const shape = (body: Record<string, unknown>) => bodyOfVersion1(body, form.resource, now())
    return issue(request, reply, { form: formOfVersion2(form), shape, isCommonTaken: true })
  })

  async function issue(
    request: FastifyRequest<{ Params: { tenant: string } }>,
    reply: FastifyReply,
    how: { form: Form; shape: (body: Record<string, unknown>) => object; isCommonTaken?: true }
  ): Promise<FastifyReply> {
    const form = { ...basicCredential(request.headers.authorization), ...how.form }
    const record = { grantType: form.grant_type ?? '', clientId: form.client_id ?? '', scope: form.scope ?? '' }
    try {
      if (!how.isCommonTaken || request.params.tenant !== 'common') checkTenant(request.params.tenant)
      const granted = grant(form, { directory, issuer, lifetimeSeconds, isReuseRefused, now: now() })
      tokenRequests.push({ ...record, outcome: 'issued', isRefreshTokenReused: granted.isRefreshTokenReused })
      correlate(request, reply)
      return reply.headers({ 'cache-control': 'no-store, no-cache', pragma: 'no-cache' }).send(how.shape(granted.body))
    } catch (error) {
      if (error instanceof EntraError) {
        const token = directory.refreshTokens.find(({ token }) => token === form.refresh_token)
        tokenRequests.push({ ...record, outcome: error.number, isRefreshTokenReused: (token?.redemptions ?? 0) > 0 })
      }
      throw error
    }
  }

  app.get<{ Params: { tenant: string } }>('/:tenant/v2.0/.well-known/openid-configuration', async ({ params: { tenant } }) => {
    checkTenant(tenant)
    return {
      issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`,
      authorization_endpoint: `${url}/${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `${url}/${tenant}/oauth2/v2.0/token`,
      jwks_uri: `${url}/${tenant}/discovery/v2.0/keys`,
      end_session_endpoint: `${url}/${tenant}/oauth2/v2.0/logout`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access']
    }
  })

  app.get<{ Params: { tenant: string } }>('/:tenant/discovery/v2.0/keys', async ({ params: { tenant } }) => {
    if (tenant !== 'common') checkTenant(tenant)
    return issuer.jwks
  })

  const url = await app.listen({ host: '127.0.0.1', port: 0 })

  function checkTenant(tenant: string): void {
    if (!directory.isTenant(tenant)) throw new EntraError(90002, tenant)
  }

  const issueRefreshToken: EntraSandbox['issueRefreshToken'] = ({ username = users[0]?.username ?? '', amr = ['pwd', 'mfa'] } = {}) =>
    directory.issueRefreshToken({ clientId, username, amr }).token

  return {
    url,
    tenantId,
    clientId,
    clientSecret,
    refreshToken: issueRefreshToken(),
    users,
    managedIdentity: { ...identity, endpoint: `${url}${identity.endpoint}` },
    jwks: issuer.jwks,
    nextAnswers: answers,
    tokenRequests: () => [...tokenRequests],
    checkToken: issuer.check,
    issueToken({ aud: audience = '', ...claims }) {
      const base = baseClaims({ tenantId, appId: clientId, audience, lifetimeSeconds, now: now() })
      const { objectId } = application()
      return issuer.sign({ ...base, oid: objectId, sub: objectId, idtyp: 'app', ...claims })
    },
    issueRefreshToken,
    registerApplication: directory.register,
    application,
    setTokenLifetime(seconds) {
      lifetimeSeconds = seconds
    },
    refuseReusedRefreshTokens(isRefused) {
      isReuseRefused = isRefused
    },
    endRefreshTokens(how) {
      for (const refreshToken of directory.refreshTokens) refreshToken.state = how
    },
    throttle(retryAfterSeconds, times = 1) {
      const body = new EntraError(90033).body({ traceId: randomUUID(), correlationId: randomUUID(), now: now() })
      const isTokenRequest = (request: FastifyRequest): boolean => /\/token(\?|$)/.test(request.url)
      answers.next({ status: 429, headers: { 'retry-after': String(retryAfterSeconds) }, body, times }, isTokenRequest)
    },
    close: () => app.close()
  }

  function application(id = clientId): Application {
    const found = directory.application(id)
    if (!found) throw new Error(`No application ${id} is registered.`)
    return found
  }
}

/** Entra ID takes over the caller's correlation id, and tells it back on request. */
function correlate(request: FastifyRequest, reply: FastifyReply): string {
  const { 'client-request-id': given, 'return-client-request-id': isWanted } = request.headers
  const correlationId = typeof given === 'string' && isGuid(given) ? given : randomUUID()
  reply.header('x-ms-request-id', randomUUID())
  if (isWanted === 'true') reply.header('client-request-id', correlationId)
  return correlationId
}

/** Only a form is read; other bodies count as empty. */
const formOf = ({ headers, body }: FastifyRequest): Form =>
  headers['content-type']?.startsWith('application/x-www-form-urlencoded') ? (body as Form) : {}

function basicCredential(authorization: string | undefined): Form {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return {}
  // RFC 6749, section 2.3.1: both parts are encoded as in a form.
  const [id, secret] = Buffer.from(encoded, 'base64').toString().split(/:(.*)/s)
  const form = new URLSearchParams(`id=${id}&secret=${secret}`)
  return { client_id: form.get('id') ?? '', client_secret: form.get('secret') ?? '' }
}
