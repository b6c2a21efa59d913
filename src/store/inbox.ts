import type { Kysely } from 'kysely'
import type { Inbox, JobHint, ReceivedCallback } from '../ports.ts'
import type { NewTimelineEntry } from '../schemas/timeline.ts'
import { addHints } from './add-hints.ts'
import type { Dialect } from './database.ts'
import { sharedCommits } from './share-commits.ts'
import type { Tables } from './tables.ts'
import type { InsertEntries } from './timeline.ts'

export interface InboxOptions {
  now: () => Date
  dialect: Dialect
  nextId: () => string
  insertEntries: InsertEntries
}

/** Callback, jobs, timeline and deliveries in one transaction: all of them are there, or none. */
export function storedInbox(db: Kysely<Tables>, { now, dialect, nextId, insertEntries }: InboxOptions): Inbox {
  // PostgreSQL lets commits that come at the same time share a write to its log by itself.
  const commit = dialect === 'sqlite' ? sharedCommits(db) : undefined

  return {
    accept: received => (commit ? commit(trx => store(trx, received)) : db.transaction().execute(trx => store(trx, received))),
    announce: happened => db.transaction().execute(async trx => await addHints(trx, await deliver(trx, happened, now().getTime()), now()))
  }

  async function store(trx: Kysely<Tables>, received: ReceivedCallback): Promise<'new' | 'seen'> {
    const { hints, entries } = received
    const at = now()
    if (!(await keep(trx, received, at.getTime()))) {
      await countAgain(trx, received, at.getTime())
      return 'seen'
    }
    const deliveries = await deliver(trx, received, at.getTime())
    await insertEntries(trx, [...entries, ...(hints.length + deliveries.length === 0 ? noOneTold(received) : [])])
    await addHints(trx, [...hints, ...deliveries], at)
    return 'new'
  }

  /** False when it was kept before. */
  async function keep(trx: Kysely<Tables>, { bodyHash, event }: ReceivedCallback, at: number): Promise<boolean> {
    const row = {
      body_hash: bodyHash,
      event_name: event.name,
      referral_id: event.referralId ?? null,
      seen: 1,
      received_at: at,
      last_seen_at: at
    }
    const insert = trx.insertInto('callbacks').values(row)
    const { numInsertedOrUpdatedRows } = await insert
      .onConflict(conflict => conflict.column('body_hash').doNothing())
      .executeTakeFirstOrThrow()
    return Number(numInsertedOrUpdatedRows ?? 0) > 0
  }

  /** Noted once where the first was, so that somebody who sends a captured callback for ever fills nothing but a counter. */
  async function countAgain(trx: Kysely<Tables>, { bodyHash, event, entries, correlationId }: ReceivedCallback, at: number): Promise<void> {
    const row = await trx
      .updateTable('callbacks')
      .set(({ eb }) => ({ seen: eb('seen', '+', 1), last_seen_at: at }))
      .where('body_hash', '=', bodyHash)
      .returning('seen')
      .executeTakeFirst()
    if (row?.seen !== 2 || event.referralId === undefined || entries.length === 0) return
    const text = `The callback ${event.name} came again and changed nothing; further ones are only counted.`
    await insertEntries(trx, [{ referralId: event.referralId, correlationId, kind: 'deduplicated', text }])
  }

  /** A delivery for each subscription to the event; each subscription is told by a job of its own. */
  async function deliver(
    trx: Kysely<Tables>,
    { event, correlationId }: Pick<ReceivedCallback, 'event' | 'correlationId'>,
    at: number
  ): Promise<JobHint[]> {
    const subscriptions = await trx.selectFrom('subscriptions').select(['id', 'events']).execute()
    // Partner Center writes names in differing case.
    const name = event.name.toLowerCase()
    const wanted = subscriptions.filter(({ events }) => (JSON.parse(events) as string[]).some(one => one.toLowerCase() === name))
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

/** When flows do the syncing and none has subscribed: whoever asks why the referral is not in the CRM has to find it. */
function noOneTold({ event: { name, referralId }, entries, correlationId }: ReceivedCallback): NewTimelineEntry[] {
  if (referralId === undefined || entries.length === 0) return []
  const text = `Nobody has subscribed to ${name}, and flows are to do the syncing (SYNC_BY): nothing was done. Turn a flow on.`
  return [{ referralId, correlationId, kind: 'skipped', text }]
}
