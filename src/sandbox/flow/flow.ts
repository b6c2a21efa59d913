import { randomBytes, randomUUID } from 'node:crypto'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { Agent, request as send } from 'undici'
import type { ValidateCallbackRequest, ValidatedCallback } from '../../schemas/callback.ts'
import type { LeadResult } from '../../schemas/lead.ts'
import type { Referral } from '../../schemas/referral.ts'
import type { UpdateReferralRequest } from '../../schemas/referral-edits.ts'
import { type NextAnswers, nextAnswers } from '../next-answer.ts'
import { type RequestLog, requestLogPlugin } from '../request-log.ts'
import { type Definition, type OperationRequest, operationRequest } from './flow-operation.ts'

/** One action of a run, as the run's history shows it. */
export interface FlowAction {
  name: string
  operationId: string
  /** The HTTP status that the action was answered; 502 when there was no answer. */
  status: number
  durationMs: number
  inputs: { parameters: Record<string, string>; body?: object }
  outputs: unknown
}

export interface FlowRun {
  runId: string
  trigger: { eventName: string; bytes: number; certificateUrl: string; headers: Record<string, string>; body: unknown }
  actions: FlowAction[]
  status: 'Running' | 'Succeeded' | 'Failed'
}

export interface FlowSandbox {
  /** The trigger's address, with the signature that lets a caller in. */
  url: string
  /** The latest ones, in order. */
  runs: FlowRun[]
  pending(): number
  /** When every run has ended. */
  idle(): Promise<void>
  /** Makes what the trigger answers wrong. */
  nextAnswers: NextAnswers
  close(): Promise<void>
}

type Call = Pick<FlowAction, 'name' | 'operationId'> & FlowAction['inputs']

const maxKept = 500

/**
 * A stand-in for the cloud flow: an HTTP trigger, and the connector's typed actions one after the other. As in Power Automate the trigger
 * answers before anything has been done, and the runtime knows the body as JSON only, so that the bytes that were signed are gone.
 * All actions run for events about the partner's own referrals; of other events it is only proven that they are genuine.
 */
