/**
 * All that can go wrong, in one table: the HTTP status a caller gets, whether trying again can help, and what a person should do.
 * A code is stable once released: flows branch on it.
 *
 * `retry`: `never`, the same request fails again · `later`, after a pause (see `retryAfterMs`) · `now`, read again and repeat at once.
 */
interface FailureRow {
  readonly status: number
  readonly retry: 'never' | 'later' | 'now'
  readonly advice: string
}

export const failures = {
  // The callback's own form
  CALLBACK_HEADER_MISSING: {
    status: 400,
    retry: 'never',
    advice:
      'Send the signature (Authorization or x-ms-signature), x-ms-certificate-url and x-ms-signature-algorithm headers exactly as Partner Center sent them.'
  },
  CALLBACK_HEADER_MALFORMED: { status: 400, retry: 'never', advice: 'Send each signature header once, in printable ASCII, unchanged.' },
  CALLBACK_SIGNATURES_CONTRADICT: {
    status: 400,
    retry: 'never',
    advice: 'Authorization and x-ms-signature carry different signatures. Forward only the one that Partner Center sent.'
  },
  CALLBACK_ALGORITHM_UNSUPPORTED: {
    status: 400,
    retry: 'never',
    advice: 'Only rsa-sha256 is accepted; it is the only algorithm that Partner Center documents.'
  },
  CALLBACK_SIGNATURE_MALFORMED: {
    status: 400,
    retry: 'never',
    advice: 'The signature must be standard base64 of as many bytes as the signing key is long.'
  },
  CALLBACK_BODY_MISSING: {
    status: 400,
    retry: 'never',
    advice: "The signature covers the body: send the callback's body unchanged. A flow that forwards only the headers cannot be validated."
  },
  CALLBACK_EVENT_MALFORMED: {
    status: 400,
    retry: 'never',
    advice: 'The body is signed but is not a Partner Center event (a JSON object with an EventName).'
  },
  CALLBACK_SIGNATURE_MISMATCH: {
    status: 401,
    retry: 'never',
    advice:
      "The body is not what was signed. Forward the callback's body unchanged, as text or base64; if you did, treat the request as forged."
  },
  // The signing certificate
  CERTIFICATE_URL_MALFORMED: { status: 400, retry: 'never', advice: 'x-ms-certificate-url must be a plain https URL.' },
  CERTIFICATE_URL_FOREIGN: {
    status: 401,
    retry: 'never',
    advice:
      "The certificate URL does not point into Partner Center's certificate store. If Microsoft has moved the store, add its exact host to CALLBACK_CERTIFICATE_HOSTS."
  },
  CERTIFICATE_UNREACHABLE: {
    status: 503,
    retry: 'later',
    advice:
      'The certificate store did not answer in time or answered with an error. Partner Center tries again; check outgoing access to the store if it lasts.'
  },
  CERTIFICATE_UNREADABLE: {
    status: 503,
    retry: 'later',
    advice: 'The certificate store answered with something that is not one certificate. Check for a proxy that replaces answers.'
  },
  CERTIFICATE_MALFORMED: {
    status: 401,
    retry: 'never',
    advice: 'The certificate breaks a rule of X.509 that every public certificate keeps. Treat the request as forged.'
  },
  CERTIFICATE_EXPIRED: {
    status: 401,
    retry: 'never',
    advice: "The signing certificate is past its end date. Check this machine's clock first."
  },
  CERTIFICATE_NOT_YET_VALID: {
    status: 401,
    retry: 'never',
    advice: "The signing certificate's start date lies ahead. Check this machine's clock first."
  },
  CERTIFICATE_KEY_REFUSED: {
    status: 401,
    retry: 'never',
    advice: 'The signing key must be RSA of 2048 to 4096 bits with an ordinary exponent.'
  },
  CERTIFICATE_PURPOSE_REFUSED: { status: 401, retry: 'never', advice: 'The certificate is not an end-entity certificate for TLS servers.' },
  CERTIFICATE_ORGANIZATION_REFUSED: {
    status: 401,
    retry: 'never',
    advice: "The certificate or its issuer is not Microsoft's. See CALLBACK_ORGANIZATION and CALLBACK_ISSUER_ORGANIZATION."
  },
  CERTIFICATE_NAME_REFUSED: {
    status: 401,
    retry: 'never',
    advice:
      "The certificate does not name Partner Center's notification service. If Microsoft has renamed it, add the name to CALLBACK_SIGNER_NAMES."
  },
  CERTIFICATE_CHAIN_UNTRUSTED: {
    status: 401,
    retry: 'never',
    advice:
      'No path leads from the certificate to a pinned root. If Microsoft has changed its certificate authority, add the root to CALLBACK_ROOTS.'
  },
  CERTIFICATE_CHAIN_REFUSED: {
    status: 401,
    retry: 'never',
    advice: 'A path to a pinned root exists, but it breaks a rule of RFC 5280. Treat the request as forged.'
  },
  CERTIFICATE_ISSUER_UNREACHABLE: {
    status: 503,
    retry: 'later',
    advice: 'An intermediate certificate could not be fetched. Check outgoing http access to the hosts in CALLBACK_ISSUER_HOSTS.'
  },
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
    advice: 'The caller is known but lacks the application role that this service asks for.'
  },
  TOO_MANY_REQUESTS: { status: 429, retry: 'later', advice: 'Wait for the time in Retry-After.' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, retry: 'never', advice: 'This Idempotency-Key belongs to another request. Use a new one.' },
  REQUEST_IN_PROGRESS: { status: 409, retry: 'later', advice: 'The same request is still being worked on. Ask again in a moment.' },
  // Partner Center
  REFERRAL_NOT_FOUND: {
    status: 404,
    retry: 'never',
    advice: 'Check the id, and that the signed-in partner account may see this referral.'
  },
  REFERRAL_UNREADABLE: {
    status: 502,
    retry: 'later',
    advice:
      'Partner Center works, but not for this referral. It is tried again; subscribers are then told of the event without the referral.'
  },
  REFERRAL_CHANGED: { status: 409, retry: 'now', advice: 'The referral changed in the meantime. Read it again and repeat the update.' },
  REFERRAL_CLOSED: { status: 409, retry: 'never', advice: 'A closed referral cannot be edited any more.' },
  REFERRAL_TRANSITION_REFUSED: {
    status: 409,
    retry: 'never',
    advice: 'Partner Center does not allow this status and substatus from the present status.'
  },
  REFERRAL_REFUSED: { status: 422, retry: 'never', advice: 'Partner Center refused a value. Correct it and try again.' },
  PARTNER_CENTER_BUSY: { status: 503, retry: 'later', advice: 'Partner Center asks for a pause. Try again after Retry-After.' },
  PARTNER_CENTER_UNREACHABLE: { status: 503, retry: 'later', advice: 'Partner Center did not answer in time. Try again later.' },
  PARTNER_CENTER_DENIED: {
    status: 502,
    retry: 'never',
    advice:
      'Partner Center refused the sign-in. The user needs the Referrals admin role and a sign-in with MFA; run «referral-connector doctor».'
  },
  PARTNER_CENTER_UNEXPECTED: {
    status: 502,
    retry: 'later',
    advice: 'Partner Center gave an answer that its documentation does not describe. Try again; report it with the request id if it lasts.'
  },
  // Entra ID
  SIGN_IN_NOT_CONFIGURED: {
    status: 503,
    retry: 'never',
    advice: 'Set the sign-in settings that the message names, then run «referral-connector doctor».'
  },
  SIGN_IN_EXPIRED: {
    status: 503,
    retry: 'never',
    advice: 'The stored sign-in is no longer accepted. Sign in again with MFA and set the new refresh token.'
  },
  SIGN_IN_REFUSED: {
    status: 503,
    retry: 'never',
    advice: 'Entra ID refused the application. Check tenant, client id, secret or certificate, and consent.'
  },
  SIGN_IN_UNREACHABLE: { status: 503, retry: 'later', advice: 'Entra ID did not answer in time. Try again later.' },
  // The CRM
  CRM_BUSY: { status: 503, retry: 'later', advice: 'The CRM asks for a pause. Try again after Retry-After.' },
  CRM_UNREACHABLE: { status: 503, retry: 'later', advice: 'The CRM did not answer in time. Try again later.' },
  CRM_DENIED: {
    status: 502,
    retry: 'never',
    advice: 'The CRM refused the application user. Give it a security role that may create and write leads.'
  },
  CRM_NOT_SET_UP: {
    status: 502,
    retry: 'never',
    advice: 'The referral column or its alternate key is missing or not active yet. Run «referral-connector setup dataverse».'
  },
  CRM_COLUMN_UNKNOWN: { status: 422, retry: 'never', advice: 'The CRM has no such column. Check the logical name of the custom column.' },
  CRM_VALUE_REFUSED: { status: 422, retry: 'never', advice: 'The CRM refused a value. Correct it and try again.' },
  CRM_RECORD_MISSING: { status: 404, retry: 'never', advice: 'The record was deleted in the CRM.' },
  CRM_DUPLICATE: {
    status: 409,
    retry: 'never',
    advice: 'The CRM already has another record that its duplicate rules match. Merge or correct the records.'
  },
  CRM_UNEXPECTED: {
    status: 502,
    retry: 'later',
    advice: 'The CRM gave an answer that its documentation does not describe. Try again; report it with the request id if it lasts.'
  },
  // Where Partner Center sends its events
  WEBHOOK_TAKEN: {
    status: 409,
    retry: 'never',
    advice:
      'Partner Center has one registration for each tenant, and another system is registered. Ask whose it is; to take its place, register with --overwrite (overwrite in the API).'
  },
  WEBHOOK_NOT_REGISTERED: { status: 409, retry: 'never', advice: 'Register first: «referral-connector webhook register».' },
  WEBHOOK_REFUSED: {
    status: 422,
    retry: 'never',
    advice: 'Partner Center refused the registration. Check that PUBLIC_URL is an https address that the internet can reach.'
  },
  WEBHOOK_TEST_FAILED: {
    status: 502,
    retry: 'never',
    advice: 'Partner Center could not deliver its test event. Check that PUBLIC_URL leads to this service from the internet.'
  },
  // Subscriptions
  SUBSCRIPTION_NOT_FOUND: { status: 404, retry: 'never', advice: '«referral-connector subscriptions list» shows those that there are.' },
  SUBSCRIPTIONS_EXHAUSTED: {
    status: 422,
    retry: 'never',
    advice:
      'End what is not needed («referral-connector subscriptions list», then «referral-connector subscriptions end»), or raise SUBSCRIPTIONS_MAX.'
  },
  SUBSCRIBER_URL_REFUSED: {
    status: 422,
    retry: 'never',
    advice: 'Events are sent to https addresses of the hosts in SUBSCRIBER_HOSTS only. If the host is yours, add it there.'
  },
  SUBSCRIBER_GONE: { status: 502, retry: 'never', advice: 'The subscriber has ended its subscription.' },
  SUBSCRIBER_REFUSED: {
    status: 502,
    retry: 'later',
    advice: "The subscriber refused the event. Check the flow's or the receiver's own log."
  },
  SUBSCRIBER_UNREACHABLE: { status: 503, retry: 'later', advice: 'The subscriber did not take the event. It has three days to do so.' },
  // Jobs
  JOB_NOT_FOUND: { status: 404, retry: 'never', advice: 'There is nothing queued under this id; the timeline has what was done.' },
  REFERRAL_BUSY: { status: 409, retry: 'later', advice: 'The referral is being worked on. Ask again in a moment.' },
  JOBS_SET_ASIDE: {
    status: 500,
    retry: 'never',
    advice: 'Look at each with «referral-connector jobs list --state setAside», do what its advice says, then «jobs retry».'
  },
  JOB_ENDS_PROCESS: {
    status: 500,
    retry: 'never',
    advice: 'Each process that worked on it died. Look for the reason in the log and in the memory limits, then retry the job.'
  },
  // This service
  SERVICE_BUSY: { status: 503, retry: 'later', advice: 'The service has more at hand than it can take. Try again after Retry-After.' },
  STORE_IN_USE: {
    status: 503,
    retry: 'never',
    advice:
      'The embedded store serves one service process. Stop the other one, give this one a DATA_DIR of its own, or move to PostgreSQL: «referral-connector store copy», then set DATABASE_URL.'
  },
  STORE_NOT_EMPTY: { status: 409, retry: 'never', advice: 'Copy into an empty database only. Check DATABASE_URL.' },
  CONFIG_INVALID: { status: 500, retry: 'never', advice: 'Correct the setting that the message names.' },
  STORE_UNAVAILABLE: {
    status: 503,
    retry: 'later',
    advice: 'The data folder, or the database, cannot be reached, read or written. Check space, permissions and DATABASE_URL.'
  },
  STORE_KEY_WRONG: {
    status: 500,
    retry: 'never',
    advice: 'ENCRYPTION_KEY is not the one that the stored secrets were sealed with. Restore it, or sign in again.'
  },
  CONNECTOR_STALE: { status: 500, retry: 'never', advice: 'Run «npm run connector» and commit the result.' },
  INTERNAL: { status: 500, retry: 'later', advice: 'An error of this service. The log has the details under the request id.' }
} as const satisfies Record<string, FailureRow>

export type FailureCode = keyof typeof failures

/** What went wrong: a stable code, a sentence for people, and, from the table, what to do. Its message never holds a secret or customer data. */
export class Failure extends Error {
  readonly code: FailureCode
  /** How long the other side asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** The HTTP status of the other side, where one code stands for several and the difference matters. */
  readonly answeredStatus: number | undefined

  constructor(
    code: FailureCode,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number | undefined; answeredStatus?: number | undefined } = {}
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.code = code
    this.retryAfterMs = options.retryAfterMs
    this.answeredStatus = options.answeredStatus
  }

  get status(): number {
    return failures[this.code].status
  }
  get retry(): FailureRow['retry'] {
    return failures[this.code].retry
  }
  get advice(): string {
    return failures[this.code].advice
  }
}

/** `error` itself when it is a Failure already, else an INTERNAL one that keeps it as its cause. */
export function failureFrom(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure('INTERNAL', 'Something unexpected went wrong.', { cause: error })
}
