import type { Registration, TestResult } from '../ports.ts'
import type { Answer } from './exchange.ts'
import { isRecord, readJson } from './read-json.ts'
import { unexpected } from './to-failure.ts'

/**
 * The registration of an answer; undefined when it says that there is none.
 * @throws PARTNER_CENTER_UNEXPECTED when it is no registration
 */
export function readRegistration(answer: Answer): Registration | undefined {
  if (answer.status === 404 || answer.body.trim() === '') return undefined
  const read = readJson(answer)
  if (read === null) return undefined
  const { webhookurl: url, webhookevents: events, signaturetokentomssignatureheader: inMsHeader, lastmodifiedtimestamp: at } = fields(read)
  if (url === null || url === '') return undefined
  const isKnown = typeof url === 'string' && (Array.isArray(events) || events === undefined || events === null)
  if (!isKnown) throw unexpected('sent something that is not a registration for webhooks', answer)
  const signatureInMsHeader = flag(inMsHeader)
  return {
    url,
    events: texts(events),
    ...(signatureInMsHeader !== undefined && { signatureInMsHeader }),
    ...(typeof at === 'string' && at !== '' && { lastModified: at })
  }
}

/** The id of a test event that was asked for. @throws PARTNER_CENTER_UNEXPECTED */
export function readTestId(answer: Answer): string {
  const { correlationid: id } = fields(readJson(answer))
  // It goes into a path later.
  if (typeof id !== 'string' || !/^[\w-]{1,100}$/.test(id)) throw unexpected('did not say under which id it sends the test event', answer)
  return id
}

/**
 * How far a test event got; one entry for each try. `completed` is the only status that is documented.
 * @throws PARTNER_CENTER_UNEXPECTED
 */
export function readTestResult(answer: Answer): TestResult {
  const read = readJson(answer)
  const { status, callbackurl: url, results } = fields(read)
  if (typeof status !== 'string') throw unexpected('sent something that is not the result of a test event', answer)
  return {
    isCompleted: status.toLowerCase() === 'completed',
    ...(typeof url === 'string' && { url }),
    attempts: (Array.isArray(results) ? results : []).filter(isRecord).map(attemptFrom)
  }
}

function attemptFrom(result: unknown): TestResult['attempts'][number] {
  const { responsecode: code, responsemessage: message, systemerror: isSystemError, datetimeutc: at } = fields(result)
  return {
    responseCode: String(code ?? ''),
    responseMessage: typeof message === 'string' ? message : '',
    isSystemError: flag(isSystemError) ?? false,
    ...(typeof at === 'string' && at !== '' && { at })
  }
}

/** By lower-case name: the documentation writes the fields in Pascal case, the published contract in camel case. */
function fields(value: unknown): Record<string, unknown> {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field])) : {}
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

/** Microsoft's connector sends flags as text, so they may come back as text. */
function flag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  const text = typeof value === 'string' ? value.toLowerCase() : ''
  return text === 'true' ? true : text === 'false' ? false : undefined
}
