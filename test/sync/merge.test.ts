import t from 'tap'
import type { CrmLead } from '../../src/ports.ts'
import { differing, merge } from '../../src/sync/merge.ts'

const written = { subject: 'A deal', estimatedAmount: 1234.567, currency: 'EUR', estimatedCloseDate: '2026-12-01' }
/** As the CRM keeps it: rounded. */
const base: CrmLead = { leadId: 'lead-1', state: 'Open', estimatedAmount: 1234.57, currency: 'EUR', estimatedCloseDate: '2026-12-01' }
const link = { written, lead: base }

interface Case {
  what: string
  referral?: object
  crm?: Partial<CrmLead>
  winner?: 'partner-center' | 'crm'
  gives: Partial<ReturnType<typeof merge>>
}

const cases: Case[] = [
  { what: 'nothing changed, and rounding is no change', gives: {} },
  { what: 'the referral changed a field of its own', referral: { subject: 'Renamed' }, gives: { toLead: ['subject'] } },
  {
    what: 'the referral changed the amount: its currency goes along',
    referral: { estimatedAmount: 5 },
    gives: { toLead: ['estimatedAmount', 'currency'] }
  },
  { what: 'the CRM changed the amount', crm: { estimatedAmount: 99 }, gives: { toReferral: { dealValue: 99, currency: 'EUR' } } },
  {
    what: 'the CRM changed the day, the referral its name',
    crm: { estimatedCloseDate: '2027-01-31' },
    referral: { subject: 'Renamed' },
    gives: { toLead: ['subject'], toReferral: { closingDateTime: '2027-01-31T00:00:00Z' } }
  },
  {
    what: 'both changed the amount to the same',
    crm: { estimatedAmount: 99 },
    referral: { estimatedAmount: 99 },
    gives: {}
  },
  {
    what: 'both changed the amount to different values: Partner Center wins',
    crm: { estimatedAmount: 98 },
    referral: { estimatedAmount: 99 },
    gives: { toLead: ['estimatedAmount', 'currency'], conflicts: ['estimatedAmount'] }
  },
  {
    what: 'both changed the amount to different values: the CRM wins',
    crm: { estimatedAmount: 98 },
    referral: { estimatedAmount: 99, subject: 'Renamed' },
    winner: 'crm',
    gives: { toLead: ['subject'], toReferral: { dealValue: 98, currency: 'EUR' }, conflicts: ['estimatedAmount'] }
  },
  {
    what: 'different fields changed on both sides are no conflict',
    crm: { estimatedAmount: 98 },
    referral: { estimatedCloseDate: '2027-02-01' },
    gives: { toLead: ['estimatedCloseDate'], toReferral: { dealValue: 98, currency: 'EUR' } }
  },
  { what: 'the lead was qualified', crm: { state: 'Qualified' }, gives: { toReferral: { status: 'Active', substatus: 'Accepted' } } },
  { what: 'the lead was disqualified', crm: { state: 'Disqualified' }, gives: { toReferral: { status: 'Closed', substatus: 'Lost' } } },
  { what: 'the CRM cleared the day: that concerns the CRM alone', crm: { estimatedCloseDate: undefined as never }, gives: {} }
]

for (const { what, referral = {}, crm, winner = 'partner-center', gives } of cases)
  t.test(what, async t => {
    const lead = { ...base, ...crm }
    if (crm && 'estimatedCloseDate' in crm && crm.estimatedCloseDate === undefined) delete lead.estimatedCloseDate
    const merged = merge(link, { fields: { ...written, ...referral }, lead, winner })
    t.same(merged, { toLead: [], toReferral: {}, conflicts: [], ...gives })
  })

t.test('a lead that was not read counts as unchanged', async t => {
  const merged = merge(link, { fields: { ...written, estimatedAmount: 5 }, winner: 'crm' })
  t.same(merged, { toLead: ['estimatedAmount', 'currency'], toReferral: {}, conflicts: [] })
})

t.test('without a base of the CRM nothing is taken for its change', async t => {
  t.same(merge({ written }, { fields: written, lead: { ...base, estimatedAmount: 1 }, winner: 'crm' }).toReferral, {})
})

t.test('a field that the referral says nothing about any more does not differ', async t => {
  t.same(differing({ subject: 'A deal' }, written), [])
  t.same(differing({ numberOfEmployees: 3 }, written), ['numberOfEmployees'])
  t.same(differing({ currency: 'USD' }, written), ['currency'], 'an amount that is not said is not written')
})
