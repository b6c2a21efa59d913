import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { Agent } from 'undici'
import { type JsonObject, property, textAt } from '../../flow/json.ts'
import type { CheckedToken } from '../entra/tokens.ts'
import { type NextAnswers, nextAnswers } from '../next-answer.ts'
import { type RequestLog, requestLogPlugin } from '../request-log.ts'
import { underWay } from '../under-way.ts'
import { schemaErrors } from './actions/data-operations.ts'
import { bytesOf, contentFrom } from './http/content.ts'
import { exchangeOver } from './http/exchange.ts'
import type { HostTable } from './http/reachable-hosts.ts'
import { type InstallableFlow, type InstalledFlow, installedFlow } from './installed-flow.ts'
import type { Connections, Outside } from './run/outside.ts'
import { admitCaller } from './triggers/admit-caller.ts'
import { triggerKinds } from './triggers/trigger-kinds.ts'

/** A stand-in for Power Automate: flows from packages, run by their definitions. */
export interface FlowsSandbox {
  /** Host and port at which triggers are called: what SUBSCRIBER_HOSTS has to name. */
  host: string
  /** Installs a flow, which is off at first. @throws FlowNotRunnable */
  install(flow: InstallableFlow, connections?: Connections, parameters?: JsonObject): InstalledFlow
  /** Adds to the hosts that HTTP actions may reach, for example the service's. */
  reach(hosts: HostTable): void
  /** How many runs have not ended. */
  pending(): number
  /** When every run has ended. */
  idle(): Promise<void>
  /** Makes what triggers answer wrong. */
  nextAnswers: NextAnswers
  close(): Promise<void>
}

export interface FlowsOptions {
  log: RequestLog
  /** Which hosts HTTP actions reach, and where. */
  hosts: HostTable
  checkToken: (token: string) => CheckedToken | undefined
  now?: () => Date
  /** Waits for a retry or a delay of so many milliseconds; the real time is of interest in the history only. */
  pause?: Outside['pause']
  /** What limits how long a request or an action takes. */
  timeout?: Outside['timeout']
}

/** Nobody wants to watch. */
const shortPause: Outside['pause'] = (ms, signal) => setTimeout(Math.min(ms, 20), undefined, { signal }).catch(() => undefined)

