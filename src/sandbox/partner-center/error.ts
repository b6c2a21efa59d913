/** An answer other than 2xx of the Partner API: `{ error: { code, message, target, innerError } }`. */
export class PartnerCenterError extends Error {
  readonly status: number
  readonly code: string
  private readonly target: string | null
  private readonly inner: { code: string; message: string } | undefined
  readonly headers: Record<string, string>

  constructor(options: {
    status: number
    code: string
    message: string
    target?: string
    inner?: { code: string; message: string }
    headers?: Record<string, string>
  }) {
    super(options.message)
    this.status = options.status
    this.code = options.code
    this.target = options.target ?? null
    this.inner = options.inner
    this.headers = options.headers ?? {}
  }

  body(): object {
    const innerError = this.inner === undefined ? null : { ...this.inner, details: null }
    return { error: { code: this.code, message: this.message, target: this.target, innerError } }
  }
}

/** Source: the error resource and codes of the Partner API; learn.microsoft.com/partner-center/security/partner-security-requirements-mandating-mfa for MFA. */
export const refusals = {
  unauthenticated: (message: string) =>
    new PartnerCenterError({
      status: 401,
      code: 'unauthenticated',
      message,
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' }
    }),
  mfaMissing: () =>
    new PartnerCenterError({
      status: 401,
      code: 'unauthenticated',
      message: 'The caller must sign in with multifactor authentication.',
      inner: { code: '900421', message: 'MFA required' },
      headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="MFA required"' }
    }),
  /** The documentation says «App+User only» and not how an application alone is refused. */
  userMissing: () =>
    new PartnerCenterError({ status: 403, code: 'accessDenied', message: 'The operation needs a signed-in user; the token has none.' }),
  invalid: (message: string, target?: string) =>
    new PartnerCenterError({ status: 400, code: 'invalidRequest', message, ...(target !== undefined && { target }) }),
  notFound: (id: string) =>
    new PartnerCenterError({ status: 404, code: 'itemNotFound', message: `The referral ${id} was not found.`, target: 'id' }),
  changed: () =>
    new PartnerCenterError({
      status: 412,
      code: 'preconditionFailed',
      message: 'A precondition of the request does not match the state of the resource.',
      target: 'ETag',
      inner: { code: '99918', message: 'One of the specified pre-condition is not met. Etag value did not Match' }
    })
}

/** What the older Partner Center API, which has the registrations, says instead: `{ code, description, data, source }`. */
export class RegistrationError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>

  constructor(status: number, code: string, description: string, headers: Record<string, string> = {}) {
    super(description)
    this.status = status
    this.code = code
    this.headers = headers
  }

  body(): object {
    return { code: this.code, description: this.message, data: [], source: 'PartnerApiServiceCore' }
  }
}
