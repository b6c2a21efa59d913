import type { FailureRow } from './failure-row.ts'

/** What can go wrong between the tooling of the connector and Power Apps. */
export const powerAppsFailures = {
  POWER_APPS_NOT_SIGNED_IN: { status: 401, retry: 'never', advice: 'Sign in first: «referral-connector connector login».' }
} as const satisfies Record<string, FailureRow>
