import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Claim, JobSelection, Jobs } from '../ports.ts'
import type { Job } from '../schemas/job.ts'
import type { NewTimelineEntry } from '../schemas/timeline.ts'
import { addHints } from './add-hints.ts'
import { jobFrom, jobRow, type JobRow as Row } from './job-row.ts'
import type { Dialect } from './open-store.ts'
import type { Tables } from './tables.ts'
import type { InsertEntries } from './timeline.ts'

type Change = Partial<Pick<Row, 'state' | 'attempts' | 'code' | 'message'>> & { due_at?: number | null }
/** What the row was before a claim by name; the worker does not need it. */
type Held = Claim & { before?: Row | 'made' }

const mostAtOnce = 1000

export function storedJobs(
  db: Kysely<Tables>,
  { now, dialect, insertEntries }: { now: () => Date; dialect: Dialect; insertEntries: InsertEntries }
): Jobs {
  const time = (): number => now().getTime()

  /** Ends a claim, if it is still held: what a process that lost its lease says does not count. */
  async function settle(claim: Claim, entries: readonly NewTimelineEntry[], decide: (row: Row) => Change | 'delete'): Promise<void> {
    await db.transaction().execute(async trx => {
      let query = trx.selectFrom('jobs').selectAll().where('kind', '=', claim.kind).where('subject', '=', claim.subject)
      query = query.where('lease', '=', claim.lease)
      const row = await (dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
      if (!row) return
      const change = decide(row)
      const mine = { kind: claim.kind, subject: claim.subject }
      if (change === 'delete') await trx.deleteFrom('jobs').where('kind', '=', mine.kind).where('subject', '=', mine.subject).execute()
      else
        await trx
          .updateTable('jobs')
          .set({ ...change, lease: null, updated_at: time() })
          .where('kind', '=', mine.kind)
          .where('subject', '=', mine.subject)
          .execute()
      await insertEntries(trx, entries)
    })
  }

  const select = (selection: JobSelection) => {
    let query = db.selectFrom('jobs')
    if (selection.kind !== undefined) query = query.where('kind', '=', selection.kind)
    if (selection.subject !== undefined) query = query.where('subject', '=', selection.subject)
    if (selection.state !== undefined) query = query.where('state', '=', selection.state)
    if (selection.code !== undefined) query = query.where('code', '=', selection.code)
    if (selection.since !== undefined) query = query.where('updated_at', '>=', selection.since.getTime())
    return query
  }

  const isNew = (row: Row, claim: Claim): boolean => row.hints > claim.hints

  return {
    async add(...hints) {
      if (hints.length > 0) await db.transaction().execute(trx => addHints(trx, hints, now()))
    },

    async claim(kind, { limit, leaseMs }) {
      return await db.transaction().execute(async trx => {
        const at = time()
        let query = trx.selectFrom('jobs').selectAll().where('kind', '=', kind).where('due_at', '<=', at).orderBy('due_at').limit(limit)
        if (dialect === 'postgres') query = query.forUpdate().skipLocked()
        const rows = await query.execute()
        const claims: Claim[] = []
        for (const row of rows) {
          const lease = randomBytes(12).toString('hex')
          const isTakenOver = row.state === 'active'
          // A job that ends its process each time must not do so for ever.
          const change = { state: 'active', due_at: at + leaseMs, attempts: row.attempts + (isTakenOver ? 1 : 0) }
          await trx
            .updateTable('jobs')
            .set({ ...change, lease, updated_at: at })
            .where('kind', '=', row.kind)
            .where('subject', '=', row.subject)
            .execute()
          claims.push({ ...jobFrom({ ...row, ...change }), lease, isTakenOver })
        }
        return claims
      })
    },

    async claimOne(hint, leaseMs) {
      return await db.transaction().execute(async (trx): Promise<Held | undefined> => {
        const at = time()
        const { kind, subject } = hint
        const made = await trx
          .insertInto('jobs')
          .values({ ...jobRow(hint, at), state: 'active', hints: 0, due_at: at + leaseMs })
          .onConflict(conflict => conflict.columns(['kind', 'subject']).doNothing())
          .executeTakeFirst()
        let query = trx.selectFrom('jobs').selectAll().where('kind', '=', kind).where('subject', '=', subject)
        if (dialect === 'postgres') query = query.forUpdate()
        const row = await query.executeTakeFirst()
        const isMade = Number(made.numInsertedOrUpdatedRows ?? 0) > 0
        if (!row || (!isMade && row.state === 'active' && Number(row.due_at) > at)) return undefined
        const lease = randomBytes(12).toString('hex')
        await trx
          .updateTable('jobs')
          .set({ state: 'active', due_at: at + leaseMs, lease, updated_at: at })
          .where('kind', '=', kind)
          .where('subject', '=', subject)
          .execute()
        const job = jobFrom({ ...row, state: 'active', due_at: at + leaseMs })
        return { ...job, lease, isTakenOver: !isMade && row.state === 'active', before: isMade ? 'made' : row }
      })
    },

    async takeOver() {
      await db.updateTable('jobs').set({ due_at: time() }).where('state', '=', 'active').execute()
    },

    async extend(claims, leaseMs) {
      const kept: Claim[] = []
      for (const claim of claims) {
        const [result] = await db
          .updateTable('jobs')
          .set({ due_at: time() + leaseMs })
          .where('kind', '=', claim.kind)
          .where('subject', '=', claim.subject)
          .where('lease', '=', claim.lease)
          .execute()
        if (Number(result?.numUpdatedRows ?? 0) > 0) kept.push(claim)
      }
      return kept
    },

    finish: (claim, { entries = [], nextAt } = {}) =>
      settle(claim, entries, row => {
        const ready = { state: 'ready', attempts: 0, code: null, message: null }
        if (isNew(row, claim)) return { ...ready, due_at: time() }
        return nextAt ? { ...ready, due_at: nextAt.getTime() } : 'delete'
      }),

    retry: (claim, { at, code, message, isCounted, entries = [] }) =>
      settle(claim, entries, row => ({
        state: 'ready',
        due_at: at.getTime(),
        attempts: row.attempts + (isCounted ? 1 : 0),
        code,
        message
      })),

    setAside: (claim, { code, message, entries = [] }) =>
      settle(claim, entries, row =>
        isNew(row, claim)
          ? { state: 'ready', due_at: time(), attempts: row.attempts + 1, code, message }
          : { state: 'setAside', due_at: null, attempts: row.attempts + 1, code, message }
      ),

    release: (claim: Held, { entries = [] } = {}) =>
      settle(claim, entries, row => {
        const { before } = claim
        if (before === 'made') return isNew(row, claim) ? { state: 'ready', due_at: time() } : 'delete'
        if (before === undefined || before.state === 'active' || isNew(row, claim)) return { state: 'ready', due_at: time() }
        return { state: before.state, due_at: before.due_at === null ? null : Number(before.due_at) }
      }),

    async list(selection, limit) {
      return (await select(selection).selectAll().orderBy('updated_at', 'desc').orderBy('subject').limit(limit).execute()).map(jobFrom)
    },

    async count(selection) {
      const row = await select(selection)
        .select(({ fn }) => fn.countAll().as('count'))
        .executeTakeFirst()
      return Number(row?.count ?? 0)
    },

    async summary() {
      const rows = await db
        .selectFrom('jobs')
        .select(({ fn }) => ['kind', 'state', fn.countAll().as('count'), fn.min('due_at').as('oldest')])
        .groupBy(['kind', 'state'])
        .execute()
      return rows.map(({ kind, state, count, oldest }) => ({
        kind: kind as Job['kind'],
        state: state as Job['state'],
        count: Number(count),
        ...(state === 'ready' && oldest !== null && { oldestDueAt: new Date(Number(oldest)) })
      }))
    },

    async retryNow(selection) {
      const rows = await select(selection).selectAll().where('state', '!=', 'active').limit(mostAtOnce).execute()
      for (const { kind, subject } of rows)
        await db
          .updateTable('jobs')
          .set({ state: 'ready', due_at: time(), attempts: 0, updated_at: time() })
          .where('kind', '=', kind)
          .where('subject', '=', subject)
          .where('state', '!=', 'active')
          .execute()
      return rows.map(jobFrom)
    },

    async drop(selection) {
      const rows = await select(selection).selectAll().where('state', '!=', 'active').limit(mostAtOnce).execute()
      for (const { kind, subject } of rows)
        await db.deleteFrom('jobs').where('kind', '=', kind).where('subject', '=', subject).where('state', '!=', 'active').execute()
      return rows.map(jobFrom)
    }
  }
}
