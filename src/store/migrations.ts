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

/** Every change of the schema, in order; a released one is never edited. */
export const migrations: Record<string, Migration> = { '0001-tables': tables }
