import { type Json, property, textAt } from '../../../flow/json.ts'
import type { HttpAnswer } from '../http/exchange.ts'
import { ActionFailure } from '../run/action-failure.ts'
import { statusName } from '../run/send-with-retries.ts'

/** What comes of an answer: the outputs of the action, which has failed unless the answer is 2xx. @throws ActionFailure */
export function answered({ status, headers, body }: HttpAnswer): { outputs: Json; code: string } {
  const outputs: Json = { statusCode: status, headers, ...(body !== null && { body }) }
  const code = statusName(status)
  if (status >= 200 && status < 300) return { outputs, code }
  throw new ActionFailure(code, messageOf(body) ?? `The server answered ${status}.`, { outputs })
}

const messageOf = (body: Json): string | undefined =>
  textAt(property(body, 'error'), 'message') ?? textAt(body, 'message') ?? textAt(body, 'detail') ?? textAt(body, 'error_description')
