import t from 'tap'
import { leadFromReferral } from '../../src/mapping/lead-from-referral.ts'
import type { CrmChange, CrmLead, JobHint, Link } from '../../src/ports.ts'
import { relatedMark } from '../../src/schemas/job.ts'
import type { Referral } from '../../src/schemas/referral.ts'
import type { NewTimelineEntry } from '../../src/schemas/timeline.ts'
import { reconcile } from '../../src/sync/reconcile.ts'
import { memoryLinks } from '../fixtures/ports.ts'

const now = () => new Date('2026-05-01T10:00:00Z')
const id = (number: number): string => `4111fffc-0000-0000-0000-${String(number).padStart(12, '0')}`
const lead = (leadId: string, change: Partial<CrmLead> = {}): CrmLead => ({
  leadId,
  state: 'Open',
  estimatedAmount: 5,
  currency: 'EUR',
  ...change
})

const referral = (number: number, change: object = {}): Referral => ({
  id: id(number),
  name: `Deal ${number}`,
  status: 'Active',
  substatus: 'Accepted',
  externalReferenceId: `lead-${number}`,
  updatedDateTime: `2026-04-30T10:00:0${number}Z`,
  details: { dealValue: 5, currency: 'EUR' },
  ...change
})

const link = (number: number, change: Partial<Link> = {}): Link => ({
  referralId: id(number),
  leadId: `lead-${number}`,
  written: { ...leadFromReferral(referral(number)).lead },
  lead: lead(`lead-${number}`),
  ...change
})

interface Given {
  referrals?: Referral[]
  changes?: CrmChange[]
  links?: Link[]
  marks?: Record<string, string>
}

/** Where an earlier reconciliation got to. */
const earlier = { 'reconcile.referrals': '2026-04-01T00:00:00.000Z', 'reconcile.crm': 'delta-1' }

/** Both sides as they are given, a page of two referrals at a time; without a mark the CRM gives all its leads. */
async function scene({ referrals = [], changes = [], links = [], marks: marked = earlier }: Given) {
  const stored = memoryLinks()
  for (const each of links) await stored.put(each)
  const hints: JobHint[] = []
  const told: NewTimelineEntry[] = []
  const marks = new Map<string, string>(Object.entries(marked))
  const said: string[] = []
  const queries: unknown[] = []
  const asked: (string | undefined)[] = []
  const ports = {
    referrals: {
      async list(query: { next?: string; filter?: string }) {
        queries.push(query)
        const from = Number(query.next ?? 0)
        const isMore = from + 2 < referrals.length
        return { value: referrals.slice(from, from + 2), ...(isMore && { nextPage: String(from + 2) }) }
      }
    },
    crm: {
      async *changes(mark?: string) {
        asked.push(mark)
        yield { changes: changes.slice(0, 1), isComplete: mark === undefined }
        yield { changes: changes.slice(1), isComplete: mark === undefined, mark: 'delta-2' }
      }
    },
    links: stored,
    jobs: { add: async (...added: JobHint[]) => void hints.push(...added) },
    timeline: { add: async (...added: NewTimelineEntry[]) => void told.push(...added) },
    marks: {
      get: async (name: string) => marks.get(name),
      put: async (name: string, value: string) => void marks.set(name, value),
      delete: async (name: string) => void marks.delete(name)
    },
    now
  }
  const report = (line: string): void => void said.push(line)
  return { ports, hints, told, said, marks, queries, asked, run: ({ full = false } = {}) => reconcile(ports, { full, report }) }
}

t.test('both sides in step: nothing is queued, and the marks move on', async t => {
  const { run, hints, marks } = await scene({
    referrals: [referral(3), referral(2), referral(1)],
    links: [link(1), link(2), link(3)],
    changes: [{ leadId: 'lead-1', deleted: false, referralId: id(1), lead: lead('lead-1') }]
  })
  t.match(await run(), { inStep: 3, behind: 0, conflicts: 0, unknown: 0, queued: [] })
  t.same(hints, [])
  t.same(Object.fromEntries(marks), { 'reconcile.referrals': '2026-04-30T10:00:03.000Z', 'reconcile.crm': 'delta-2' })
})

t.test('only what changed since the last time is read, with an overlap for clocks that differ', async t => {
  const { run, queries, asked } = await scene({ referrals: [referral(1)], links: [link(1)] })
  await run()
  await run()
  t.same(queries, [
    { orderBy: 'updatedDateTime desc', filter: 'updatedDateTime gt 2026-03-31T23:50:00.000Z' },
    { orderBy: 'updatedDateTime desc', filter: 'updatedDateTime gt 2026-04-30T09:50:01.000Z' }
  ])
  t.same(asked, ['delta-1', 'delta-2'])
  await run({ full: true })
  t.same(queries.at(-1), { orderBy: 'updatedDateTime desc' })
  t.equal(asked.at(-1), undefined)
})

