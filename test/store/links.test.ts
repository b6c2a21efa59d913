import t from 'tap'
import type { Link } from '../../src/ports.ts'
import { manualClock } from '../fixtures/manual-clock.ts'
import { eachStore } from '../fixtures/stores.ts'

const full: Link = {
  referralId: '4111fffc-f9ee',
  leadId: '0a1b',
  written: { subject: 'x', estimatedAmount: 1.5, new_hot: null },
  lead: { leadId: '0a1b', state: 'Open', estimatedAmount: 2.5, currency: 'EUR', estimatedCloseDate: '2026-05-01' },
  ownETag: '"e-1"',
  deletedAt: '2026-05-01T10:00:00.000Z'
}

eachStore(t, 'a link comes back as it was put, until it is replaced or deleted', async (t, open) => {
  const { links } = await open()
  t.equal(await links.get(full.referralId), undefined)
  t.equal(await links.byLead(full.leadId), undefined)
  await links.put(full)
  t.same(await links.get(full.referralId), full)
  t.same(await links.byLead(full.leadId), full)
  const bare: Link = { referralId: full.referralId, leadId: '0a1c', written: {} }
  await links.put(bare)
  t.same(await links.get(full.referralId), bare, 'nothing of the old one is left')
  t.equal(await links.byLead('0a1b'), undefined)
  t.same(await links.byLead('0a1c'), bare)
  await links.delete(full.referralId)
  await links.delete(full.referralId)
  t.equal(await links.get(full.referralId), undefined)
})

eachStore(t, 'ids are found whatever their case', async (t, open) => {
  const { links } = await open()
  await links.put({ ...full, referralId: '4111FFFC-F9EE', leadId: '0A1B' })
  t.same(await links.get('4111fffc-F9EE'), { ...full, referralId: '4111fffc-F9EE' })
  t.same(await links.byLead('0A1b'), full)
  await links.delete('4111FFFC-f9ee')
  t.equal(await links.byLead('0a1b'), undefined)
})

eachStore(t, 'of two links to one lead the later one counts', async (t, open) => {
  const { now, advance } = manualClock()
  const { links } = await open({ now })
  await links.put({ ...full, referralId: 'b' })
  await advance(1)
  await links.put({ ...full, referralId: 'a' })
  t.match(await links.byLead(full.leadId), { referralId: 'a' })
  await advance(1)
  await links.put({ ...full, referralId: 'b' })
  t.match(await links.byLead(full.leadId), { referralId: 'b' })
})

eachStore(t, 'links are listed a page at a time', async (t, open) => {
  const { links } = await open()
  t.same(await links.list({ limit: 2 }), [])
  for (const referralId of ['b', 'E', 'a', 'd', 'c']) await links.put({ ...full, referralId })
  const listed: Link[] = []
  for (let page = await links.list({ limit: 2 }); page.length > 0; ) {
    t.ok(page.length <= 2)
    listed.push(...page)
    page = await links.list({ limit: 2, after: page.at(-1)?.referralId ?? '' })
  }
  t.same(
    listed,
    ['a', 'b', 'c', 'd', 'e'].map(referralId => ({ ...full, referralId }))
  )
  t.same(await links.list({ limit: 9, after: 'D' }), [{ ...full, referralId: 'e' }])
})

eachStore(t, 'marks are kept, replaced and forgotten', async (t, open) => {
  const { marks, place } = await open()
  t.equal(await marks.get('crm'), undefined)
  await marks.put('crm', 'a')
  await marks.put('crm', 'b'.repeat(10_000))
  await marks.put('paused', '')
  const other = await open({ place })
  t.equal(await other.marks.get('crm'), 'b'.repeat(10_000))
  t.equal(await other.marks.get('paused'), '')
  await other.marks.delete('crm')
  await other.marks.delete('crm')
  t.equal(await marks.get('crm'), undefined)
})
