import { randomBytes, randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import { type NextAnswers, nextAnswers } from './next-answer.ts'
import { type RequestLog, requestLogPlugin } from './request-log.ts'
import { actionCall, type SwaggerDocument } from './swagger-call.ts'

export interface ActionRun {
  operationId: string
  status: number
  durationMs: number
  inputs: Record<string, unknown>
  outputs: unknown
}

/** A run of the flow, as its history shows it. */
export interface FlowRun {
  runId: string
  trigger: { eventName: string; certificateUrl: string; bytes: number }
  actions: ActionRun[]
  status: 'Running' | 'Succeeded' | 'Failed'
}

export interface FlowSandbox {
  /** The trigger's address, with its shared access signature. */
  url: string
  runs: FlowRun[]
  /** Settles when no run is going on. */
  idle(): Promise<void>
  nextAnswers: NextAnswers
  close(): Promise<void>
}

/**
 * A stand-in for a flow in Power Automate. Its HTTP trigger answers at once and hands the flow parsed JSON, never the bytes; its actions are
 * the connector's, resolved by operation id through the definition. A run stops at the first action that fails.
 */
export async function startFlow(options: {
  definition: object
  serviceUrl: string
  apiKey: string
  log: RequestLog
}): Promise<FlowSandbox> {
  const { serviceUrl, apiKey, log } = options
  const definition = options.definition as SwaggerDocument
  const runs: FlowRun[] = []
  const going = new Set<Promise<void>>()
  const sig = randomBytes(32).toString('base64url')
  const path = `/workflows/${randomUUID().replaceAll('-', '')}/triggers/manual/paths/invoke`

  const app = Fastify({ forceCloseConnections: true })
  const answers = nextAnswers()
  app.register(answers.plugin)
  app.register(requestLogPlugin(log, 'flow'))
  app.post<{ Querystring: { sig?: string } }>(path, async ({ headers, body, query }, reply) => {
    const refuse = (code: string, message: string) => reply.code(401).send({ error: { code, message } })
    if (headers.authorization !== undefined)
      return refuse(
        'DirectApiRequestHasMoreThanOneAuthorization',
        'The request has both SAS authentication scheme and another authorization scheme. Only one scheme is allowed.'
      )
    if (query.sig !== sig) return refuse('DirectApiAuthorizationRequired', 'The request is not authorized.')
    const run: FlowRun = {
      runId: randomBytes(16).toString('hex').toUpperCase(),
      trigger: {
        eventName: String((body as { EventName?: unknown } | null)?.EventName),
        certificateUrl: String(headers['x-ms-certificate-url']),
        bytes: Number(headers['content-length'] ?? 0)
      },
      actions: [],
      status: 'Running'
    }
    runs.push(run)
    const work = execute(run, body, headers).finally(() => going.delete(work))
    going.add(work)
    return reply.code(202).header('x-ms-workflow-run-id', run.runId).send()
  })

  async function execute(run: FlowRun, body: unknown, headers: Record<string, string | string[] | undefined>): Promise<void> {
    const act = async (operationId: string, inputs: Record<string, unknown>): Promise<Record<string, unknown>> => {
      const start = performance.now()
      const { status, outputs } = await call(operationId, inputs)
      run.actions.push({ operationId, status, durationMs: Math.round(performance.now() - start), inputs, outputs })
      if (status !== 200) throw new Error(`${operationId} failed.`)
      return outputs as Record<string, unknown>
    }
    try {
      const { eventName, referralId } = await act('ValidateCallback', {
        content: JSON.stringify(body),
        signature: headers['x-ms-signature'],
        certificateUrl: headers['x-ms-certificate-url'],
        signatureAlgorithm: headers['x-ms-signature-algorithm']
      })
      if (String(eventName).startsWith('referral-')) {
        const referral = await act('GetReferral', { referralId })
        const lead = await act('UpsertLead', { referralId: referral.id })
        await act('UpdateReferral', { referralId: referral.id, externalReferenceId: lead.leadId })
      }
      run.status = 'Succeeded'
    } catch {
      run.status = 'Failed'
    }
  }

  async function call(operationId: string, inputs: Record<string, unknown>): Promise<{ status: number; outputs: unknown }> {
    const { method, url, body } = actionCall(definition, serviceUrl, operationId, inputs)
    try {
      const response = await fetch(url, {
        method,
        headers: { 'x-api-key': apiKey, accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
        signal: AbortSignal.timeout(120_000),
        ...(body && { body: JSON.stringify(body) })
      })
      return { status: response.status, outputs: await response.json() }
    } catch (error) {
      return { status: 502, outputs: { error: String(error) } }
    }
  }

  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    url: `${origin}${path}?api-version=2016-10-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${sig}`,
    runs,
    async idle() {
      while (going.size > 0) await Promise.all(going)
    },
    nextAnswers: answers,
    async close() {
      await app.close()
      await Promise.all(going)
    }
  }
}
