import type { Kysely } from 'kysely'
import type { Intermediates, NewIntermediate } from '../ports.ts'
import type { Tables } from './tables.ts'

const maxFetched = 64
const maxAdded = 200
const dayMs = 24 * 60 * 60 * 1000

/** Certificates are public, and are judged anew whenever they are used: they lie open. */
export function storedIntermediates(db: Kysely<Tables>, now: () => Date): Intermediates {
  const rowFrom = ({ thumbprint, der, notAfter }: NewIntermediate, source: 'added' | 'fetched') => ({
    thumbprint,
    der: der.toString('base64'),
    source,
    kept_at: now().getTime(),
    not_after: notAfter.getTime()
  })
  return {
    async list() {
      const rows = await db
        .selectFrom('intermediates')
        .selectAll()
        .orderBy('source')
        .orderBy('kept_at', 'desc')
        .orderBy('thumbprint')
        .execute()
      return rows.map(({ thumbprint, der, source, kept_at, not_after }) => ({
        thumbprint,
        der: Buffer.from(der, 'base64'),
        source: source === 'added' ? 'added' : 'fetched',
        keptAt: new Date(Number(kept_at)),
        notAfter: new Date(Number(not_after))
      }))
    },
    async keep(...fetched) {
      if (fetched.length === 0) return
      const at = now().getTime()
      // PostgreSQL refuses a statement that touches a row twice.
      const distinct = [...new Map(fetched.map(certificate => [certificate.thumbprint, certificate])).values()]
      await db
        .insertInto('intermediates')
        .values(distinct.map(certificate => rowFrom(certificate, 'fetched')))
        // Once a day is enough to know which are of use.
        .onConflict(conflict =>
          conflict
            .column('thumbprint')
            .doUpdateSet({ kept_at: at })
            .where('intermediates.source', '=', 'fetched')
            .where('intermediates.kept_at', '<=', at - dayMs)
        )
        .execute()
      const latest = db
        .selectFrom('intermediates')
        .select('thumbprint')
        .where('source', '=', 'fetched')
        .orderBy('kept_at', 'desc')
        .orderBy('thumbprint')
        .limit(maxFetched)
      await db.deleteFrom('intermediates').where('source', '=', 'fetched').where('thumbprint', 'not in', latest).execute()
    },
    add: (...certificates) =>
      db.transaction().execute(async trx => {
        const added = await trx.selectFrom('intermediates').select('thumbprint').where('source', '=', 'added').execute()
        const all = new Set([...added, ...certificates].map(({ thumbprint }) => thumbprint))
        if (all.size > maxAdded) return false
        for (const certificate of certificates) {
          const row = rowFrom(certificate, 'added')
          await trx
            .insertInto('intermediates')
            .values(row)
            .onConflict(conflict =>
              conflict
                .column('thumbprint')
                .doUpdateSet({ source: 'added', kept_at: row.kept_at })
                .where('intermediates.source', '=', 'fetched')
            )
            .execute()
        }
        return true
      }),
    async remove(thumbprint) {
      const { numDeletedRows } = await db.deleteFrom('intermediates').where('thumbprint', '=', thumbprint).executeTakeFirstOrThrow()
      return Number(numDeletedRows) > 0
    }
  }
}
