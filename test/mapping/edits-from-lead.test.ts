import t from 'tap'
import { editsFromLead, type LeadState } from '../../src/mapping/edits-from-lead.ts'
import type { ReferralEdits } from '../../src/schemas/referral-edits.ts'

const before: LeadState = {
  leadId: 'lead-1',
  state: 'Open',
  estimatedAmount: 1000,
  currency: 'EUR',
  estimatedCloseDate: '2026-06-30'
}

t.test('a change of the lead that concerns the referral becomes the edit that it means', async t => {
  const rows: [change: Partial<LeadState>, expected: ReferralEdits][] = [
    [{}, {}],
    [{ leadId: 'lead-2' }, { externalReferenceId: 'lead-2' }],
    [{ estimatedAmount: 2000 }, { dealValue: 2000, currency: 'EUR' }],
    [{ estimatedAmount: 0 }, { dealValue: 0, currency: 'EUR' }],
    [{ currency: 'GBP' }, { dealValue: 1000, currency: 'GBP' }],
    [{ estimatedCloseDate: '2026-07-31' }, { closingDateTime: '2026-07-31T00:00:00Z' }],
    [{ state: 'Qualified' }, { status: 'Active', substatus: 'Accepted' }],
    [{ state: 'Disqualified' }, { status: 'Closed', substatus: 'Lost' }],
    [
      { state: 'Qualified', estimatedAmount: 5 },
      { status: 'Active', substatus: 'Accepted', dealValue: 5, currency: 'EUR' }
    ]
  ]
  for (const [change, expected] of rows) t.same(editsFromLead(before, { ...before, ...change }), expected, JSON.stringify(change))
})

t.test('a value that is taken away, and a lead that is opened again, ask for nothing', async t => {
  t.same(editsFromLead(before, { leadId: 'lead-1', state: 'Open' }), {})
  t.same(editsFromLead({ ...before, state: 'Disqualified' }, before), {})
})

t.test('an amount without a currency and a currency without an amount ask for nothing, so that no amount is relabelled', async t => {
  const { estimatedAmount: _amount, ...noAmount } = before
  const { currency: _currency, ...noCurrency } = before
  t.same(editsFromLead(before, noAmount), {}, 'the amount was taken away')
  t.same(editsFromLead(noAmount, { ...noAmount, currency: 'USD' }), {}, 'the CRM never had the amount')
  t.same(editsFromLead(noCurrency, { ...noCurrency, estimatedAmount: 5 }), {})
  t.same(editsFromLead(noAmount, before), { dealValue: 1000, currency: 'EUR' }, 'both are there again')
})
