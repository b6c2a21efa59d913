import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './openapi.ts'

export type { components, operations, paths } from './openapi.ts'

/** What the service says of an error: problem details (RFC 9457) with a stable code and advice. */
export type ProblemDetails = components['schemas']['Problem']

/** The service answered with an error. `problem` is undefined when the answer was not the service's own, a proxy's for example. */
export class ReferralClientError extends Error {
  readonly status: number
  readonly problem: ProblemDetails | undefined

  constructor(status: number, problem: ProblemDetails | undefined) {
    super(problem ? `${problem.code}: ${problem.detail} ${problem.advice}` : `The service answered ${status}.`)
    this.name = 'ReferralClientError'
    this.status = status
    this.problem = problem
  }
}

export interface ReferralClientOptions {
  /** Where the service is, for example https://referrals.example.com. */
  baseUrl: string
  /** A key made with `referral-connector key create`, or instead `token`. */
  apiKey?: string
  /** Gives an Entra ID access token for the service, asked for before each request. */
  token?: () => Promise<string> | string
  fetch?: typeof globalThis.fetch
}

/**
 * A client for the service's operations, typed by its OpenAPI document: `client.GET('/v1/referrals/{referralId}', …)` answers `{ data }`.
 * @throws ReferralClientError for every answer but 2xx
 */
export function referralClient({ baseUrl, apiKey, token, fetch = globalThis.fetch }: ReferralClientOptions): Client<paths> {
  // A redirect is an error as well: fetch would carry the key along to wherever it points.
  const client = createClient<paths>({ baseUrl: baseUrl.replace(/\/+$/, ''), redirect: 'manual', fetch: request => fetch(request) })
  client.use({
    async onRequest({ request }) {
      if (apiKey !== undefined) request.headers.set('x-api-key', apiKey)
      if (token) request.headers.set('authorization', `Bearer ${await token()}`)
      return request
    },
    async onResponse({ response }) {
      if (!response.ok) throw new ReferralClientError(response.status, problemFrom(await response.text()))
      return undefined
    }
  })
  return client
}

function problemFrom(text: string): ProblemDetails | undefined {
  try {
    const found: unknown = JSON.parse(text)
    return typeof found === 'object' && found !== null && 'code' in found && 'advice' in found ? (found as ProblemDetails) : undefined
  } catch {
    return undefined
  }
}
