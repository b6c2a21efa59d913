import type { ColumnType } from 'kysely'

/** Instants are stored as milliseconds since 1970, so that both SQL dialects compare them alike; PostgreSQL hands bigints out as text. */
type Instant = ColumnType<number | string, number, number>

/** The tables, in types that SQLite and PostgreSQL share. `sealed` columns hold what `seal.ts` makes. */
export interface Tables {
  secrets: { name: string; sealed: string; updated_at: Instant }
  api_keys: {
    id: string
    name: string
    hash: string
    created_at: Instant
    revoked_at: ColumnType<number | string | null, number | null, number | null>
  }
  links: { referral_id: string; lead_id: string; sealed: string; updated_at: Instant }
  replays: { key: string; request_hash: string; result: string | null; began_at: Instant }
}
