import { type Kysely, sql } from 'kysely'
import type { JobHint } from '../ports.ts'
import { jobRow } from './job-row.ts'
import type { Tables } from './tables.ts'

/** A hint that says less than another does not hide it. */
const rank = ['related', 'callback', 'schedule', 'request', 'reconcile', 'crm']

/** Hints for one subject become one row; see `Jobs.add`. Part of whatever transaction `db` is. */
export async function addHints(db: Kysely<Tables>, hints: readonly JobHint[], now: Date): Promise<void> {
  const at = now.getTime()
  for (const hint of hints) {
    const { origin } = hint
    const due = hint.dueAt?.getTime() ?? at
    const weaker = rank.slice(0, Math.max(0, rank.indexOf(origin)))
    await db
      .insertInto('jobs')
      .values(jobRow(hint, at))
      .onConflict(conflict =>
        conflict.columns(['kind', 'subject']).doUpdateSet(({ ref, eb }) => ({
          hints: sql<number>`${ref('jobs.hints')} + 1`,
          origin:
            weaker.length === 0
              ? ref('jobs.origin')
              : eb.case().when('jobs.origin', 'in', weaker).then(origin).else(ref('jobs.origin')).end(),
          due_at: sql<number>`case
            when ${ref('jobs.state')} = 'setAside' then ${due}
            when ${ref('jobs.state')} = 'ready' and ${ref('jobs.code')} is null and ${ref('jobs.due_at')} > ${due} then ${due}
            else ${ref('jobs.due_at')} end`,
          attempts: sql<number>`case when ${ref('jobs.state')} = 'setAside' then 0 else ${ref('jobs.attempts')} end`,
          code: sql<string | null>`case when ${ref('jobs.state')} = 'setAside' then null else ${ref('jobs.code')} end`,
          message: sql<string | null>`case when ${ref('jobs.state')} = 'setAside' then null else ${ref('jobs.message')} end`,
          state: sql<string>`case when ${ref('jobs.state')} = 'setAside' then 'ready' else ${ref('jobs.state')} end`,
          updated_at: at
        }))
      )
      .execute()
  }
}
