/** A resource provider says no. */
export class ProviderError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }

  body(): object {
    return { error: { code: this.code, message: this.message } }
  }
}

/** How the body of a request is refused that does not fit. Source for the wording: PowerPlatformConnectors issue 614 */
export function invalidContent(what: string): ProviderError {
  return new ProviderError(400, 'InvalidRequestContent', `The request content was invalid and could not be deserialized: '${what}'.`)
}
