import type { Call } from './call.ts'

/** Where Partner Center sends a tenant's events; there is one such place for each tenant. */
export interface Registration {
  url: string
  events: string[]
  /** Whether the signature comes in `x-ms-signature` instead of `Authorization`; undefined when the answer does not say. */
  signatureInMsHeader?: boolean
  lastModified?: string
}

/** One try of Partner Center to deliver a test event; `responseCode` is .NET's name of the status, for example `OK`. */
export interface TestResult {
  isCompleted: boolean
  url?: string
  attempts: { responseCode: string; responseMessage: string; isSystemError: boolean; at?: string }[]
}

/** The registration for webhooks. There is no way to delete one. */
export interface Registrations {
  get(call?: Call): Promise<Registration | undefined>
  /**
   * Creates the registration, or replaces the one of the URL `replaces`, as `get` has shown it; undefined when it showed none.
   * @throws WEBHOOK_REFUSED, and WEBHOOK_TAKEN when another system has registered since
   */
  put(registration: Registration, options: { replaces: string | undefined }, call?: Call): Promise<void>
  /** Asks for a test event and gives its correlation id. @throws PARTNER_CENTER_BUSY, two tests a minute are allowed */
  sendTest(call?: Call): Promise<string>
  testResult(correlationId: string, call?: Call): Promise<TestResult>
}
