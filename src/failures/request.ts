import type { FailureRow } from './failure-row.ts'

/** What can be wrong with a caller's request. */
export const requestFailures = {
  // The caller's request
  REQUEST_INVALID: { status: 400, retry: 'never', advice: 'Correct the named field and send the request again.' },
  FIELD_UNKNOWN: {
    status: 400,
    retry: 'never',
    advice: "The operation has no such field. A lead's columns of your own go into customColumns, by logical name."
  },
  REFERRAL_ID_MALFORMED: {
    status: 400,
    retry: 'never',
    advice: 'A referral id is a GUID, for example 4111fffc-f9ee-4d53-bba6-569135228642.'
  },
  VALUE_TOO_LONG: { status: 400, retry: 'never', advice: 'Shorten the named value.' },
  VALUE_WRONG_TYPE: { status: 400, retry: 'never', advice: 'Send the named value in the type or format that the operation documents.' },
  REQUEST_TOO_LARGE: { status: 413, retry: 'never', advice: 'Send a smaller body.' },
  REQUEST_TOO_SLOW: { status: 408, retry: 'later', advice: 'Send the body right after the headers, on a connection that is fast enough.' },
  CONTENT_TYPE_UNSUPPORTED: { status: 415, retry: 'never', advice: 'Send application/json.' },
  ROUTE_NOT_FOUND: { status: 404, retry: 'never', advice: 'See /docs for the operations of this service.' },
  CALLER_UNAUTHENTICATED: {
    status: 401,
    retry: 'never',
    advice: "Send a valid API key in the X-API-Key header, or an Entra ID bearer token for this service's audience."
  },
  CALLER_TOKEN_EXPIRED: {
    status: 401,
    retry: 'never',
    advice: 'The access token is past its end. Get a new one from Entra ID and send the request again.'
  },
  CALLER_FORBIDDEN: {
    status: 403,
    retry: 'never',
    advice:
      'The caller is known but may not do this. Use a key made with «key create NAME --scope», with the scope that the message names, or give the application the role for it: Referrals.Read, Referrals.ReadWrite or Referrals.Admin.'
  },
  TOO_MANY_REQUESTS: { status: 429, retry: 'later', advice: 'Wait for the time in Retry-After.' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, retry: 'never', advice: 'This Idempotency-Key belongs to another request. Use a new one.' },
  REQUEST_IN_PROGRESS: { status: 409, retry: 'later', advice: 'The same request is still being worked on. Ask again in a moment.' }
} as const satisfies Record<string, FailureRow>
