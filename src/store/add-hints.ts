import { type Insertable, type Kysely, type RawBuilder, sql } from 'kysely'
import type { JobHint } from '../ports.ts'
import { type JobOrigin, relatedMark } from '../schemas/job.ts'
import { jobRow } from './job-row.ts'
import type { Tables } from './tables.ts'
import { asItWas, wantedAgain } from './wanted-again.ts'

/** A hint that says less than another does not hide it; the place in the list is what it says. */
const rank: readonly JobOrigin[] = ['related', 'callback', 'schedule', 'request', 'reconcile', 'crm']
/** SQLite takes 32,766 parameters in a statement; a row has fifteen. */
const rowsInStatement = 1000
const isSetAside = sql`jobs.state = 'setAside'`

type NewRow = Insertable<Tables['jobs']> & { origin: JobOrigin; hints: number; due_at: number }

/** Hints for one subject become one row; see `Jobs.add`. Part of whatever transaction `db` is. */
export async function addHints(db: Kysely<Tables>, hints: readonly JobHint[], now: Date): Promise<void> {
  await keepRelated(db, hints, now.getTime())
  const rows = rowsOf(hints, now.getTime())
  for (let from = 0; from < rows.length; from += rowsInStatement) await upsert(db, rows.slice(from, from + rowsInStatement))
}

/**
 * Kept apart from the job, whose origin gives way to one that says more: a reconciliation that meets the referral later, or now, must know. A
 * row for each referral of the other party for ever, which is less than its timeline takes.
 */
async function keepRelated(db: Kysely<Tables>, hints: readonly JobHint[], at: number): Promise<void> {
  const names = hints.filter(({ kind, origin }) => kind === 'referral' && origin === 'related').map(({ subject }) => relatedMark(subject))
  const rows = [...new Set(names)].sort().map(name => ({ name, value: '', updated_at: at }))
  for (let from = 0; from < rows.length; from += rowsInStatement)
    await db
      .insertInto('marks')
      .values(rows.slice(from, from + rowsInStatement))
      .onConflict(conflict => conflict.column('name').doNothing())
      .execute()
}

/** One row for each subject, since a statement may touch a row only once; sorted, so that two transactions never wait for each other. */
function rowsOf(hints: readonly JobHint[], at: number): NewRow[] {
  const rows = new Map<string, NewRow>()
  for (const hint of hints) {
    const due_at = hint.dueAt?.getTime() ?? at
    const row: NewRow = { ...jobRow(hint, at), origin: hint.origin, hints: 1, due_at }
    const key = `${row.kind} ${row.subject}`
    const earlier = rows.get(key)
    if (!earlier) rows.set(key, row)
    else {
      earlier.hints++
      earlier.due_at = Math.min(earlier.due_at, due_at)
      if (rank.indexOf(hint.origin) > rank.indexOf(earlier.origin)) earlier.origin = hint.origin
    }
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

/** `jobs` is the row that is there already, `excluded` the new one. The correlation id stays that of the first hint. */
async function upsert(db: Kysely<Tables>, rows: readonly NewRow[]): Promise<void> {
  await db
    .insertInto('jobs')
    .values(rows)
    .onConflict(conflict =>
      conflict.columns(['kind', 'subject']).doUpdateSet({
        hints: sql<number>`jobs.hints + excluded.hints`,
        // A lead whose change Partner Center refuses is not looked at again because of each callback. An event about a related referral says
        // nothing of this one, whose job may be that it gets its lead.
        origin: sql<string>`case
          when ${isSetAside} and jobs.code = 'REFERRAL_REFUSED' and excluded.origin != 'related' then excluded.origin
          when ${rankOf('excluded.origin')} > ${rankOf('jobs.origin')} then excluded.origin
          else jobs.origin end`,
        ...wantedAgain(isSetAside, sql`excluded.due_at`, {
          ...asItWas,
          // One that failed keeps to its back-off: a hint does not make the other side well.
          due_at: sql`case
            when jobs.state = 'ready' and jobs.code is null and excluded.due_at < jobs.due_at then excluded.due_at
            else jobs.due_at end`
        }),
        updated_at: sql<number>`excluded.updated_at`
      })
    )
    .execute()
}

function rankOf(column: 'jobs.origin' | 'excluded.origin'): RawBuilder<number> {
  const cases = rank.map((origin, place) => sql`when ${sql.lit(origin)} then ${sql.lit(place)}`)
  return sql<number>`case ${sql.ref(column)} ${sql.join(cases, sql` `)} else 0 end`
}
