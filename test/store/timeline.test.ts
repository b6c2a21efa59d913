import t from 'tap'
import type { NewTimelineEntry } from '../../src/schemas/timeline.ts'
import { idsFrom, sortableIds } from '../../src/store/sortable-id.ts'
import { manualClock } from '../fixtures/manual-clock.ts'
import { eachStore } from '../fixtures/stores.ts'

const entry = (text: string, changes: Partial<NewTimelineEntry> = {}): NewTimelineEntry => ({
  referralId: 'r-1',
  kind: 'compared',
  correlationId: 'c-1',
  text,
  ...changes
})

eachStore(t, 'an entry comes back as it was written down, with an id and its time', async (t, open) => {
  const { now } = manualClock()
  const { timeline } = await open({ now })
  const full: NewTimelineEntry = {
    ...entry('Größer 😀 \u0000 than'),
    by: 'key one',
    code: 'CRM_BUSY',
    advice: 'Wait.',
    changes: [{ field: 'estimatedAmount', from: '1', to: '2' }, { field: 'email' }],
    facts: { leadId: 'l-1' }
  }
  const noted = new Date(now().getTime() - 5000).toISOString()
  await timeline.add(full, entry('earlier', { at: noted }))
  await timeline.add()
  const [first, second, ...rest] = await timeline.list('r-1', { limit: 10 })
  t.match(first?.id, /^[0-9a-z]{23}$/)
  t.same(first, { ...full, id: first?.id, at: now().toISOString() })
  t.match(second, { text: 'earlier', at: noted })
  t.same(rest, [])
})

eachStore(t, 'a referral’s entries come in their order, a page at a time, whatever the case of its id', async (t, open) => {
  const { now, advance } = manualClock()
  const { timeline } = await open({ now })
  for (const n of [0, 3, 6]) {
    await timeline.add(entry(`${n}`), entry(`${n + 1}`, { referralId: 'R-1' }), entry('other', { referralId: 'r-2' }), entry(`${n + 2}`))
    await advance(1000)
  }
  const texts: string[] = []
  let after: string | undefined
  for (;;) {
    const page = await timeline.list('R-1', { limit: 4, ...(after !== undefined && { after }) })
    texts.push(...page.map(({ text }) => text))
    after = page.at(-1)?.id
    if (page.length < 4) break
  }
  t.same(texts, ['0', '1', '2', '3', '4', '5', '6', '7', '8'])
  t.same(await timeline.list('r-3', { limit: 4 }), [])
})

eachStore(t, 'the entries of all referrals come from a time on', async (t, open) => {
  const { now, advance } = manualClock()
  const { timeline } = await open({ now })
  await timeline.add(entry('1'))
  await advance(1000)
  const since = now()
  await timeline.add(entry('2', { referralId: 'r-2' }), entry('noted before', { at: new Date(since.getTime() - 1).toISOString() }))
  await advance(1000)
  await timeline.add(entry('3'), entry('4'))
  const texts = async (...[options]: Parameters<typeof timeline.all>): Promise<string[]> =>
    (await timeline.all(options)).map(({ text }) => text)
  t.same(await texts({ limit: 10 }), ['1', '2', 'noted before', '3', '4'])
  t.same(await texts({ since, limit: 10 }), ['2', '3', '4'])
  const [second] = await timeline.all({ since, limit: 1 })
  t.same(await texts({ since, limit: 1, after: second?.id ?? '' }), ['3'])
  t.same(await texts({ since: new Date(now().getTime() + 1), limit: 10 }), [])
  t.same((await texts({ since: new Date(0), limit: 10 })).length, 5)
})

t.test('ids', async t => {
  t.test('sort as they were made, also when the clock is set back', async t => {
    let at = 1_700_000_000_000
    const next = sortableIds(() => new Date(at))
    const ids: string[] = []
    for (const step of [0, 0, 1, -5000, 0, 7, 86_400_000]) {
      at += step
      ids.push(next(), next())
    }
    t.same([...ids].sort(), ids)
    t.equal(new Set(ids).size, ids.length)
  })

  t.test('of two processes are never the same', async t => {
    const now = (): Date => new Date(1_700_000_000_000)
    const [one, two] = [sortableIds(now), sortableIds(now)]
    t.equal(new Set(Array.from({ length: 1000 }, () => [one(), two()]).flat()).size, 2000)
  })

  t.test('tell their time', async t => {
    const at = 1_700_000_000_000
    const id = sortableIds(() => new Date(at))()
    t.ok(idsFrom(at) <= id)
    t.ok(id < idsFrom(at + 1))
    t.ok(idsFrom(-1) < id, 'a time before 1970 is before all of them')
  })
})
