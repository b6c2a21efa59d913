import type { Kysely } from 'kysely'
import type { Inbox, JobHint, ReceivedCallback } from '../ports.ts'
import { addHints } from './add-hints.ts'
import type { Tables } from './tables.ts'
import type { InsertEntries } from './timeline.ts'

/** Callback, jobs, timeline and deliveries in one transaction: all of them are there, or none. */
export function storedInbox(
  db: Kysely<Tables>,
  { now, nextId, insertEntries }: { now: () => Date; nextId: () => string; insertEntries: InsertEntries }
): Inbox {
  return {
    accept: received =>
      db.transaction().execute(async trx => {
        const { bodyHash, event, hints, entries } = received
        const at = now().getTime()
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto('callbacks')
          .values({
            body_hash: bodyHash,
            event_name: event.name,
            referral_id: event.referralId ?? null,
            seen: 1,
            received_at: at,
            last_seen_at: at
          })
          .onConflict(conflict => conflict.column('body_hash').doNothing())
          .executeTakeFirstOrThrow()
        if (Number(numInsertedOrUpdatedRows ?? 0) === 0) {
          await seenAgain(trx, received, at)
          return 'seen'
        }
        await insertEntries(trx, entries)
        await addHints(trx, [...hints, ...(await deliver(trx, received, at))], now())
        return 'new'
      })
  }

  /** Noted once, so that somebody who sends a captured callback for ever fills nothing but a counter. */
  async function seenAgain(trx: Kysely<Tables>, { bodyHash, event, correlationId }: ReceivedCallback, at: number): Promise<void> {
    const row = await trx
      .updateTable('callbacks')
      .set(({ eb }) => ({ seen: eb('seen', '+', 1), last_seen_at: at }))
      .where('body_hash', '=', bodyHash)
      .returning('seen')
      .executeTakeFirst()
    if (row?.seen !== 2 || event.referralId === undefined) return
    const text = `The callback ${event.name} came again and changed nothing; further ones are only counted.`
    await insertEntries(trx, [{ referralId: event.referralId, correlationId, kind: 'deduplicated', text }])
  }

  /** A delivery for each subscription to the event; each subscription is told by a job of its own. */
  async function deliver(trx: Kysely<Tables>, { event, correlationId }: ReceivedCallback, at: number): Promise<JobHint[]> {
    const subscriptions = await trx.selectFrom('subscriptions').select(['id', 'events']).execute()
    const wanted = subscriptions.filter(({ events }) => (JSON.parse(events) as string[]).includes(event.name))
    if (wanted.length === 0) return []
    const rows = wanted.map(({ id }) => ({
      id: nextId(),
      subscription_id: id,
      event: JSON.stringify(event),
      correlation_id: correlationId,
      received_at: at
    }))
    await trx.insertInto('deliveries').values(rows).execute()
    return wanted.map(({ id }) => ({ kind: 'subscription', subject: id, origin: 'callback', correlationId }))
  }
}
