import type { Kysely } from 'kysely'
import type { Links } from '../ports.ts'
import type { Seal } from './seal.ts'
import type { Tables } from './tables.ts'

/** The written values are customer data: they are sealed. Ids compare without case, as GUIDs do. */
export function storedLinks(db: Kysely<Tables>, seal: Seal, now: () => Date): Links {
  const key = (referralId: string): string => referralId.toLowerCase()
  const about = (referralId: string): string => `link ${key(referralId)}`
  return {
    async get(referralId) {
      const row = await db.selectFrom('links').selectAll().where('referral_id', '=', key(referralId)).executeTakeFirst()
      return row && { referralId, leadId: row.lead_id, written: JSON.parse(seal.open(row.sealed, about(referralId))) }
    },
    async put({ referralId, leadId, written }) {
      const change = { lead_id: leadId, sealed: seal.close(JSON.stringify(written), about(referralId)), updated_at: now().getTime() }
      await db
        .insertInto('links')
        .values({ referral_id: key(referralId), ...change })
        .onConflict(conflict => conflict.column('referral_id').doUpdateSet(change))
        .execute()
    },
    async delete(referralId) {
      await db.deleteFrom('links').where('referral_id', '=', key(referralId)).execute()
    }
  }
}
