import { type Kysely, type RawBuilder, sql, type UpdateQueryBuilder, type UpdateResult } from 'kysely'
import type { Claim, Jobs } from '../ports.ts'
import type { NewTimelineEntry } from '../schemas/timeline.ts'
import { instant, subjectKey } from './job-row.ts'
import type { Tables } from './tables.ts'
import type { InsertEntries } from './timeline.ts'
import { asItWas, wantedAgain } from './wanted-again.ts'

type Update = UpdateQueryBuilder<Tables, 'jobs', 'jobs', UpdateResult>

/**
 * The ends of a claim. Each statement asks for the claim's lease: what a process that lost it says changes nothing, and its entries are not
 * stored. A hint that came after the claim was not looked at: the job is run again for it.
 */
export function settling(
  db: Kysely<Tables>,
  { now, insertEntries }: { now: () => Date; insertEntries: InsertEntries }
): Pick<Jobs, 'finish' | 'retry' | 'setAside' | 'release'> {
  async function settle(entries: readonly NewTimelineEntry[] = [], act: (trx: Kysely<Tables>) => Promise<boolean>): Promise<void> {
    await db.transaction().execute(async trx => {
      if (await act(trx)) await insertEntries(trx, entries)
    })
  }

  async function update(db: Kysely<Tables>, { kind, subject, lease }: Claim, change: (update: Update) => Update): Promise<boolean> {
    const free = { lease: null, state_before: null, due_before: null, updated_at: now().getTime() }
    const mine = db.updateTable('jobs').where('kind', '=', kind).where('subject', '=', subjectKey(subject)).where('lease', '=', lease)
    const { numUpdatedRows } = await change(mine.set(free)).executeTakeFirstOrThrow()
    return Number(numUpdatedRows) > 0
  }

  /** Unless hints came; `isMade` restricts it to a row that the claim has made. */
  async function remove(db: Kysely<Tables>, { kind, subject, lease, hints }: Claim, isMade = false): Promise<boolean> {
    const mine = db.deleteFrom('jobs').where('kind', '=', kind).where('subject', '=', subjectKey(subject)).where('lease', '=', lease)
    const done = mine.where('hints', '<=', hints)
    const { numDeletedRows } = await (isMade ? done.where('state_before', 'is', null) : done).executeTakeFirstOrThrow()
    return Number(numDeletedRows) > 0
  }

  return {
    finish: (claim, { entries, nextAt } = {}) =>
      settle(entries, async trx => {
        if (!nextAt && (await remove(trx, claim))) return true
        const at = now().getTime()
        const next = nextAt ? sql<number>`case when ${hintCame(claim)} then ${instant(at)} else ${instant(nextAt.getTime())} end` : at
        // What it stands for from now on: the hints that came meanwhile, or its schedule.
        const hints = sql<number>`case when ${hintCame(claim)} then hints - ${claim.hints} else 1 end`
        return await update(trx, claim, row => row.set({ state: 'ready', due_at: next, attempts: 0, code: null, message: null, hints }))
      }),

    retry: (claim, { at, code, message, isCounted, entries }) =>
      settle(entries, trx =>
        update(trx, claim, row =>
          row.set(({ eb }) => ({
            state: 'ready',
            due_at: at.getTime(),
            attempts: eb('attempts', '+', isCounted ? 1 : 0),
            code,
            message
          }))
        )
      ),

    setAside: (claim, { code, message, entries }) =>
      settle(entries, trx =>
        update(trx, claim, row =>
          row.set(
            wantedAgain(hintCame(claim), instant(now().getTime()), {
              state: sql`'setAside'`,
              due_at: sql`null`,
              attempts: sql`jobs.attempts + 1`,
              code: sql`${code}`,
              message: sql`${message}`
            })
          )
        )
      ),

    /*
     * before the claim      no hint came     a hint came
     * made by the claim     gone             ready now
     * taken over            ready now        ready now
     * ready                 as it was        ready now; one that failed keeps to its time
     * set aside             as it was        ready now, as if it had never failed
     */
    release: (claim, { entries } = {}) =>
      settle(entries, async trx => {
        if (await remove(trx, claim, true)) return true
        const at = instant(now().getTime())
        return await update(trx, claim, row =>
          row.set(
            wantedAgain(sql`state_before = 'setAside' and ${hintCame(claim)}`, at, {
              ...asItWas,
              state: sql`case when state_before = 'setAside' then 'setAside' else 'ready' end`,
              due_at: sql`case
                when state_before = 'setAside' then null
                when state_before = 'ready' and (code is not null or not ${hintCame(claim)}) then due_before
                else ${at} end`
            })
          )
        )
      })
  }
}

/** After the claim was made. */
const hintCame = ({ hints }: Claim): RawBuilder<boolean> => sql<boolean>`(jobs.hints > ${hints})`
