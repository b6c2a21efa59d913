import { AuthError, type INetworkModule } from '@azure/msal-node'
import { Agent, request } from 'undici'
import { Failure } from '../failure.ts'
import { retryAfterMs } from '../retry-after.ts'

type Options = Parameters<INetworkModule['sendPostRequestAsync']>[1]
interface Answer<T> {
  status: number
  headers: Record<string, string>
  body: T
}

export interface NetworkOptions {
  /** Requests go to it and to Entra ID's other addresses only, whatever its metadata names. Left out for a managed identity. */
  authority?: string | undefined
  /** All requests go to this origin instead, with path and query kept. */
  endpoint?: string | undefined
  timeoutMs?: number | undefined
  now: () => Date
  /** Sees every answer that is JSON, before MSAL judges it. */
  onBody?: ((body: Record<string, unknown>) => void) | undefined
}

/** Entra ID in its clouds. Source: learn.microsoft.com/entra/identity-platform/authentication-national-cloud, and the aliases that MSAL knows. */
const ownHosts = new Set([
  ...['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
  ...['login.microsoftonline.us', 'login.usgovcloudapi.net'],
  ...['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn']
])

/** An error that MSAL lets through unchanged (it replaces all but its own class) and that carries our Failure. */
export type CarryingError = AuthError & { failure: Failure }

/**
 * MSAL's way to the network. Its own has no time-out on token requests, reads answers of any size, and loses status and Retry-After
 * when an answer is not JSON. Here «cannot tell now» (no answer, 429, 5xx, no JSON) is judged before MSAL sees it.
 */
export function networkClient({ authority, endpoint, timeoutMs = 10_000, now, onBody }: NetworkOptions): INetworkModule {
  const dispatcher = new Agent({ connections: 2, keepAliveTimeout: 1000, connect: { timeout: timeoutMs }, maxResponseSize: 256 * 1024 })

  async function send<T>(method: 'GET' | 'POST', url: string, options: Options): Promise<Answer<T>> {
    const target = new URL(url)
    if (endpoint !== undefined) Object.assign(target, originOf(endpoint))
    else if (authority !== undefined && !isOwn(target, authority))
      throw carrying(
        new Failure('SIGN_IN_REFUSED', `The authority names ${target.host} for its requests, which is no address of Entra ID.`)
      )
    let answer: Awaited<ReturnType<typeof request>>
    let text: string
    try {
      answer = await request(target, {
        method,
        dispatcher,
        signal: AbortSignal.timeout(timeoutMs),
        headers: options?.headers ?? {},
        ...(method === 'POST' && { body: options?.body ?? '' })
      })
      text = await answer.body.text()
    } catch (error) {
      throw carrying(unreachable('gave no complete answer in time', { cause: error }))
    }
    const status = answer.statusCode
    const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]))
    if (status === 429 || status >= 500) {
      const pause = retryAfterMs(headers['retry-after'], now())
      throw carrying(unreachable(`answered with HTTP ${status}${numberIn(text)}`, { retryAfterMs: pause }))
    }
    const body = object(text)
    // Azure Arc's managed identity answers 401 without JSON and puts its challenge into a header; MSAL wants to see that.
    if (body === undefined && status !== 401) throw carrying(unreachable(`answered with HTTP ${status} and no JSON`))
    onBody?.(body ?? {})
    return { status, headers, body: (body ?? {}) as T }
  }

  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options)
  }
}

/** The credentials go wherever the metadata of an authority say. */
function isOwn({ origin, protocol, host }: URL, authority: string): boolean {
  return origin === new URL(authority).origin || (protocol === 'https:' && ownHosts.has(host))
}

function originOf(endpoint: string): Pick<URL, 'protocol' | 'hostname' | 'port'> {
  const { protocol, hostname, port } = new URL(endpoint)
  return { protocol, hostname, port }
}

function unreachable(what: string, options: { cause?: unknown; retryAfterMs?: number | undefined } = {}): Failure {
  return new Failure('SIGN_IN_UNREACHABLE', `Entra ID ${what}.`, options)
}

function carrying(failure: Failure): CarryingError {
  return Object.assign(new AuthError('sign_in_unreachable', '', failure.message), { failure })
}

function object(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function numberIn(text: string): string {
  const number = /AADSTS\d{3,9}/.exec(text)?.[0]
  return number ? ` (${number})` : ''
}
