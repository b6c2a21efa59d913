import type { Kysely, SelectQueryBuilder } from 'kysely'
import type { JobSelection, Jobs } from '../ports.ts'
import type { Job } from '../schemas/job.ts'
import type { NewTimelineEntry } from '../schemas/timeline.ts'
import type { Dialect } from './database.ts'
import { type JobRow, jobFrom, subjectKey } from './job-row.ts'
import type { Tables } from './tables.ts'
import type { InsertEntries } from './timeline.ts'

/** What people ask about the jobs, and what they do to them by hand. What is active is left alone. */
export function selecting(
  db: Kysely<Tables>,
  { now, dialect, insertEntries }: { now: () => Date; dialect: Dialect; insertEntries: InsertEntries }
): Pick<Jobs, 'list' | 'count' | 'summary' | 'retryNow' | 'drop'> {
  /** Those that nobody works on, locked in the order in which hints are added, so that neither waits for the other in a circle. */
  const idle = (query: Pick<Kysely<Tables>, 'selectFrom'>, selection: JobSelection) => {
    const rows = matching(query.selectFrom('jobs'), selection).select(['kind', 'subject']).where('state', '!=', 'active')
    return dialect === 'postgres' ? rows.orderBy('kind').orderBy('subject').forUpdate() : rows
  }

  /** With what the timeline says of it, which is nothing when nothing was changed. */
  async function change(entries: readonly NewTimelineEntry[] = [], act: (trx: Kysely<Tables>) => Promise<JobRow[]>): Promise<Job[]> {
    return await db.transaction().execute(async trx => {
      const rows = await act(trx)
      if (rows.length > 0) await insertEntries(trx, entries)
      return rows.map(jobFrom)
    })
  }

  return {
    async list(selection, limit, first = 'latest') {
      const rows = matching(db.selectFrom('jobs'), selection).selectAll()
      return (
        await rows
          .orderBy('updated_at', first === 'latest' ? 'desc' : 'asc')
          .orderBy('kind')
          .orderBy('subject')
          .limit(limit)
          .execute()
      ).map(jobFrom)
    },

    async count(selection) {
      const rows = matching(db.selectFrom('jobs'), selection)
      const { count } = await rows.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow()
      return Number(count)
    },

    async summary() {
      const rows = await db
        .selectFrom('jobs')
        .select(({ fn }) => ['kind', 'state', fn.countAll().as('count'), fn.min('due_at').as('oldest')])
        .groupBy(['kind', 'state'])
        .orderBy('kind')
        .orderBy('state')
        .execute()
      return rows.map(({ kind, state, count, oldest }) => ({
        kind: kind as Job['kind'],
        state: state as Job['state'],
        count: Number(count),
        ...(state === 'ready' && oldest !== null && { oldestDueAt: new Date(Number(oldest)) })
      }))
    },

    async retryNow(selection, { entries } = {}) {
      const at = now().getTime()
      return await change(entries, trx =>
        trx
          .with('idle', query => idle(query, selection))
          .updateTable('jobs')
          .set({ state: 'ready', due_at: at, attempts: 0, code: null, message: null, updated_at: at })
          .where(({ eb, refTuple, selectFrom }) =>
            eb(refTuple('kind', 'subject'), 'in', selectFrom('idle').select(['idle.kind', 'idle.subject']).$asTuple('kind', 'subject'))
          )
          .returningAll()
          .execute()
      )
    },

    async drop(selection, { entries } = {}) {
      return await change(entries, async trx => {
        const rows = await trx
          .with('idle', query => idle(query, selection))
          .deleteFrom('jobs')
          .where(({ eb, refTuple, selectFrom }) =>
            eb(refTuple('kind', 'subject'), 'in', selectFrom('idle').select(['idle.kind', 'idle.subject']).$asTuple('kind', 'subject'))
          )
          .returningAll()
          .execute()
        // Else they would be sent with the next event.
        for (const { kind, subject } of rows)
          if (kind === 'subscription') await trx.deleteFrom('deliveries').where('subscription_id', '=', subject).execute()
        return rows
      })
    }
  }
}

function matching<O>(
  query: SelectQueryBuilder<Tables, 'jobs', O>,
  { kind, subject, state, code, since }: JobSelection
): SelectQueryBuilder<Tables, 'jobs', O> {
  let rows = query
  if (kind !== undefined) rows = rows.where('kind', '=', kind)
  if (subject !== undefined) rows = rows.where('subject', '=', subjectKey(subject))
  if (state !== undefined) rows = rows.where('state', '=', state)
  if (code !== undefined) rows = rows.where('code', '=', code)
  if (since !== undefined) rows = rows.where('updated_at', '>=', since.getTime())
  return rows
}
