import { randomBytes, randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { ProviderError } from './error.ts'

/** What a person does with a code: confirms it, declines it, or lets it be. */
export type Decision = 'confirm' | 'decline' | 'ignore'

export interface SignIn {
  oid: string
  username: string
  /** From now on. */
  decide(decision: Decision): void
  setTokenLifetime(seconds: number): void
  /** As after a reset of the password: nothing that was issued is good any more. */
  revoke(): void
  /** The oid of the user. @throws ProviderError 401 for a token that is not ours, not for this resource or past its end */
  check(authorization: string | undefined): string
  routes(app: FastifyInstance): void
}

interface Issued {
  resource: string
  clientId: string
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const audiences = ['https://service.powerapps.com/', 'https://service.powerapps.com']
const codeLifetimeSeconds = 900

/**
 * A stand-in for the device code flow of Entra ID, versions 1.0 and 2.0, with one user.
 * Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code; adal 1.2.7 for version 1.0
 */
export function signInSandbox(options: { now: () => Date; intervalSeconds: number; pendingPolls: number; place: () => string }): SignIn {
  const { now, intervalSeconds, pendingPolls, place } = options
  const [oid, tenantId, username] = [randomUUID(), randomUUID(), 'maker@contoso-partner.onmicrosoft.com']
  const codes = new Map<string, Issued & { polls: number; endsAt: number }>()
  const accessTokens = new Map<string, Issued & { endsAt: number }>()
  const refreshTokens = new Map<string, Issued>()
  let decision: Decision = 'confirm'
  let lifetimeSeconds = 3599

  function issue({ resource, clientId }: Issued, isV2: boolean): object {
    const claims = { aud: resource, oid, tid: tenantId, upn: username, given_name: 'Alex', family_name: 'Maker' }
    const accessToken = jwt(claims)
    const refreshToken = `0.${randomBytes(60).toString('base64url')}`
    const expiresOn = Math.floor(now().getTime() / 1000) + lifetimeSeconds
    accessTokens.set(accessToken, { resource, clientId, endsAt: expiresOn * 1000 })
    refreshTokens.set(refreshToken, { resource, clientId })
    const common = {
      token_type: 'Bearer',
      access_token: accessToken,
      refresh_token: refreshToken,
      id_token: jwt({ ...claims, aud: clientId })
    }
    // Version 1.0 sends numbers as text.
    return isV2
      ? { ...common, scope: `${resource}/.default`, expires_in: lifetimeSeconds, ext_expires_in: lifetimeSeconds }
      : { ...common, scope: 'user_impersonation', expires_in: String(lifetimeSeconds), expires_on: String(expiresOn), resource }
  }

  function askedFor(form: Form, isV2: boolean): Issued {
    const { client_id: clientId = '' } = form
    if (!guid.test(clientId))
      throw new OauthError('invalid_request', 900144, "The request body must contain the following parameter: 'client_id'.")
    const resource = isV2 ? form.scope?.split(' ')[0]?.replace(/\/\.default$/, '') : form.resource
    if (!resource || !URL.canParse(resource))
      throw new OauthError('invalid_resource', 50001, `The resource principal named ${resource ?? ''} was not found in the tenant.`)
    return { resource, clientId }
  }

  function redeemCode(form: Form, isV2: boolean): object {
    const code = (isV2 ? form.device_code : form.code) ?? ''
    const asked = codes.get(code)
    if (!asked || asked.clientId !== form.client_id)
      throw new OauthError('bad_verification_code', 70000, 'The verification code is not known.')
    if (asked.endsAt < now().getTime())
      throw new OauthError(
        isV2 ? 'expired_token' : 'code_expired',
        70020,
        'The provided value for the input parameter device_code is not valid. This device code has expired.'
      )
    asked.polls += 1
    if (asked.polls <= pendingPolls || decision === 'ignore')
      throw new OauthError('authorization_pending', 70016, 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.')
    codes.delete(code)
    if (decision === 'decline') throw new OauthError('authorization_declined', 70018, 'User declined to continue the authentication.')
    return issue(asked, isV2)
  }

  function redeemRefreshToken(form: Form, isV2: boolean): object {
    const known = refreshTokens.get(form.refresh_token ?? '')
    if (!known || known.clientId !== form.client_id) throw new OauthError('invalid_grant', 70000, 'Provided grant is invalid or malformed.')
    return issue({ ...known, ...askedFor(form, isV2) }, isV2)
  }

  function deviceCode(form: Form, isV2: boolean): object {
    const code = randomBytes(60).toString('base64url')
    codes.set(code, { ...askedFor(form, isV2), polls: 0, endsAt: now().getTime() + codeLifetimeSeconds * 1000 })
    const userCode = randomBytes(5).toString('hex').toUpperCase().slice(0, 9)
    const address = `${place()}/devicelogin`
    const [interval, expires] = [intervalSeconds, codeLifetimeSeconds].map(seconds => (isV2 ? seconds : String(seconds)))
    return {
      user_code: userCode,
      device_code: code,
      [isV2 ? 'verification_uri' : 'verification_url']: address,
      expires_in: expires,
      interval,
      message: `To sign in, use a web browser to open the page ${address} and enter the code ${userCode} to authenticate.`
    }
  }

  return {
    oid,
    username,
    decide(next) {
      decision = next
    },
    setTokenLifetime(seconds) {
      lifetimeSeconds = seconds
    },
    revoke() {
      accessTokens.clear()
      refreshTokens.clear()
    },
    check(authorization) {
      const token = accessTokens.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '')
      if (!token)
        throw new ProviderError(401, 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing or not valid.")
      if (token.endsAt <= now().getTime())
        throw new ProviderError(401, 'ExpiredAuthenticationToken', 'The access token expiry is past the current time.')
      if (!audiences.includes(token.resource)) {
        const message = `The access token has been obtained from wrong audience or resource '${token.resource}'. It should exactly match (including forward slash) with one of the allowed audiences '${audiences[0]}'.`
        throw new ProviderError(401, 'InvalidAuthenticationToken', message)
      }
      return oid
    },
    routes(app) {
      for (const [path, isV2] of [
        ['/:tenant/oauth2', false],
        ['/:tenant/oauth2/v2.0', true]
      ] as const) {
        app.post<{ Querystring: Record<string, string> }>(`${path}/devicecode`, async ({ body, query }, reply) => {
          if (!isV2 && query['api-version'] !== '1.0')
            return refuse(reply, new OauthError('invalid_request', 90005, 'Unable to complete the request: api-version is not supported.'))
          return answered(reply, () => deviceCode(formOf(body), isV2))
        })
        app.post(`${path}/token`, async ({ body }, reply) =>
          answered(reply, () => {
            const form = formOf(body)
            if (form.grant_type === (isV2 ? 'urn:ietf:params:oauth:grant-type:device_code' : 'device_code')) return redeemCode(form, isV2)
            if (form.grant_type === 'refresh_token') return redeemRefreshToken(form, isV2)
            throw new OauthError('unsupported_grant_type', 70003, `The app requested an unsupported grant type '${form.grant_type ?? ''}'.`)
          })
        )
      }
      app.get('/devicelogin', async (_request, reply) =>
        reply.type('text/plain').send('The sandbox confirms every code by itself. You may close this page.')
      )
    }
  }
}

type Form = Record<string, string | undefined>

class OauthError extends Error {
  readonly error: string
  readonly number: number

  constructor(error: string, number: number, text: string) {
    super(`AADSTS${number}: ${text}`)
    this.error = error
    this.number = number
  }
}

function answered(reply: FastifyReply, answer: () => object): FastifyReply {
  try {
    return reply.header('cache-control', 'no-store').send(answer())
  } catch (error) {
    if (error instanceof OauthError) return refuse(reply, error)
    throw error
  }
}

function refuse(reply: FastifyReply, { error, number, message }: OauthError): FastifyReply {
  const description = `${message}\r\nTrace ID: ${randomUUID()}\r\nCorrelation ID: ${randomUUID()}`
  return reply.code(400).send({ error, error_description: description, error_codes: [number] })
}

function formOf(body: unknown): Form {
  return Buffer.isBuffer(body) ? Object.fromEntries(new URLSearchParams(body.toString())) : {}
}

/** Only its claims are ever read. */
function jwt(claims: object): string {
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${encoded({ typ: 'JWT', alg: 'RS256' })}.${encoded(claims)}.${randomBytes(64).toString('base64url')}`
}
