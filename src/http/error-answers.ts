import { type FailureCode, failures } from '../failure.ts'

const always: FailureCode[] = [
  'CALLER_UNAUTHENTICATED',
  'CALLER_TOKEN_EXPIRED',
  'CALLER_FORBIDDEN',
  'TOO_MANY_REQUESTS',
  'INTERNAL',
  'STORE_UNAVAILABLE'
]

/** Groups of failures that several routes share. */
export const partnerCenterFailures = [
  'SIGN_IN_NOT_CONFIGURED',
  'SIGN_IN_EXPIRED',
  'SIGN_IN_REFUSED',
  'SIGN_IN_UNREACHABLE',
  'PARTNER_CENTER_BUSY',
  'PARTNER_CENTER_UNREACHABLE',
  'PARTNER_CENTER_DENIED',
  'PARTNER_CENTER_UNEXPECTED'
] as const satisfies FailureCode[]
export const crmFailures = [
  'CRM_BUSY',
  'CRM_UNREACHABLE',
  'CRM_DENIED',
  'CRM_NOT_SET_UP',
  'CRM_COLUMN_UNKNOWN',
  'CRM_VALUE_REFUSED',
  'CRM_DUPLICATE',
  'CRM_UNEXPECTED'
] as const satisfies FailureCode[]
export const inputFailures = [
  'REQUEST_INVALID',
  'FIELD_UNKNOWN',
  'VALUE_TOO_LONG',
  'VALUE_WRONG_TYPE',
  'REQUEST_TOO_LARGE',
  'CONTENT_TYPE_UNSUPPORTED'
] as const satisfies FailureCode[]

/** All that verification can end in; the table of failures has them under two prefixes. */
export const callbackFailures = (Object.keys(failures) as FailureCode[]).filter(code => /^(CALLBACK|CERTIFICATE)_/.test(code))

/** What a status means to the maker of a flow; the codes beside it say which case it is. */
const inWords: Record<number, string> = {
  400: 'Something in the request is missing or wrong',
  401: 'The caller, or the callback, could not be proven genuine',
  403: 'The caller may not do this',
  404: 'There is no such record',
  409: 'The present state of the record does not allow this',
  413: 'The request is too large',
  415: 'The request has the wrong content type',
  422: 'A value was refused',
  429: 'Too many requests, wait for the time in Retry-After',
  500: 'An error of the service',
  502: 'Another system refused or gave an unexpected answer',
  503: 'Not possible at the moment, try again later'
}

/** The error answers of an operation for its documentation: for each status the codes that come with it. */
export function errorAnswers(...codes: FailureCode[]): Record<string, { description: string; type: 'null' }> {
  const byStatus = new Map<number, string[]>()
  for (const code of [...codes, ...always]) {
    const { status } = failures[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const sorted = [...byStatus].sort(([a], [b]) => a - b)
  return Object.fromEntries(
    sorted.map(([status, list]) => [
      status,
      { description: `${inWords[status] ?? 'Refused'} (${list.join(', ')}).`, type: 'null' as const }
    ])
  )
}
