import type { FailureRow } from './failure-row.ts'

/** What can go wrong with Partner Center, Entra ID and the CRM. */
export const upstreamFailures = {
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
  }
} as const satisfies Record<string, FailureRow>
