import { sql } from 'kysely'
import t from 'tap'
import type { ReceivedCallback } from '../../src/ports.ts'
import type { NewTimelineEntry } from '../../src/schemas/timeline.ts'
import { openPrepared } from '../../src/store/open-prepared.ts'
import { toFailure } from '../../src/store/to-failure.ts'
import { eachStore, storeKey as key } from '../fixtures/stores.ts'

const now = () => new Date('2026-05-01T10:00:00Z')

t.test('what a database refuses for good is about the row; everything else is about the store', t => {
  const failing = (code: string) => toFailure(Object.assign(new Error('of «Contoso»'), { code, detail: '«Contoso»' }))
  for (const code of [
    '22021',
    '23502',
    '23505',
    '54000',
    'SQLITE_CONSTRAINT',
    'SQLITE_CONSTRAINT_NOTNULL',
    'SQLITE_TOOBIG',
    'SQLITE_MISMATCH'
  ])
    t.match(failing(code), { code: 'INTERNAL', message: `The store refuses what was to be stored (${code}).` })
  for (const code of [
    '53100',
    '57P01',
    '25P02',
    '40001',
    '08006',
    'SQLITE_FULL',
    'SQLITE_IOERR',
    'SQLITE_BUSY',
    'ECONNREFUSED',
    '',
    '223',
    '2250'
  ])
    t.match(failing(code), { code: 'STORE_UNAVAILABLE' }, code)
  t.end()
})

eachStore(t, 'a refused row is no outage, and its values are nowhere in the failure, whose cause is logged', async (t, _open, place) => {
  const { db, close } = await openPrepared(place, key, now)
  t.teardown(close)
  const row = { name: 'secret of Contoso', value: 'Contoso', updated_at: null as unknown as number }
  const error = await db.insertInto('marks').values(row).execute().catch(toFailure)
  if (Array.isArray(error)) throw new Error('it was stored')
  t.match(error, {
    code: 'INTERNAL',
    message: /\((23502|SQLITE_CONSTRAINT_NOTNULL)\)/,
    cause: { message: /23502|SQLITE_CONSTRAINT_NOTNULL/ }
  })
  const { stack, ...rest } = error.cause as Error
  t.match(stack, /\n {4}at /)
  t.notMatch(`${stack} ${JSON.stringify(rest)}`, /Contoso/)
  await sql`select 1`.execute(db)
})

eachStore(t, 'NUL characters in what a customer wrote are stored as �, wherever they are', async (t, open) => {
  const { timeline, inbox, jobs, links, marks, replays, subscriptions, apiKeys } = await open({ now })
  const nul = 'a\0b'
  const text = 'a\uFFFDb'
  const about = { referralId: nul, correlationId: nul }
  const changes = [{ field: 'name', from: nul, to: nul }]
  const entry: NewTimelineEntry = { ...about, kind: 'written', text: nul, changes, facts: { name: nul } }
  const hint = { kind: 'referral', subject: nul, origin: 'callback', correlationId: nul } as const
  const { subscription } = await subscriptions.put({ callerId: nul, url: `https://flow.example/${nul}`, events: [nul] })

  const received: ReceivedCallback = { ...about, bodyHash: 'h', event: { name: nul, referralId: nul }, hints: [hint], entries: [entry] }
  t.equal(await inbox.accept(received), 'new')
  t.equal(await inbox.accept(received), 'seen')
  t.match(
    await subscriptions.waiting(subscription.id, 9),
    [{ correlationId: text, event: { name: nul } }],
    'JSON has a sign of its own for it'
  )
  t.match(await timeline.list(nul, { limit: 9 }), [{ ...entry, referralId: text, correlationId: text }, { kind: 'deduplicated' }])

  await jobs.add(hint)
  const [claim] = await jobs.claim('referral', { limit: 1, leaseMs: 1000 })
  if (!claim) throw new Error('no job is due')
  t.match(claim, { subject: text, hints: 2, correlationId: text })
  t.equal((await jobs.extend([claim], 1000)).length, 1)
  await jobs.setAside(claim, { code: 'CRM_VALUE_REFUSED', message: nul, entries: [entry] })
  t.match(await jobs.list({ subject: nul }, 9), [{ message: text }])
  t.match(await jobs.claimOne(hint, 1000), { subject: text })

  const link = { referralId: nul, leadId: nul, written: { name: nul } }
  await links.put(link)
  t.match(await links.byLead(nul), { ...link, referralId: text, leadId: text })
  await marks.put(nul, nul)
  t.equal(await marks.get(nul), text)
  t.equal(await replays.begin(nul, nul, 1000), 'new')
  await replays.finish(nul, nul)
  t.same((await replays.begin(nul, text, 1000)) as unknown, { result: text })
  await apiKeys.create(nul)
  t.match(await apiKeys.list(), [{ name: text }])
})
