import { type RawBuilder, sql } from 'kysely'

/** The columns of a row of `jobs` that say what is to be done with it and what came of it. */
interface Standing {
  state: RawBuilder<string>
  due_at: RawBuilder<number | null>
  attempts: RawBuilder<number>
  code: RawBuilder<string | null>
  message: RawBuilder<string | null>
}

/** As the row was before the statement; `jobs.` because `excluded` has the same columns. */
export const asItWas: Standing = {
  state: sql`jobs.state`,
  due_at: sql`jobs.due_at`,
  attempts: sql`jobs.attempts`,
  code: sql`jobs.code`,
  message: sql`jobs.message`
}

/**
 * What becomes of a row that failed for good and is wanted again, whether the hint came before or after it was set aside: it is ready as if it had
 * never failed. `otherwise` has what becomes of it when that is not the case.
 */
export function wantedAgain(when: RawBuilder<unknown>, dueAt: RawBuilder<number>, otherwise: Standing): Standing {
  const either = <T>(wanted: RawBuilder<T>, not: RawBuilder<T>): RawBuilder<T> => sql<T>`case when ${when} then ${wanted} else ${not} end`
  return {
    state: either(sql`'ready'`, otherwise.state),
    due_at: either<number | null>(dueAt, otherwise.due_at),
    attempts: either(sql`0`, otherwise.attempts),
    code: either(sql`null`, otherwise.code),
    message: either(sql`null`, otherwise.message)
  }
}
