import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { openSqlite } from '../../src/store/sqlite.ts'

/** A store in a file that has no room for more. */
async function full(t: Test) {
  const { db, close } = await openSqlite(t.testdir())
  t.teardown(close)
  const table = db.schema.createTable('marks').addColumn('name', 'text').addColumn('value', 'text').addColumn('updated_at', 'bigint')
  await table.execute()
  const limit = (pages: number) => sql`pragma max_page_count = ${sql.lit(pages)}`.execute(db)
  await limit(1)
  const row = (size: number) => ({ name: 'n', value: 'x'.repeat(size), updated_at: 1 })
  return { db, row, makeRoom: () => limit(1_000_000) }
}

t.test('what a transaction failed of is told, though SQLite has rolled it back by itself', async t => {
  const { db, row, makeRoom } = await full(t)
  const store = () =>
    db.transaction().execute(async trx => {
      await trx.insertInto('marks').values(row(1)).execute()
      await trx.insertInto('marks').values(row(100_000)).execute()
    })
  await t.rejects(store(), { code: 'SQLITE_FULL' })
  await t.rejects(store(), { code: 'SQLITE_FULL' }, 'each time')
  await t.rejects(db.insertInto('marks').values(row(100_000)).execute(), { code: 'SQLITE_FULL' }, 'and by itself')
  t.same(await db.selectFrom('marks').selectAll().execute(), [])
  await makeRoom()
  await store()
  t.equal((await db.selectFrom('marks').selectAll().execute()).length, 2)
})

t.test('a transaction that fails of something else is undone', async t => {
  const { db, row } = await full(t)
  const store = db.transaction().execute(async trx => {
    await trx.insertInto('marks').values(row(1)).execute()
    throw new Error('a mistake')
  })
  await t.rejects(store, { message: 'a mistake' })
  t.same(await db.selectFrom('marks').selectAll().execute(), [])
})
