import { randomBytes } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Jobs } from '../ports.ts'
import type { Dialect } from './database.ts'
import { claimFrom, instant, jobRow, subjectKey } from './job-row.ts'
import type { Tables } from './tables.ts'

/**
 * Who holds a lease begins it: a command, which works beside the service without the lock of the folder, or the service, which is known by its
 * having called `takeOver`. Leases were bare hex before there was a mark; those count as the service's.
 */
const holders = { command: 'c-', service: 's-' } as const

/**
 * Taking jobs, and keeping them. Each operation is one statement, and so a transaction. `due_at` alone says what may be taken: it is the time of
 * a ready job and the end of the lease of an active one, so that one index finds both.
 */
export function claiming(
  db: Kysely<Tables>,
  { now, dialect }: { now: () => Date; dialect: Dialect }
): Pick<Jobs, 'claim' | 'claimOne' | 'takeOver' | 'extend'> {
  let holder: string = holders.command

  /** What a claim changes. On the right there are the values before it. `attempts` counts the process that ended without a word. */
  const taken = (at: number, leaseMs: number) => ({
    state_before: sql<string>`jobs.state`,
    due_before: sql<number>`jobs.due_at`,
    state: 'active',
    due_at: at + leaseMs,
    lease: `${holder}${randomBytes(12).toString('hex')}`,
    attempts: sql<number>`jobs.attempts + case when jobs.state = 'active' then 1 else 0 end`,
    updated_at: at
  })

  return {
    async claim(kind, { limit, leaseMs }) {
      const at = now().getTime()
      const rows = await db
        .with('due', query => {
          const due = query.selectFrom('jobs').select('subject').where('kind', '=', kind).where('due_at', '<=', at)
          const first = due.orderBy('due_at').limit(limit)
          // Of several processes none waits for another; each gets others.
          return dialect === 'postgres' ? first.forUpdate().skipLocked() : first
        })
        .updateTable('jobs')
        .set(taken(at, leaseMs))
        .where('kind', '=', kind)
        .where('subject', 'in', query => query.selectFrom('due').select('due.subject'))
        .returningAll()
        .execute()
      return rows.sort((a, b) => Number(a.due_before) - Number(b.due_before)).map(claimFrom)
    },

    async claimOne(hint, leaseMs) {
      const at = now().getTime()
      const change = taken(at, leaseMs)
      const row = await db
        .insertInto('jobs')
        .values({ ...jobRow(hint, at), state: 'active', due_at: change.due_at, lease: change.lease })
        .onConflict(conflict =>
          conflict
            .columns(['kind', 'subject'])
            .doUpdateSet(change)
            .where(({ or, eb }) => or([eb('jobs.state', '!=', 'active'), eb('jobs.due_at', '<=', at)]))
        )
        .returningAll()
        .executeTakeFirst()
      return row && claimFrom(row)
    },

    async takeOver() {
      holder = holders.service
      const active = db.updateTable('jobs').set({ due_at: now().getTime() }).where('state', '=', 'active')
      await active.where('lease', 'not like', `${holders.command}%`).execute()
    },

    async extend(claims, leaseMs) {
      if (claims.length === 0) return []
      const leases = [...new Set(claims.map(({ lease }) => lease))]
      const kinds = [...new Set(claims.map(({ kind }) => kind))]
      const subjects = claims.map(({ subject }) => subjectKey(subject))
      const rows = await db
        .with('held', query => {
          const named = query.selectFrom('jobs').select(['kind', 'subject']).where('kind', 'in', kinds).where('subject', 'in', subjects)
          const held = named.where('lease', 'in', leases)
          // In the order in which hints are added, so that neither waits for the other in a circle.
          return dialect === 'postgres' ? held.orderBy('kind').orderBy('subject').forUpdate() : held
        })
        .updateTable('jobs')
        .set({ due_at: instant(now().getTime() + leaseMs) })
        .where(({ eb, refTuple, selectFrom }) =>
          eb(refTuple('kind', 'subject'), 'in', selectFrom('held').select(['held.kind', 'held.subject']).$asTuple('kind', 'subject'))
        )
        .where('lease', 'in', leases)
        .returningAll()
        .execute()
      const kept = new Map(rows.map(row => [`${row.kind} ${row.subject} ${row.lease}`, claimFrom(row)]))
      return claims.flatMap(({ kind, subject, lease }) => kept.get(`${kind} ${subjectKey(subject)} ${lease}`) ?? [])
    }
  }
}
