import { randomBytes } from 'node:crypto'
import { type Kysely, type Selectable, sql } from 'kysely'
import { Failure } from '../failure.ts'
import type { Delivery, Subscription, Subscriptions } from '../ports.ts'
import { callerOfKey } from '../schemas/caller.ts'
import type { Dialect } from './database.ts'
import type { Seal } from './seal.ts'
import type { Tables } from './tables.ts'
import type { InsertEntries } from './timeline.ts'

export interface SubscriptionOptions {
  now: () => Date
  dialect: Dialect
  max: number
  insertEntries: InsertEntries
}

/** The URL and the secret are sealed; one URL is found again by its keyed hash. */
export function storedSubscriptions(db: Kysely<Tables>, seal: Seal, options: SubscriptionOptions): Subscriptions {
  const { now, dialect, max, insertEntries } = options
  const about = (id: string): string => `subscription ${id}`

  const read = ({ id, caller_id, sealed, events, created_at }: Selectable<Tables['subscriptions']>): Subscription => ({
    id,
    callerId: caller_id,
    ...(JSON.parse(seal.open(sealed, about(id))) as Pick<Subscription, 'url' | 'secret'>),
    events: JSON.parse(events) as string[],
    createdAt: new Date(Number(created_at))
  })

  /** A request that was let in just before its key was revoked must not leave a subscription behind. */
  async function refuseRevoked(trx: Kysely<Tables>, callerId: string): Promise<void> {
    const prefix = callerOfKey('')
    if (!callerId.startsWith(prefix)) return
    const query = trx.selectFrom('api_keys').select('revoked_at').where('id', '=', callerId.slice(prefix.length))
    // On PostgreSQL the revocation waits for this transaction, and finds what it makes, or this waits for the revocation.
    const row = await (dialect === 'postgres' ? query.forShare() : query).executeTakeFirst()
    if (row && row.revoked_at !== null) throw new Failure('CALLER_UNAUTHENTICATED', 'The API key was revoked.')
  }

  return {
    put: ({ callerId, url, events }) =>
      db.transaction().execute(async trx => {
        await refuseRevoked(trx, callerId)
        // So that they can be counted. Reading goes on. On SQLite every transaction is alone.
        if (dialect === 'postgres') await sql`lock table subscriptions in share row exclusive mode`.execute(trx)
        const hash = seal.hash(url)
        const at = now().getTime()
        // Knowing it is the right to end it. Subjects of jobs are in lower case.
        const id = randomBytes(20).toString('hex')
        const secret = `whsec_${randomBytes(32).toString('base64')}`
        const change = { caller_id: callerId, events: JSON.stringify(events), updated_at: at }
        const row = { id, url_hash: hash, sealed: seal.close(JSON.stringify({ url, secret }), about(id)), created_at: at, ...change }
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto('subscriptions')
          .values(row)
          .onConflict(conflict => conflict.column('url_hash').doNothing())
          .executeTakeFirstOrThrow()
        const isNew = Number(numInsertedOrUpdatedRows ?? 0) > 0
        if (!isNew) await trx.updateTable('subscriptions').set(change).where('url_hash', '=', hash).execute()
        const { count } = await trx
          .selectFrom('subscriptions')
          .select(({ fn }) => fn.countAll().as('count'))
          .executeTakeFirstOrThrow()
        if (isNew && Number(count) > max) throw new Failure('SUBSCRIPTIONS_EXHAUSTED', `There are ${max} subscriptions already.`)
        const kept = await trx.selectFrom('subscriptions').selectAll().where('url_hash', '=', hash).executeTakeFirstOrThrow()
        return { subscription: read(kept), isNew }
      }),
    async get(id) {
      const row = await db.selectFrom('subscriptions').selectAll().where('id', '=', id).executeTakeFirst()
      return row && read(row)
    },
    async list() {
      return (await db.selectFrom('subscriptions').selectAll().orderBy('created_at').orderBy('id').execute()).map(read)
    },
    delete: id =>
      db.transaction().execute(async trx => {
        const [ended] = await endSubscriptions(trx, [id])
        return ended !== undefined
      }),
    async waiting(id, limit) {
      const rows = await db.selectFrom('deliveries').selectAll().where('subscription_id', '=', id).orderBy('id').limit(limit).execute()
      return rows.map(deliveryFrom)
    },
    async waitingCounts() {
      const counted = db.selectFrom('deliveries').select(({ fn }) => ['subscription_id', fn.countAll().as('count')])
      const rows = await counted.groupBy('subscription_id').execute()
      return new Map(rows.map(({ subscription_id, count }) => [subscription_id, Number(count)]))
    },
    settle: (deliveryId, entries = []) =>
      db.transaction().execute(async trx => {
        await trx.deleteFrom('deliveries').where('id', '=', deliveryId).execute()
        await insertEntries(trx, entries)
      })
  }
}

/** Ends subscriptions, with what waits for them; gives the ids of those that there were. Part of whatever transaction `trx` is. */
export async function endSubscriptions(trx: Kysely<Tables>, ids: readonly string[]): Promise<string[]> {
  const ended: string[] = []
  // In the order in which hints are added, so that neither waits for the other in a circle.
  for (const id of [...ids].sort()) {
    const { numDeletedRows } = await trx.deleteFrom('subscriptions').where('id', '=', id).executeTakeFirstOrThrow()
    if (Number(numDeletedRows) > 0) ended.push(id)
    await trx.deleteFrom('deliveries').where('subscription_id', '=', id).execute()
    // An active one is ended by whoever works on it, who may be the one that ends the subscription.
    await trx.deleteFrom('jobs').where('kind', '=', 'subscription').where('subject', '=', id).where('state', '!=', 'active').execute()
  }
  return ended
}

function deliveryFrom({ id, subscription_id, event, correlation_id, received_at }: Selectable<Tables['deliveries']>): Delivery {
  return {
    id,
    subscriptionId: subscription_id,
    event: JSON.parse(event) as Delivery['event'],
    receivedAt: new Date(Number(received_at)),
    correlationId: correlation_id
  }
}
