import type { FailureRow } from './failure-row.ts'

/** What can go wrong between the tooling of the connector and Power Apps. */
export const powerAppsFailures = {
  POWER_APPS_NOT_SIGNED_IN: { status: 401, retry: 'never', advice: 'Sign in first: «referral-connector connector login».' },
  POWER_APPS_SIGN_IN_FAILED: {
    status: 401,
    retry: 'never',
    advice: 'Run «referral-connector connector login» again and confirm the code in a browser before it expires.'
  },
  POWER_APPS_DENIED: {
    status: 403,
    retry: 'never',
    advice: 'Sign in as somebody who may make connectors in this environment (Environment Maker), and check the environment.'
  },
  POWER_APPS_NOT_FOUND: { status: 404, retry: 'never', advice: 'Check the ids of the environment and the connector.' },
  POWER_APPS_REFUSED: { status: 422, retry: 'never', advice: 'Correct what the message names, then run the command again.' },
  POWER_APPS_BUSY: { status: 503, retry: 'later', advice: 'Wait a while, then run the command again.' },
  POWER_APPS_UNREACHABLE: {
    status: 503,
    retry: 'later',
    advice: 'Check outgoing https access to the named host, then run the command again.'
  },
  POWER_APPS_UNEXPECTED: {
    status: 502,
    retry: 'later',
    advice: 'The answer is not what is documented. Check the addresses in the settings file; try again later.'
  },
  POWER_APPS_OUTCOME_UNKNOWN: {
    status: 502,
    retry: 'never',
    advice:
      'The connector may have been created. Look for it in the environment before creating it again; if it is there, update it by its id.'
  },
  POWER_APPS_FILE_UNUSABLE: { status: 422, retry: 'never', advice: 'Correct or name the file that the message is about.' },
  POWER_APPS_SECRET_MISSING: {
    status: 422,
    retry: 'never',
    advice:
      'Give the secret of the application with --secret. If no connection is to sign in with OAuth, take the parameter «token», or its set, out of the API properties.'
  },
  POWER_APPS_RULES_BROKEN: {
    status: 422,
    retry: 'never',
    advice: 'Correct the definition where the findings say, or go on anyway with --skip-rules.'
  },
  POWER_APPS_ADDRESS_REFUSED: {
    status: 422,
    retry: 'never',
    advice: 'Tokens and files travel over https only (plain http to this machine), and files only to and from the blob storage of Azure.'
  }
} as const satisfies Record<string, FailureRow>
