import type { ColumnType } from 'kysely'

/** Instants are stored as milliseconds since 1970, so that both SQL dialects compare them alike; PostgreSQL hands bigints out as text. */
type Instant = ColumnType<number | string, number, number>

type MaybeInstant = ColumnType<number | string | null, number | null, number | null>

/** The tables, in types that SQLite and PostgreSQL share. `sealed` columns hold what `seal.ts` makes. */
export interface Tables {
  secrets: { name: string; sealed: string; updated_at: Instant }
  api_keys: {
    id: string
    name: string
    scope: string
    hash: string
    created_at: Instant
    /** When it last got a new secret. What the one before is known by, until when it is good, and when it was last used since. */
    rotated_at: MaybeInstant
    old_hash: string | null
    old_ends_at: MaybeInstant
    old_used_at: MaybeInstant
    used_at: MaybeInstant
    revoked_at: MaybeInstant
  }
  links: { referral_id: string; lead_id: string; sealed: string; updated_at: Instant }
  jobs: {
    kind: string
    subject: string
    state: string
    origin: string
    attempts: number
    hints: number
    /** When it may be claimed: its time while ready, the end of its lease while active, null when set aside. One index finds both. */
    due_at: MaybeInstant
    /** The random proof of the present claim, null when nobody works on it. */
    lease: string | null
    /** What `state` and `due_at` were before the present claim; null when the claim made the row, and when nobody works on it. */
    state_before: string | null
    due_before: MaybeInstant
    correlation_id: string
    code: string | null
    message: string | null
    created_at: Instant
    updated_at: Instant
  }
  callbacks: {
    body_hash: string
    event_name: string
    referral_id: string | null
    /** How often it came. */
    seen: number
    received_at: Instant
    last_seen_at: Instant
  }
  timeline: {
    id: string
    referral_id: string
    at: Instant
    kind: string
    correlation_id: string
    /** What else the entry has, as JSON. */
    details: string
  }
  subscriptions: {
    id: string
    caller_id: string
    /** A keyed hash of the URL, for there is one subscription for each. */
    url_hash: string
    /** The URL and the secret. */
    sealed: string
    /** As JSON. */
    events: string
    created_at: Instant
    updated_at: Instant
  }
  deliveries: { id: string; subscription_id: string; event: string; correlation_id: string; received_at: Instant }
  marks: { name: string; value: string; updated_at: Instant }
  /** `der` is base64. */
  intermediates: { thumbprint: string; der: string; source: string; kept_at: Instant; not_after: Instant }
  replays: { key: string; request_hash: string; result: string | null; began_at: Instant }
}