export async function startFlows(options: FlowsOptions): Promise<FlowsSandbox> {
  const { log, checkToken, now = () => new Date(), pause = shortPause, timeout = AbortSignal.timeout } = options
  const agent = new Agent()
  const closing = new AbortController()
  // As many requests as there are runs listen to it at once.
  setMaxListeners(0, closing.signal)
  const installed = new Map<string, InstalledFlow>()
  const going = underWay()
  const answers = nextAnswers()
  let hosts = options.hosts
  const outside: Outside = {
    exchange: exchangeOver(agent),
    hosts: () => hosts,
    now,
    newGuid: randomUUID,
    pause,
    timeout: ms => timeout(ms)
  }

  const app = Fastify({ forceCloseConnections: true, bodyLimit: 100 * 1024 * 1024, routerOptions: { maxParamLength: 1000 } })
  app.register(answers.plugin)
  app.register(requestLogPlugin(log, 'flow'))
  app.addContentTypeParser(['application/json', '*'], { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.all<{ Params: { id: string; trigger: string }; Querystring: { sig?: string } }>(
    '/workflows/:id/triggers/:trigger/paths/invoke',
    async (request, reply) => {
      const { id, trigger } = request.params
      const flow = installed.get(id)
      if (!flow || flow.trigger.name !== trigger) return refuse(reply, 404, 'WorkflowNotFound', 'The workflow could not be found.')
      const refusal = refusalFor(flow, request)
      if (refusal) return refuse(reply, refusal.status, refusal.code, refusal.message)
      if (!flow.isOn()) return refuse(reply, 400, 'WorkflowTriggerIsNotEnabled', `The trigger '${trigger}' is not enabled.`)
      return call(flow, request, reply)
    }
  )
  const address = await app.listen({ host: '127.0.0.1', port: 0 })

  function refusalFor(flow: InstalledFlow, { method, headers, query }: FastifyRequest) {
    const isSigned = (query as { sig?: string }).sig === new URL(flow.url).searchParams.get('sig')
    const { authorization } = headers
    if (flow.trigger.type === 'Request') {
      const wanted = (textAt(flow.trigger.inputs, 'method') ?? 'POST').toUpperCase()
      const caller = admitCaller(flow.trigger, { authorization, isSigned }, checkToken)
      if (caller || wanted === method) return caller
      return { status: 404, code: 'TriggerRequestMethodNotValid', message: `The trigger is called with '${wanted}', not with '${method}'.` }
    }
    // The platform itself made the URL that a service calls back; a trigger that asks by itself has none.
    if (isSigned && method === 'POST' && triggerKinds[flow.trigger.type]?.startedBy === 'subscription') return undefined
    return {
      status: 401,
      code: 'DirectApiAuthorizationRequired',
      message: 'The request must be authenticated by a shared access signature.'
    }
  }

  async function call(flow: InstalledFlow, { headers, body: bytes, query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const body = contentFrom(Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0), headers['content-type'])
    const isJson = /json/i.test(headers['content-type'] ?? '')
    if (isJson && typeof body === 'string' && !isJsonText(bytes))
      return refuse(reply, 400, 'InvalidRequestContent', 'The request content is not valid and could not be deserialized.')
    const { trigger } = flow
    if (trigger.type === 'Request' && (trigger.operationOptions ?? '').includes('EnableSchemaValidation')) {
      const [error] = schemaErrors(property(trigger.inputs, 'schema') ?? {}, body)
      if (error)
        return refuse(
          reply,
          400,
          'TriggerInputSchemaMismatch',
          `The input body for trigger '${trigger.name}' did not match its schema: ${error.message}`
        )
    }
    const problem = flow.payloadProblem(body)
    if (problem !== undefined) return refuse(reply, 400, 'TriggerPayloadInvalid', problem)
    const queries = Object.entries(query as Record<string, string>).filter(([name]) => !['api-version', 'sp', 'sv', 'sig'].includes(name))
    const outputs = {
      headers: plain(headers),
      ...(queries.length > 0 && { queries: Object.fromEntries(queries) }),
      ...(body !== null && { body })
    }
    const started = flow.start(outputs)
    if (!started) return refuse(reply.header('retry-after', '10'), 429, 'TooManyWaitingRuns', 'As many runs wait as the trigger lets.')
    const [run] = started.runs
    reply.headers({ 'x-ms-workflow-id': flow.id, ...(run && { 'x-ms-workflow-run-id': run.runId }) })
    if (!started.response) return reply.code(202).send()
    const response = await started.response
    if (!response) return refuse(reply, 502, 'NoResponse', 'The server did not receive a response from an upstream server.')
    const content = bytesOf(response.body)
    if (content?.contentType !== undefined) reply.type(content.contentType)
    return reply.code(response.statusCode).headers(response.headers).send(content?.body)
  }

  return {
    host: new URL(address).host,
    install(flow, connections = {}, parameters = {}) {
      const made = installedFlow(flow, { connections, parameters, outside, address, signal: closing.signal, runsUnderWay: going })
      installed.set(made.id, made)
      return made
    },
    reach(more) {
      hosts = { ...hosts, ...more }
    },
    pending: going.pending,
    idle: going.idle,
    nextAnswers: answers,
    async close() {
      const closed = app.close()
      closing.abort()
      await Promise.all([closed, going.idle()])
      await agent.destroy()
    }
  }
}

const refuse = (reply: FastifyReply, status: number, code: string, message: string): FastifyReply =>
  reply.code(status).send({ error: { code, message } })

const plain = (headers: FastifyRequest['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]))

/** A text in quotes is JSON, too. */
function isJsonText(bytes: unknown): boolean {
  try {
    JSON.parse(String(bytes))
    return true
  } catch {
    return false
  }
}
