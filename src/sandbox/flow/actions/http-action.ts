import { textOf } from '../../../flow/expression/values.ts'
import { type Json, objectAt, property, textAt } from '../../../flow/json.ts'
import { bytesOf } from '../http/content.ts'
import type { HttpCall } from '../http/exchange.ts'
import { sandboxUrl } from '../http/reachable-hosts.ts'
import { ActionFailure } from '../run/action-failure.ts'
import { followAsync } from '../run/follow-async.ts'
import { retryPolicyOf } from '../run/retry-policy.ts'
import { sendWithRetries } from '../run/send-with-retries.ts'
import type { ActionKind } from './action-kind.ts'
import { answered } from './answered.ts'

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']

/** The built-in action HTTP: any request, as far as the sandbox stands for its host. */
export const httpAction: ActionKind = async ({ action, context, signal, retries, evaluate, show }) => {
  const { outside } = context
  const inputs = evaluate(action.inputs ?? {})
  show(inputs)
  const call = callFrom(inputs, uri => sandboxUrl(uri, outside.hosts()))
  const send = (next: HttpCall) => sendWithRetries(next, { policy: retryPolicyOf(inputs), retries, signal, outside })
  const first = await send(call)
  const isAsync = !(action.operationOptions ?? '').includes('DisableAsyncPattern')
  const locate = (location: string): string => sandboxUrl(location, { ...outside.hosts(), [new URL(call.url).host]: call.url })
  return answered(isAsync ? await followAsync(first, call, { locate, send, signal, outside }) : first)
}

function callFrom(inputs: Json, locate: (uri: string) => string): HttpCall {
  const method = textOf(property(inputs, 'method') ?? null).toUpperCase()
  if (!methods.includes(method)) throw new ActionFailure('InvalidTemplate', `'${method.slice(0, 20)}' is no method of HTTP.`)
  const url = new URL(locate(textAt(inputs, 'uri') ?? ''))
  for (const [name, value] of Object.entries(objectAt(inputs, 'queries'))) url.searchParams.append(name, textOf(value))
  const headers = Object.fromEntries(
    Object.entries(objectAt(inputs, 'headers')).map(([name, value]) => [name.toLowerCase(), textOf(value)])
  )
  const content = bytesOf(property(inputs, 'body'))
  if (content?.contentType !== undefined && headers['content-type'] === undefined) headers['content-type'] = content.contentType
  return { method, url: url.href, headers, ...(content && { body: content.body }) }
}
