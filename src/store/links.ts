import type { Kysely, Selectable } from 'kysely'
import type { Link, Links } from '../ports.ts'
import type { Seal } from './seal.ts'
import { storableText } from './storable-text.ts'
import type { Tables } from './tables.ts'

/** What both sides hold is customer data: it is sealed. Ids compare without case, as GUIDs do. */
export function storedLinks(db: Kysely<Tables>, seal: Seal, now: () => Date): Links {
  // As it is stored: what is sealed is bound to it.
  const key = (id: string): string => storableText(id.toLowerCase())
  const about = (referralId: string): string => `link ${key(referralId)}`
  const read = ({ referral_id, lead_id, sealed }: Selectable<Tables['links']>): Link => ({
    ...(JSON.parse(seal.open(sealed, about(referral_id))) as Omit<Link, 'referralId' | 'leadId'>),
    referralId: referral_id,
    leadId: lead_id
  })
  return {
    async get(referralId) {
      const row = await db.selectFrom('links').selectAll().where('referral_id', '=', key(referralId)).executeTakeFirst()
      return row && { ...read(row), referralId }
    },
    async byLead(leadId) {
      // A lead whose referral column was changed by hand can have been linked twice: the later one counts.
      const rows = db.selectFrom('links').selectAll().where('lead_id', '=', key(leadId))
      const row = await rows.orderBy('updated_at', 'desc').orderBy('referral_id').limit(1).executeTakeFirst()
      return row && read(row)
    },
    async list({ after, limit }) {
      let rows = db.selectFrom('links').selectAll().orderBy('referral_id').limit(limit)
      if (after !== undefined) rows = rows.where('referral_id', '>', key(after))
      return (await rows.execute()).map(read)
    },
    async put({ referralId, leadId, ...rest }) {
      const change = { lead_id: key(leadId), sealed: seal.close(JSON.stringify(rest), about(referralId)), updated_at: now().getTime() }
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