const behind: Record<string, Given> = {
  'a referral whose callback never came': { referrals: [referral(1)] },
  'a referral that was renamed': { referrals: [referral(1, { name: 'Renamed' })], links: [link(1)] },
  'a referral that does not carry the id of its lead': { referrals: [referral(1, { externalReferenceId: null })], links: [link(1)] },
  'a lead whose amount was changed': {
    links: [link(1)],
    changes: [{ leadId: 'lead-1', deleted: false, lead: lead('lead-1', { estimatedAmount: 6 }) }]
  },
  'a lead that was qualified': {
    links: [link(1)],
    changes: [{ leadId: 'lead-1', deleted: false, lead: lead('lead-1', { state: 'Qualified' }) }]
  },
  'a lead that was opened again': {
    links: [link(1, { lead: lead('lead-1', { state: 'Disqualified' }) })],
    changes: [{ leadId: 'lead-1', deleted: false, lead: lead('lead-1') }]
  },
  'a changed lead of which it is not known what it held': {
    links: [{ referralId: id(1), leadId: 'lead-1', written: link(1).written }],
    changes: [{ leadId: 'lead-1', deleted: false, lead: lead('lead-1') }]
  },
  'a lead that was deleted': { links: [link(1)], changes: [{ leadId: 'lead-1', deleted: true }] },
  'a lead that was made anew by hand': {
    links: [link(1)],
    changes: [{ leadId: 'lead-9', deleted: false, referralId: id(1), lead: lead('lead-9') }]
  }
}
for (const [what, given] of Object.entries(behind))
  t.test(`${what} is queued`, async t => {
    const { run, hints, told } = await scene(given)
    t.match(await run(), { inStep: 0, behind: 1, conflicts: 0, unknown: 0, queued: [id(1)] })
    t.match(hints, [{ kind: 'referral', subject: id(1), origin: /reconcile|crm/ }])
    t.match(told, [{ referralId: id(1), kind: 'queued', text: /reconciliation/, correlationId: hints[0]?.correlationId }])
  })

const fine: Record<string, Given> = {
  'a referral that was closed before it ever came': { referrals: [referral(1, { status: 'Closed' })] },
  'a closed referral without the id of its lead': {
    referrals: [referral(1, { status: 'Closed', externalReferenceId: null })],
    links: [link(1)]
  },
  'a renamed referral whose lead is qualified': {
    referrals: [referral(1, { name: 'Renamed' })],
    links: [link(1, { lead: lead('lead-1', { state: 'Qualified' }) })]
  },
  'a renamed referral whose lead was deleted, which is known': {
    referrals: [referral(1, { name: 'Renamed' })],
    links: [link(1, { deletedAt: '2026-04-01T00:00:00Z' })]
  },
  'the deletion of a lead that is not linked': { changes: [{ leadId: 'lead-7', deleted: true }] },
  'the echo of our own write in the CRM': { links: [link(1)], changes: [{ leadId: 'lead-1', deleted: false, lead: lead('lead-1') }] }
}
for (const [what, given] of Object.entries(fine))
  t.test(`${what} is not queued`, async t => {
    const { run, hints } = await scene(given)
    t.match(await run(), { behind: 0, conflicts: 0, unknown: 0 })
    t.same(hints, [])
  })

t.test('both sides changed the same field: a conflict; different fields: no conflict', async t => {
  const changed: CrmChange[] = [{ leadId: 'lead-1', deleted: false, lead: lead('lead-1', { estimatedAmount: 6 }) }]
  const conflict = await scene({
    referrals: [referral(1, { details: { dealValue: 7, currency: 'EUR' } })],
    links: [link(1)],
    changes: changed
  })
  t.match(await conflict.run(), { behind: 0, conflicts: 1, queued: [id(1)] })
  const apart = await scene({ referrals: [referral(1, { name: 'Renamed' })], links: [link(1)], changes: changed })
  t.match(await apart.run(), { behind: 1, conflicts: 0 })
})

t.test('a lead with the id of a referral that is not linked is unknown: named, and left alone', async t => {
  const { run, hints } = await scene({ changes: [{ leadId: 'lead-8', deleted: false, referralId: id(8), lead: lead('lead-8') }] })
  t.match(await run(), { unknown: 1, unknownLeads: ['lead-8'], queued: [] })
  t.same(hints, [])
})

t.test('a referral that is not linked yet and its lead count once', async t => {
  const { run } = await scene({
    referrals: [referral(1)],
    changes: [{ leadId: 'lead-1', deleted: false, referralId: id(1), lead: lead('lead-1') }]
  })
  t.match(await run(), { behind: 1, unknown: 0 })
})

t.test('when a side cannot be read the marks stay, so that nothing is missed', async t => {
  const { ports, marks } = await scene({ referrals: [referral(1)] })
  ports.crm.changes = async function* () {
    yield { changes: [], isComplete: false }
    throw new Error('The CRM does not answer.')
  }
  await t.rejects(reconcile(ports))
  t.same(Object.fromEntries(marks), earlier)
})

