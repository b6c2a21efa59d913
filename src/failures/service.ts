import type { FailureRow } from './failure-row.ts'

/** What can go wrong with subscriptions, jobs and this service itself. */
export const serviceFailures = {
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
