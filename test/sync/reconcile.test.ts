import t from 'tap'
import { leadFromReferral } from '../../src/mapping/lead-from-referral.ts'
import type { CrmChange, CrmLead, JobHint, Link } from '../../src/ports.ts'
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

/** Both sides as they are given, a page of two referrals at a time. */
async function scene({ referrals = [], changes = [], links = [] }: { referrals?: Referral[]; changes?: CrmChange[]; links?: Link[] }) {
  const stored = memoryLinks()
  for (const each of links) await stored.put(each)
  const hints: JobHint[] = []
  const told: NewTimelineEntry[] = []
  const marks = new Map<string, string>()
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
  return { ports, hints, told, marks, queries, asked, run: (options?: { full?: boolean }) => reconcile(ports, options) }
}

t.test('both sides in step: nothing is queued, and the marks move on', async t => {
  const { run, hints, marks } = await scene({
    referrals: [referral(1), referral(2), referral(3)],
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
    { orderBy: 'updatedDateTime asc' },
    { orderBy: 'updatedDateTime asc', filter: 'updatedDateTime gt 2026-04-30T09:50:01.000Z' }
  ])
  t.same(asked, [undefined, 'delta-2'])
  await run({ full: true })
  t.same(queries.at(-1), { orderBy: 'updatedDateTime asc' })
  t.equal(asked.at(-1), undefined)
})

const behind: Record<string, Parameters<typeof scene>[0]> = {
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

const fine: Record<string, Parameters<typeof scene>[0]> = {
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
  t.same([...marks], [])
})