t.test('a referral that is edited between two pages lets no other one slip through', async t => {
  const referrals = [4, 3, 2, 1].map(number => referral(number))
  const { ports, run, hints, told, marks } = await scene({ referrals })
  const { list } = ports.referrals
  ports.referrals.list = async query => {
    const page = await list(query)
    // The last but one comes to the front, and the place of each before it is one further back.
    if (query.next === undefined) referrals.unshift({ ...referral(2), updatedDateTime: '2026-04-30T11:00:00Z' }) && referrals.splice(3, 1)
    return page
  }
  t.match(await run(), { behind: 3, queued: [id(4), id(3), id(1)] })
  t.equal(hints.length, 3, 'one that is seen twice is queued and told once')
  t.equal(told.length, 3)
  t.equal(marks.get('reconcile.referrals'), '2026-04-30T10:00:04.000Z', 'what was edited meanwhile is newer, and read the next time')
})

t.test('a referral that is seen twice counts once', async t => {
  const { run } = await scene({ referrals: [referral(2), referral(1), referral(1)], links: [link(1), link(2)] })
  t.match(await run(), { inStep: 2, behind: 0 })
})

t.test('what happened before the first time is history, unless everything is asked for', async t => {
  const { run, hints, queries, marks, said } = await scene({ referrals: [referral(1)], marks: {} })
  t.match(await run(), { inStep: 0, behind: 0, conflicts: 0, queued: [] })
  t.same(queries, [])
  t.same(hints, [])
  t.equal(marks.get('reconcile.referrals'), now().toISOString())
  t.match(said.join('\n'), /history.*--full/)
  t.match(await run(), { behind: 1 }, 'what changes from then on counts')
  const all = await scene({ referrals: [referral(1)], marks: {} })
  t.match(await all.run({ full: true }), { behind: 1 })
  t.equal(all.marks.get('reconcile.referrals'), '2026-04-30T10:00:01.000Z')
})

t.test('where the first time begins is kept even when the CRM cannot be read then; a first look at nothing is one too', async t => {
  const { ports, marks } = await scene({ marks: {} })
  const { changes } = ports.crm
  ports.crm.changes = async function* () {
    yield { changes: [], isComplete: true }
    throw new Error('The CRM does not answer.')
  }
  await t.rejects(reconcile(ports))
  t.same(Object.fromEntries(marks), { 'reconcile.referrals': now().toISOString() })
  ports.crm.changes = changes
  marks.clear()
  await reconcile(ports, { full: true })
  t.equal(marks.get('reconcile.referrals'), now().toISOString())
})

t.test('the other party’s referral gets no lead by a reconciliation', async t => {
  for (const full of [false, true]) {
    const { run, hints } = await scene({ referrals: [referral(1)], marks: { ...earlier, [relatedMark(id(1))]: '' } })
    t.match(await run({ full }), { inStep: 0, behind: 0, queued: [] })
    t.same(hints, [])
  }
  const { run } = await scene({
    referrals: [referral(1, { name: 'Renamed' })],
    links: [link(1)],
    marks: { ...earlier, [relatedMark(id(1))]: '' }
  })
  t.match(await run(), { behind: 1 }, 'one that has a lead is one of ours')
})

const links = [1, 2, 3].map(number => link(number, number === 3 ? { deletedAt: '2026-04-01T00:00:00Z' } : {}))
const one: CrmChange[] = [{ leadId: 'lead-1', deleted: false, referralId: id(1), lead: lead('lead-1') }]

t.test('a linked lead that is not among all leads was deleted, which a reading of all of them does not say', async t => {
  const whole = { links, changes: one, marks: { 'reconcile.referrals': earlier['reconcile.referrals'] } }
  const { run, hints, told } = await scene(whole)
  t.match(await run(), { behind: 1, queued: [id(2)] }, 'the one that is known to be deleted is left alone')
  t.match(hints, [{ subject: id(2), origin: 'crm' }])
  t.match(told, [{ referralId: id(2), text: /not among those of the CRM/ }])
  t.match(await (await scene({ ...whole, marks: earlier })).run({ full: true }), { behind: 1, queued: [id(2)] })
})

t.test('what is not among the changes since the last time, or not before a reading broke off, was not deleted', async t => {
  const since = await scene({ links, changes: one })
  t.match(await since.run(), { behind: 0 })
  const { ports, hints } = await scene({ links, marks: {} })
  ports.crm.changes = async function* () {
    yield { changes: one, isComplete: true }
    throw new Error('The CRM does not answer.')
  }
  await t.rejects(reconcile(ports))
  t.same(hints, [])
})

t.test('of very many links each is looked for', async t => {
  const many = Array.from({ length: 1200 }, (_, number) => link(number, { lead: lead(`lead-${number}`) }))
  const { run } = await scene({ links: many, marks: { 'reconcile.referrals': earlier['reconcile.referrals'] } })
  t.match(await run(), { behind: 1200 })
})
