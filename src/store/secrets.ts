import type { Kysely } from 'kysely'
import type { Secrets } from '../ports.ts'
import type { Seal } from './seal.ts'
import type { Tables } from './tables.ts'

export function storedSecrets(db: Kysely<Tables>, seal: Seal, now: () => Date): Secrets {
  const about = (name: string): string => `secret ${name}`
  return {
    async get(name) {
      const row = await db.selectFrom('secrets').select('sealed').where('name', '=', name).executeTakeFirst()
      return row && seal.open(row.sealed, about(name))
    },
    async put(name, value) {
      const change = { sealed: seal.close(value, about(name)), updated_at: now().getTime() }
      await db
        .insertInto('secrets')
        .values({ name, ...change })
        .onConflict(conflict => conflict.column('name').doUpdateSet(change))
        .execute()
    }
  }
}
