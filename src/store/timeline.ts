import type { Kysely, Selectable } from 'kysely'
import type { TimelineEntries } from '../ports.ts'
import type { NewTimelineEntry, TimelineEntry } from '../schemas/timeline.ts'
import { idsFrom } from './sortable-id.ts'
import type { Tables } from './tables.ts'

export type InsertEntries = (db: Kysely<Tables>, entries: readonly NewTimelineEntry[]) => Promise<void>

/** One statement for all of them; part of whatever transaction `db` is. */
export function entryInserter(nextId: () => string, now: () => Date): InsertEntries {
  return async (db, entries) => {
    if (entries.length === 0) return
    const present = now().getTime()
    const rows = entries.map(({ referralId, kind, correlationId, at, ...details }) => ({
      id: nextId(),
      referral_id: referralId.toLowerCase(),
      at: at === undefined ? present : Date.parse(at),
      kind,
      correlation_id: correlationId,
      details: JSON.stringify(details)
    }))
    await db.insertInto('timeline').values(rows).execute()
  }
}

export function storedTimeline(db: Kysely<Tables>, insert: InsertEntries): TimelineEntries {
  return {
    add: (...entries) => insert(db, entries),
    async list(referralId, { after, limit }) {
      let query = db.selectFrom('timeline').selectAll().where('referral_id', '=', referralId.toLowerCase())
      if (after !== undefined) query = query.where('id', '>', after)
      return (await query.orderBy('id').limit(limit).execute()).map(entryFrom)
    },
    async all({ since, after, limit }) {
      let query = db.selectFrom('timeline').selectAll()
      // An entry is stored when it happened or a little later: its id narrows the search, its time decides.
      if (since) query = query.where('id', '>=', idsFrom(since.getTime())).where('at', '>=', since.getTime())
      if (after !== undefined) query = query.where('id', '>', after)
      return (await query.orderBy('id').limit(limit).execute()).map(entryFrom)
    }
  }
}

function entryFrom({ id, referral_id, at, kind, correlation_id, details }: Selectable<Tables['timeline']>): TimelineEntry {
  return {
    id,
    referralId: referral_id,
    at: new Date(Number(at)).toISOString(),
    kind: kind as TimelineEntry['kind'],
    correlationId: correlation_id,
    ...(JSON.parse(details) as Pick<TimelineEntry, 'text'>)
  }
}
