import type { Kysely, Migration } from 'kysely'

const tables: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db
    await schema
      .createTable('secrets')
      .addColumn('name', 'text', column => column.primaryKey())
      .addColumn('sealed', 'text', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()
    await schema
      .createTable('api_keys')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('name', 'text', column => column.notNull())
      .addColumn('hash', 'text', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('revoked_at', 'bigint')
      .execute()
    await schema
      .createTable('links')
      .addColumn('referral_id', 'text', column => column.primaryKey())
      .addColumn('lead_id', 'text', column => column.notNull())
      .addColumn('sealed', 'text', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()
    await schema
      .createTable('replays')
      .addColumn('key', 'text', column => column.primaryKey())
      .addColumn('request_hash', 'text', column => column.notNull())
      .addColumn('result', 'text')
      .addColumn('began_at', 'bigint', column => column.notNull())
      .execute()
    await schema.createIndex('replays_began_at').on('replays').column('began_at').execute()
  }
}

const engine: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db
    await schema
      .createTable('jobs')
      .addColumn('kind', 'text', column => column.notNull())
      .addColumn('subject', 'text', column => column.notNull())
      .addColumn('state', 'text', column => column.notNull())
      .addColumn('origin', 'text', column => column.notNull())
      .addColumn('attempts', 'integer', column => column.notNull())
      .addColumn('hints', 'integer', column => column.notNull())
      .addColumn('due_at', 'bigint')
      .addColumn('lease', 'text')
      .addColumn('state_before', 'text')
      .addColumn('due_before', 'bigint')
      .addColumn('correlation_id', 'text', column => column.notNull())
      .addColumn('code', 'text')
      .addColumn('message', 'text')
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .addPrimaryKeyConstraint('jobs_key', ['kind', 'subject'])
      .execute()
    await schema.createIndex('jobs_due').on('jobs').columns(['kind', 'due_at']).execute()
    await schema
      .createTable('callbacks')
      .addColumn('body_hash', 'text', column => column.primaryKey())
      .addColumn('event_name', 'text', column => column.notNull())
      .addColumn('referral_id', 'text')
      .addColumn('seen', 'integer', column => column.notNull())
      .addColumn('received_at', 'bigint', column => column.notNull())
      .addColumn('last_seen_at', 'bigint', column => column.notNull())
      .execute()
    await schema.createIndex('callbacks_received_at').on('callbacks').column('received_at').execute()
    await schema
      .createTable('timeline')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('referral_id', 'text', column => column.notNull())
      .addColumn('at', 'bigint', column => column.notNull())
      .addColumn('kind', 'text', column => column.notNull())
      .addColumn('correlation_id', 'text', column => column.notNull())
      .addColumn('details', 'text', column => column.notNull())
      .execute()
    await schema.createIndex('timeline_referral').on('timeline').columns(['referral_id', 'id']).execute()
    await schema
      .createTable('subscriptions')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('caller_id', 'text', column => column.notNull())
      .addColumn('url_hash', 'text', column => column.notNull().unique())
      .addColumn('sealed', 'text', column => column.notNull())
      .addColumn('events', 'text', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()
    await schema
      .createTable('deliveries')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('subscription_id', 'text', column => column.notNull())
      .addColumn('event', 'text', column => column.notNull())
      .addColumn('correlation_id', 'text', column => column.notNull())
      .addColumn('received_at', 'bigint', column => column.notNull())
      .execute()
    await schema.createIndex('deliveries_subscription').on('deliveries').columns(['subscription_id', 'id']).execute()
    await schema
      .createTable('marks')
      .addColumn('name', 'text', column => column.primaryKey())
      .addColumn('value', 'text', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()
    await schema.createIndex('links_lead').on('links').column('lead_id').execute()
  }
}

/** A key from before scopes may do what it could do: everything. So may one that an older version makes beside this one. */
const callers: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db
    await schema
      .alterTable('api_keys')
      .addColumn('scope', 'text', column => column.notNull().defaultTo('admin'))
      .execute()
    await schema.alterTable('api_keys').addColumn('old_hash', 'text').execute()
    // One at a time, for SQLite adds no more than one.
    for (const instant of ['rotated_at', 'old_ends_at', 'old_used_at', 'used_at'])
      await schema.alterTable('api_keys').addColumn(instant, 'bigint').execute()
  }
}

const intermediates: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('intermediates')
      .addColumn('thumbprint', 'text', column => column.primaryKey())
      .addColumn('der', 'text', column => column.notNull())
      .addColumn('source', 'text', column => column.notNull())
      .addColumn('kept_at', 'bigint', column => column.notNull())
      .addColumn('not_after', 'bigint', column => column.notNull())
      .execute()
  }
}

/** Every change of the schema, in order; a released one is never edited. */
export const migrations: Record<string, Migration> = {
  '0001-tables': tables,
  '0002-engine': engine,
  '0003-intermediates': intermediates,
  '0004-callers': callers
}
