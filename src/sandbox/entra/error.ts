interface Row {
  status: number
  error: string
  /** What follows `AADSTS…: `; `what` is the tenant, application, scope or resource in question. */
  says(what: string): string
  suberror?: string
}

/** By AADSTS number. Source: learn.microsoft.com/entra/identity-platform/reference-error-codes; wordings as the token endpoint gives them. */
const rows = {
  28000: row(
    400,
    'invalid_request',
    what =>
      `Provided value for the input parameter scope is not valid because it contains more than one resource. Scope ${what} is not valid.`
  ),
  50027: row(400, 'invalid_request', () => 'JWT token is invalid or malformed.'),
  50034: row(
    400,
    'invalid_grant',
    what =>
      `The user account {EUII Hidden} does not exist in the ${what} directory. To sign into this application, the account must be added to the directory.`
  ),
  50057: row(400, 'invalid_grant', () => 'The user account is disabled.'),
  50076: {
    ...row(
      400,
      'invalid_grant',
      what =>
        `Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '${what}'.`
    ),
    suberror: 'basic_action'
  },
  50126: row(400, 'invalid_grant', () => 'Error validating credentials due to invalid username or password.'),
  50173: row(
    400,
    'invalid_grant',
    () =>
      'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.'
  ),
  70000: row(400, 'invalid_grant', () => 'Provided grant is invalid or malformed.'),
  70003: row(400, 'unsupported_grant_type', what => `The app requested an unsupported grant type '${what}'.`),
  70011: row(
    400,
    'invalid_scope',
    what =>
      `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${what} is not valid.`
  ),
  90002: row(
    400,
    'invalid_request',
    what =>
      `Tenant '${what}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`
  ),
  90033: row(429, 'temporarily_unavailable', () => 'A transient error has occurred. Please try again.'),
  700016: row(
    400,
    'unauthorized_client',
    what =>
      `Application with identifier '${what}' was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`
  ),
  700021: row(401, 'invalid_client', () => "Client assertion application identifier doesn't match 'client_id' parameter."),
  700023: row(
    401,
    'invalid_client',
    what => `Client assertion audience claim does not match Realm issuer. Review the documentation for ${what}.`
  ),
  700024: row(401, 'invalid_client', () => 'Client assertion is not within its valid time range.'),
  700027: row(
    401,
    'invalid_client',
    what =>
      `The certificate with identifier used to sign the client assertion is not registered on application '${what}', or its signature does not hold.`
  ),
  700082: row(
    400,
    'invalid_grant',
    what => `The refresh token has expired due to inactivity. The token was issued on ${what} and was inactive for 90.00:00:00.`
  ),
  900144: row(400, 'invalid_request', what => `The request body must contain the following parameter: '${what}'.`),
  1002012: row(
    400,
    'invalid_scope',
    what =>
      `The provided value for scope ${what} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`
  ),
  7000215: row(
    401,
    'invalid_client',
    what =>
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${what}'.`
  ),
  7000218: row(
    401,
    'invalid_client',
    () => "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
  ),
  7000222: row(
    401,
    'invalid_client',
    what =>
      `The provided client secret keys for app '${what}' are expired. Visit the Azure portal to create new keys for your app, or consider using certificate credentials for added security.`
  ),
  9002313: row(400, 'invalid_grant', () => 'Invalid request. Request is malformed or invalid.')
} as const satisfies Record<number, Row>

function row(status: number, error: string, says: Row['says']): Row {
  return { status, error, says }
}

export type AadstsNumber = keyof typeof rows

/** The token endpoint says no. */
export class EntraError extends Error {
  readonly status: number
  readonly number: AadstsNumber
  private readonly row: Row

  constructor(number: AadstsNumber, what = '') {
    const row: Row = rows[number]
    super(`AADSTS${number}: ${row.says(what)}`)
    this.number = number
    this.row = row
    this.status = row.status
  }

  /** The answer's JSON; the trace ids are told twice, as Entra ID does. */
  body({ traceId, correlationId, now }: { traceId: string; correlationId: string; now: Date }): object {
    const timestamp = `${now.toISOString().slice(0, 19).replace('T', ' ')}Z`
    return {
      error: this.row.error,
      error_description: `${this.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [this.number],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${this.number}`,
      ...(this.row.suberror !== undefined && { suberror: this.row.suberror })
    }
  }
}
