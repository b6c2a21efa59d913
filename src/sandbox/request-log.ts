import type { FastifyInstance, FastifyPluginAsync } from 'fastify'

/** One request that reached the sandbox. */
export interface LoggedRequest {
  /** The system that was asked, for example `dataverse`. */
  system: string
  method: string
  /** With the query, whose secret values are masked. */
  path: string
  /** What was answered; 0 while there is no answer, and for ever when the connection is cut or held instead. */
  status: number
  /** Whether another writing request for the same resource was under way when this one came. */
  overlapped: boolean
}

export interface RequestLog {
  /** Puts a request on record; the path's secrets are masked here. Returns the record, whose status may still be set. */
  record(request: Omit<LoggedRequest, 'status' | 'overlapped'> & Partial<LoggedRequest>): LoggedRequest
  /** In the order of arrival. */
  all(): LoggedRequest[]
  count(filter?: Partial<LoggedRequest> | ((request: LoggedRequest) => boolean)): number
  clear(): void
}

/** A sandbox may run for days; nobody counts further back than this. */
const maxKept = 10_000

/** What was asked of the sandbox's systems, so that a test can say «and no token was asked for». */
export function requestLog(): RequestLog {
  let requests: LoggedRequest[] = []
  return {
    record({ system, method, path, status = 0, overlapped = false }) {
      const request = { system, method, path: withoutSecrets(path), status, overlapped }
      requests.push(request)
      if (requests.length > maxKept * 2) requests = requests.slice(-maxKept)
      return request
    },
    all: () => [...requests],
    count: (filter = () => true) => requests.filter(typeof filter === 'function' ? filter : request => matches(request, filter)).length,
    clear() {
      requests = []
    }
  }
}

/**
 * A Fastify plugin that puts every request of an app on record: `app.register(requestLogPlugin(log, 'dataverse'))`, after the plugin
 * of `nextAnswers()`. It is recorded when it arrives, so one that is never answered counts too; the status is set before the answer leaves.
 * Requests to `/sandbox/…` steer the sandbox and do not count.
 */
export function requestLogPlugin(log: RequestLog, system: string): FastifyPluginAsync {
  const plugin = async (app: FastifyInstance): Promise<void> => {
    const records = new WeakMap<object, LoggedRequest>()
    const written = new Map<string, number>()
    app.addHook('onRequest', async (request, reply) => {
      if (isSteering(request.url)) return
      const { method, url } = request
      const [resource = ''] = url.split('?')
      const others = written.get(resource) ?? 0
      records.set(request, log.record({ system, method, path: url, overlapped: method !== 'GET' && others > 0 }))
      if (method === 'GET') return
      written.set(resource, others + 1)
      reply.raw.once('close', () => {
        const left = (written.get(resource) ?? 1) - 1
        if (left > 0) written.set(resource, left)
        else written.delete(resource)
      })
    })
    app.addHook('onSend', async (request, reply) => {
      const record = records.get(request)
      if (record) record.status = reply.statusCode
    })
  }
  return forWholeApp(plugin)
}

/** Whether a URL steers the sandbox instead of asking one of its systems. */
export const isSteering = (url: string): boolean => /^\/sandbox(?:[/?]|$)/.test(url)

/** Lets a plugin's hooks reach the app it is registered on and not only what stands inside the plugin (Fastify, «Plugins», skip-override). */
export function forWholeApp(plugin: FastifyPluginAsync): FastifyPluginAsync {
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}

const secretParameter = /^(sig|code|key|password|.*(?:secret|assertion|api[-_]?key)|(?:access_|refresh_|id_)?token)$/i

function withoutSecrets(path: string): string {
  const [place = '', query] = path.slice(0, 4000).split(/\?(.*)/s)
  if (query === undefined) return place
  const parts = query.split('&').map(part => {
    const name = part.split('=', 1)[0] ?? ''
    return secretParameter.test(name) ? `${name}=***` : part
  })
  return `${place}?${parts.join('&')}`
}

const matches = (request: LoggedRequest, filter: Partial<LoggedRequest>): boolean =>
  (Object.keys(filter) as (keyof LoggedRequest)[]).every(name => request[name] === filter[name])