export async function startFlow(options: {
  /** The connector's definition, Swagger 2.0. */
  definition: object
  /** Where the connection says that the service is. */
  serviceUrl: string
  apiKey: string
  log: RequestLog
}): Promise<FlowSandbox> {
  const { definition, serviceUrl, apiKey, log } = options
  const triggerPath = `/workflows/${randomUUID().replaceAll('-', '')}/triggers/manual/paths/invoke`
  const signature = randomBytes(32).toString('base64url')
  const agent = new Agent()
  const closing = new AbortController()
  const runs: FlowRun[] = []
  const answers = nextAnswers()
  const underWay = new Set<Promise<void>>()

  async function act<Outputs>(run: FlowRun, { name, operationId, parameters, body }: Call): Promise<Outputs> {
    const start = performance.now()
    const inputs = { parameters, ...(body !== undefined && { body }) }
    const { status, outputs } = await outcomeOf(operationId, inputs)
    run.actions.push({ name, operationId, status, durationMs: Math.round(performance.now() - start), inputs, outputs })
    if (status < 200 || status >= 300) throw new ActionFailed()
    return outputs as Outputs
  }

  async function outcomeOf(operationId: string, inputs: FlowAction['inputs']): Promise<Pick<FlowAction, 'status' | 'outputs'>> {
    let call: OperationRequest
    try {
      call = operationRequest(definition as Definition, { operationId, apiKey, ...inputs })
    } catch (error) {
      // An action that cannot even be called, such as one that the definition lacks, fails as a faulty template does.
      return { status: 400, outputs: { error: { code: 'InvalidTemplate', message: (error as Error).message } } }
    }
    try {
      const { path, ...request } = call
      const answer = await send(`${serviceUrl.replace(/\/$/, '')}${path}`, { ...request, dispatcher: agent, signal: closing.signal })
      return { status: answer.statusCode, outputs: jsonOr(await answer.body.text()) }
    } catch (error) {
      return { status: 502, outputs: { error: { code: 'BadGateway', message: (error as Error).message } } }
    }
  }

  async function steps(run: FlowRun): Promise<void> {
    const header = (name: string): string => run.trigger.headers[name] ?? ''
    const callback: ValidateCallbackRequest = {
      content: JSON.stringify(run.trigger.body),
      signature: header('x-ms-signature'),
      certificateUrl: header('x-ms-certificate-url'),
      signatureAlgorithm: header('x-ms-signature-algorithm')
    }
    const { eventName, referralId } = await act<ValidatedCallback>(run, {
      name: 'Validate the callback',
      operationId: 'ValidateCallback',
      parameters: {},
      body: callback
    })
    if (!String(eventName).startsWith('referral-') || referralId === undefined) return
    const parameters = { referralId }
    await act<Referral>(run, { name: 'Get the referral', operationId: 'GetReferral', parameters })
    const { leadId } = await act<LeadResult>(run, { name: 'Create or update the lead', operationId: 'UpsertLead', parameters, body: {} })
    const edits: UpdateReferralRequest = { externalReferenceId: leadId }
    await act(run, { name: 'Write the lead to the referral', operationId: 'UpdateReferral', parameters, body: edits })
  }

  async function carryOut(run: FlowRun): Promise<void> {
    try {
      await steps(run)
      run.status = 'Succeeded'
    } catch {
      // The failed action stands in the history; nothing after it runs.
      run.status = 'Failed'
    }
  }

  function start(trigger: FlowRun['trigger']): FlowRun {
    const run: FlowRun = { runId: `08${randomBytes(17).toString('hex').toUpperCase()}`, trigger, actions: [], status: 'Running' }
    runs.push(run)
    if (runs.length > maxKept) runs.shift()
    const done: Promise<void> = carryOut(run).finally(() => underWay.delete(done))
    underWay.add(done)
    return run
  }

  const app = Fastify({ forceCloseConnections: true })
  app.register(answers.plugin)
  app.register(requestLogPlugin(log, 'flow'))
  app.addContentTypeParser(['application/json', '*'], { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.post<{ Querystring: { sig?: string } }>(triggerPath, async (request, reply) => {
    const { authorization } = request.headers
    if (request.query.sig !== signature) {
      return refuse(reply, 401, 'DirectApiAuthorizationRequired', 'The request must be authenticated by a shared access signature.')
    }
    // Only one of the two may be there. Source: learn.microsoft.com/azure/logic-apps/logic-apps-securing-a-logic-app, «inbound calls».
    if (authorization !== undefined) {
      const scheme = authorization.split(' ')[0]
      const message = `The request has both SAS authentication scheme and '${scheme}' authorization scheme. Only one scheme should be used.`
      return refuse(reply, 401, 'DirectApiRequestHasMoreThanOneAuthorization', message)
    }
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const body = jsonOr(bytes.toString(), notJson)
    if (body === notJson) {
      return refuse(reply, 400, 'InvalidRequestContent', 'The request content is not valid and could not be deserialized.')
    }
    const headers = plain(request.headers)
    const run = start({
      eventName: String((body as { EventName?: unknown } | null)?.EventName ?? ''),
      bytes: bytes.length,
      certificateUrl: headers['x-ms-certificate-url'] ?? '',
      headers,
      body
    })
    return reply.code(202).header('x-ms-workflow-run-id', run.runId).send()
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })

  return {
    url: `${url}${triggerPath}?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${signature}`,
    runs,
    pending: () => underWay.size,
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    nextAnswers: answers,
    async close() {
      await app.close()
      closing.abort()
      await Promise.all(underWay)
      await agent.destroy()
    }
  }
}

/** An action was answered with something other than 2xx; it stands in the history already. */
class ActionFailed extends Error {}

const notJson = Symbol('not JSON')

function jsonOr(text: string, otherwise: unknown = text): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return otherwise
  }
}

const refuse = (reply: FastifyReply, status: number, code: string, message: string): FastifyReply =>
  reply.code(status).send({ error: { code, message } })

const plain = (headers: FastifyRequest['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]))
