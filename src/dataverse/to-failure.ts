import { Failure, type FailureCode } from '../failure.ts'
import { type DataverseError, dataverseErrorFrom } from './dataverse-error.ts'

interface Rule {
  when(error: DataverseError): boolean
  code: FailureCode
  /** The end of a sentence that begins with what was being done. Never Dataverse's own message: it may quote a customer's data. */
  says(error: DataverseError): string
}

/** The three service protection limits (learn.microsoft.com, «Service protection API limits»). */
const limits: Record<string, string> = {
  '0x80072322': 'the number of requests in five minutes',
  '0x80072321': 'the execution time in five minutes',
  '0x80072326': 'the number of concurrent requests'
}

/** Another record is in the way: entity key violated, primary key taken, duplicate detection rule. */
const duplicates = ['0x80060892', '0x80040237', '0x80040333']

/** Status first, code second: the codes of some answers are empty (learn.microsoft.com, «Compose HTTP requests and handle errors»). */
const rules: Rule[] = [
  {
    when: ({ status }) => status === 429,
    code: 'CRM_BUSY',
    says: ({ code }) => `Dataverse limits ${limits[code] ?? 'the use of its service'}`
  },
  { when: ({ status }) => status === 401, code: 'CRM_DENIED', says: () => 'Dataverse did not accept the sign-in' },
  {
    when: ({ status }) => status === 403,
    code: 'CRM_DENIED',
    says: ({ message }) => `Dataverse refused the application user${missingPrivilege(message)}`
  },
  {
    when: ({ status }) => status === 408 || isServerError(status),
    code: 'CRM_UNREACHABLE',
    says: ({ status }) => `Dataverse answered with HTTP ${status}`
  },
  {
    when: ({ status, code }) => isRefusal(status) && duplicates.includes(code),
    code: 'CRM_DUPLICATE',
    says: () => 'another record is in the way'
  },
  // No conditional header but our own create-only one is ever sent, and that is read before it gets here.
  { when: ({ status }) => status === 412, code: 'CRM_DUPLICATE', says: () => 'a record with the same values is there already' },
  {
    when: ({ status, message }) => status === 400 && message.includes('The key in the request URI is not valid'),
    code: 'CRM_NOT_SET_UP',
    says: () => 'the alternate key on the referral column is missing or not active'
  },
  {
    when: ({ status, message }) => status === 404 && message.includes("segment 'leads'"),
    code: 'CRM_NOT_SET_UP',
    says: () => 'the environment has no lead table; Dynamics 365 Sales is not installed there'
  },
  {
    when: ({ status, message }) => status === 400 && unknownColumn(message) !== undefined,
    code: 'CRM_COLUMN_UNKNOWN',
    says: ({ message }) => `the lead table has no column «${unknownColumn(message)}»`
  },
  {
    when: ({ status, code }) => status === 404 && (code === '0x80040217' || code === '0x80060891'),
    code: 'CRM_RECORD_MISSING',
    says: () => 'the record is not there'
  },
  {
    when: ({ status }) => status === 400 || status === 413 || status === 422,
    code: 'CRM_VALUE_REFUSED',
    says: ({ code, message }) => `Dataverse refused ${refusedColumn(message)}${code && ` (${code})`}`
  },
  {
    when: ({ status }) => status !== undefined,
    code: 'CRM_UNEXPECTED',
    says: ({ status, code }) => `Dataverse answered with HTTP ${status}${code && ` (${code})`}`
  },
  { when: ({ code }) => code === 'etimedout', code: 'CRM_UNREACHABLE', says: () => 'Dataverse gave no complete answer in time' },
  {
    when: ({ code }) => /^e(?!rr_)[a-z_]+$|cert|tls|ssl/.test(code),
    code: 'CRM_UNREACHABLE',
    says: ({ code }) => `the connection to Dataverse failed (${code.toUpperCase()})`
  }
]

/**
 * Translates whatever a request ended with. `doing` begins the message's sentence: «The lead could not be written».
 * A Failure (of the sign-in, or of our own queue) passes unchanged.
 */
export function toFailure(thrown: unknown, doing: string, now: Date): Failure {
  if (thrown instanceof Failure) return thrown
  const error = dataverseErrorFrom(thrown, now)
  const rule = rules.find(rule => rule.when(error))
  const reason = rule?.says(error) ?? 'the answer could not be read'
  return new Failure(rule?.code ?? 'CRM_UNEXPECTED', `${doing}: ${reason}.`, { cause: error, retryAfterMs: error.retryAfterMs })
}

const isServerError = (status: number | undefined): boolean => status !== undefined && status >= 500
const isRefusal = (status: number | undefined): boolean => status !== undefined && status >= 400 && status < 500

/** The wordings are those of learn.microsoft.com, «Troubleshoot Dataverse Web API client errors». */
function unknownColumn(message: string): string | undefined {
  return quoted(message, /(?:Invalid property|undeclared property|property named|The property) '([A-Za-z][A-Za-z0-9_]{0,99})'/)
}

function refusedColumn(message: string): string {
  const name = quoted(message, /'([a-z][a-z0-9_]{0,99})' attribute|attribute '?([a-z][a-z0-9_]{0,99})'?/)
  return name === undefined ? 'a value' : `the value of the column «${name}»`
}

function missingPrivilege(message: string): string {
  const name = quoted(message, /\b(prv[A-Za-z]{1,60})\b/)
  return name === undefined ? '' : `, who lacks the privilege ${name}`
}

function quoted(message: string, pattern: RegExp): string | undefined {
  const match = pattern.exec(message)
  return match?.[1] ?? match?.[2]
}
