import type { Kysely } from 'kysely'
import type { Marks } from '../ports.ts'
import type { Tables } from './tables.ts'

export function storedMarks(db: Kysely<Tables>, now: () => Date): Marks {
  return {
    async get(name) {
      return (await db.selectFrom('marks').select('value').where('name', '=', name).executeTakeFirst())?.value
    },
    async put(name, value) {
      const change = { value, updated_at: now().getTime() }
      await db
        .insertInto('marks')
        .values({ name, ...change })
        .onConflict(conflict => conflict.column('name').doUpdateSet(change))
        .execute()
    },
    async delete(name) {
      await db.deleteFrom('marks').where('name', '=', name).execute()
    }
  }
}
