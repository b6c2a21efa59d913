import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DynamicsWebApi } from 'dynamics-web-api'
import { Failure } from '../failure.ts'
import type { GetToken, Log } from '../ports.ts'
import { dataverseErrorFrom } from './dataverse-error.ts'
import { type Exchange, guard } from './guard.ts'
import { slots } from './slots.ts'
import { toFailure } from './to-failure.ts'

/** What each request of the library is given on top of its own options. */
export interface RequestOptions {
  token: string
  signal: AbortSignal
  headers: Record<string, string>
}

/** One piece of work for Dataverse: its requests share a deadline and a correlation id. */
export interface Work {
  correlationId?: string | undefined
  /** When the work has to be done, in milliseconds since 1970. */
  until: number
  /** Aborted when the work is not wanted any more. */
  signal?: AbortSignal | undefined
}

export interface DataverseClient {
  /** Where the Web API is, with a slash at the end. */
  apiUrl: string
  now(): Date
  wait(ms: number): Promise<unknown>
  /**
   * Sends one request, again after a short pause that Dataverse asks for (twice at the most) and once with a new token after a 401.
   * So `request` must be safe to repeat. `doing` begins the sentence of a failure: «The lead could not be written».
   * @throws CRM_… with a DataverseError as cause; SIGN_IN_… of `getToken` unchanged
   */
  send<T>(doing: string, request: (api: DynamicsWebApi, options: RequestOptions) => Promise<T>, work: Work): Promise<Exchange<T>>
}

export interface ClientOptions {
  /** The environment, for example `https://contoso.crm.dynamics.com/`. */
  url: string
  getToken: GetToken
  log: Log
  /** How many requests may be under way at once; more than 51 are taken for 51. */
  maxConcurrent?: number | undefined
  wait?: ((ms: number) => Promise<unknown>) | undefined
  now?: (() => Date) | undefined
}

const apiVersion = '9.2'
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * The one place that owns a DynamicsWebApi. The instance carries state of its own (a batch swallows every other call), so it is never lent out for one.
 *
 * Proxies: the library reads `http_proxy` and `https_proxy` (lower case) from the environment by itself and ignores `no_proxy`, even for
 * 127.0.0.1. Certificates: it has no option for them; a private root needs NODE_EXTRA_CA_CERTS.
 */
export function dataverseClient({
  url,
  getToken,
  log,
  maxConcurrent = 40,
  wait = ms => sleep(ms),
  now = () => new Date()
}: ClientOptions): DataverseClient {
  // Without propagateErrors an upsert turns 404 and 412 into null.
  const serverUrl = url.endsWith('/') ? url : `${url}/`
  let opened: Promise<DynamicsWebApi> | undefined
  /** The library is loaded when it is needed: it holds up every start and takes some megabytes. */
  async function open(): Promise<DynamicsWebApi> {
    const { DynamicsWebApi } = await import('dynamics-web-api')
    return new DynamicsWebApi({ serverUrl, dataApi: { version: apiVersion }, propagateErrors: true })
  }
  const places = slots({ max: Math.min(Math.max(maxConcurrent, 1), 51), maxWaiting: 500 })
  const guarded = guard()
  let pausedUntil = 0

  const remainingMs = ({ until }: Work): number => Math.max(until - now().getTime(), 1)

  /** Sending on while Dataverse asks for a pause makes the pause longer, so a pause holds for all work of this client. */
  async function pause(doing: string, { until }: Work): Promise<void> {
    const ms = pausedUntil - now().getTime()
    if (ms <= 0) return
    if (now().getTime() + ms >= until) throw new Failure('CRM_BUSY', `${doing}: Dataverse asked for a pause.`, { retryAfterMs: ms })
    await wait(ms)
  }

  async function sendOnce<T>(
    request: (api: DynamicsWebApi, options: RequestOptions) => Promise<T>,
    { token, clientRequestId, work }: { token: string; clientRequestId: string; work: Work }
  ): Promise<Exchange<T>> {
    const giveBack = await places.take(remainingMs(work))
    try {
      opened ??= open()
      const api = await opened
      return await guarded(
        { deadlineMs: remainingMs(work), signal: work.signal },
        async signal => await request(api, { token, signal, headers: { 'x-ms-client-request-id': clientRequestId } })
      )
    } finally {
      giveBack()
    }
  }

  return {
    apiUrl: `${serverUrl}api/data/v${apiVersion}/`,
    now,
    wait,
    async send(doing, request, work) {
      // A GUID, as Microsoft's API guidelines ask; another correlation id stands beside it in the log.
      const { correlationId } = work
      const clientRequestId = correlationId !== undefined && guid.test(correlationId) ? correlationId : randomUUID()
      const ids = { correlationId, clientRequestId }
      let refused: string | undefined
      let pauses = 0
      for (;;) {
        await pause(doing, work)
        if (work.signal?.aborted) throw new Failure('CRM_UNREACHABLE', `${doing}: it was stopped.`)
        const token = await getToken(refused === undefined ? undefined : { refused })
        if (token === refused) throw new Failure('CRM_DENIED', `${doing}: Dataverse did not accept the sign-in.`)
        try {
          const exchange = await sendOnce(request, { token, clientRequestId, work })
          log.debug({ ...ids, serviceRequestId: exchange.serviceRequestId, status: exchange.status }, 'Dataverse answered.')
          return exchange
        } catch (thrown) {
          if (thrown instanceof Failure) throw thrown
          const error = dataverseErrorFrom(thrown, now())
          // 404 and 412 are ordinary answers to a conditional write.
          const level = error.status === 404 || error.status === 412 ? 'debug' : 'warn'
          const { serviceRequestId, status, code, retryAfterMs } = error
          log[level]({ ...ids, serviceRequestId, status, code, retryAfterMs }, `${doing}.`)
          if (status === 429 && retryAfterMs !== undefined) {
            pausedUntil = Math.max(pausedUntil, now().getTime() + retryAfterMs)
            if (pauses++ < 2 && now().getTime() + retryAfterMs < work.until) continue
          }
          if (status === 401 && refused === undefined) {
            refused = token
            continue
          }
          throw toFailure(error, doing, now())
        }
      }
    }
  }
}
