import t from 'tap'
import { Failure } from '../../src/failure.ts'
import { leadFromReferral } from '../../src/mapping/lead-from-referral.ts'
import type { LeadState } from '../../src/ports.ts'
import type { Referral } from '../../src/schemas/referral.ts'
import { type SyncOptions, syncReferral } from '../../src/sync/sync-referral.ts'
import { upsertLead } from '../../src/sync/upsert-lead.ts'
import { memoryCrm, memoryLinks, memoryReferrals } from '../fixtures/ports.ts'
import { fullReferral, referralId } from '../fixtures/referral.ts'

const day = '2026-05-01T10:00:00.000Z'

/** A referral that is being worked on, its lead, and the ways in which both are changed. */
async function scene(options: SyncOptions = {}) {
  const referrals = memoryReferrals({ ...fullReferral(), status: 'Active', substatus: 'Accepted' })
  const ports = { referrals, crm: memoryCrm(), links: memoryLinks(), now: () => new Date(day) }
  const { crm } = ports
  const present = (): Referral => referrals.stored.get(referralId) ?? {}
  const one = {
    ...ports,
    present,
    lead: () => crm.records.get(referralId)?.values ?? {},
    /** As a callback has it: the lead is not looked at unless need be. */
    callback: () => syncReferral(referralId, ports, options),
    /** As a reconciliation has it. */
    look: () => syncReferral(referralId, ports, { ...options, look: true }),
    upsert: (request: object) => upsertLead(referralId, request, { ...ports, ...(options.winner && { winner: options.winner }) }),
    deal: (details: object) => referrals.change(referralId, { details: { ...present().details, ...details } })
  }
  return one
}

t.test('an edit in the CRM is not lost when the referral changes in something else before anybody has looked', async t => {
  const { callback, crm, referrals, present, lead } = await scene()
  await callback()
  crm.changeLead(referralId, { estimatedAmount: 20_000, estimatedCloseDate: '2027-02-03' })
  referrals.change(referralId, { name: 'Renamed' })
  t.match(await callback(), { lead: 'updated', writeBack: 'written' })
  t.match(lead(), { subject: 'Renamed', estimatedAmount: 20_000, estimatedCloseDate: '2027-02-03' })
  t.match(present().details, { dealValue: 20_000, closingDateTime: '2027-02-03T00:00:00Z' })
  const { length } = crm.writes
  t.match(await callback(), { outcome: 'nothingToDo' })
  t.equal(crm.writes.length, length)
})

for (const [state, status] of [
  ['Qualified', { status: 'Active', substatus: 'Accepted' }],
  ['Disqualified', { status: 'Closed', substatus: 'Lost' }]
] as const)
  t.test(`that a lead was ${state} is not lost when the referral changes before anybody has looked`, async t => {
    const { callback, crm, referrals, present } = await scene()
    referrals.change(referralId, { status: 'New', substatus: 'Pending' })
    await callback()
    crm.changeLead(referralId, { state })
    referrals.change(referralId, { name: 'Renamed' })
    t.match(await callback(), { lead: 'readOnly' })
    t.match(present(), status)
  })

t.test('a rename between our write to the referral and the reading after it reaches the lead', async t => {
  const { callback, look, crm, referrals, lead } = await scene()
  await callback()
  crm.changeLead(referralId, { estimatedAmount: 20_000 })
  referrals.afterPatch = () => referrals.change(referralId, { name: 'Renamed meanwhile' })
  await look()
  referrals.afterPatch = () => undefined
  await callback()
  t.match(lead(), { subject: 'Renamed meanwhile', estimatedAmount: 20_000 })
})

t.test('a lead that is opened again: what was exchanged while it was closed is no conflict', async t => {
  const { callback, look, crm, referrals, present } = await scene()
  await callback()
  crm.changeLead(referralId, { state: 'Qualified', estimatedAmount: 20_000 })
  referrals.change(referralId, { name: 'Renamed' })
  await look()
  t.match(present().details, { dealValue: 20_000 })
  crm.changeLead(referralId, { state: 'Open', estimatedAmount: 25_000 })
  t.match(await look(), { lead: 'updated', writeBack: 'written', conflicts: undefined })
  t.match(present().details, { dealValue: 25_000 })
})

t.test('what Partner Center does not take from the CRM does not keep its own changes from the lead', async t => {
  const { callback, look, crm, referrals, lead } = await scene()
  await callback()
  const { patch } = referrals
  referrals.patch = async () => {
    throw new Failure('REFERRAL_REFUSED', 'No.')
  }
  crm.changeLead(referralId, { estimatedAmount: 20_000 })
  referrals.change(referralId, { name: 'Renamed' })
  await t.rejects(look(), { code: 'REFERRAL_REFUSED' })
  t.match(lead(), { subject: 'Renamed' })
  t.match(await callback(), { outcome: 'nothingToDo' })
  referrals.patch = patch
  t.match(await look(), { writeBack: 'written' }, 'and the edit is not forgotten')
})

t.test('a lead that is there already is adopted by the rule of conflicts', async t => {
  for (const winner of ['partner-center', 'crm'] as const) {
    const { callback, crm, lead, present } = await scene({ winner })
    await crm.upsertLead(referralId, { lead: { subject: 'Theirs', estimatedAmount: 7, currency: 'GBP' } })
    crm.changeLead(referralId, { state: 'Open' })
    t.match(await callback(), { writeBack: 'written', conflicts: ['estimatedAmount'] })
    t.match(
      lead(),
      winner === 'crm' ? { subject: 'Theirs', estimatedAmount: 7 } : { subject: fullReferral().name, estimatedAmount: 12500.5 }
    )
    t.match(present().details, { dealValue: winner === 'crm' ? 7 : 12500.5 })
    t.match(await callback(), { outcome: 'nothingToDo' })
  }
})

t.test('a closed lead that is adopted tells the referral how it was closed', async t => {
  const { callback, crm, referrals, present } = await scene()
  referrals.change(referralId, { status: 'New', substatus: 'Pending' })
  await crm.upsertLead(referralId, { lead: { subject: 'Theirs' } })
  crm.changeLead(referralId, { state: 'Qualified' })
  t.match(await callback(), { lead: 'readOnly' })
  t.match(present(), { status: 'Active', substatus: 'Accepted' })
})

t.test("what a caller gave stays until the referral's own field changes, and a deal goes to the referral", async t => {
  const { upsert, callback, look, lead, present, referrals, crm } = await scene()
  await callback()
  await upsert({ subject: 'Mine', estimatedAmount: 999, currency: 'GBP' })
  await callback()
  t.match(lead(), { subject: 'Mine', estimatedAmount: 999 })
  await look()
  t.match(lead(), { subject: 'Mine', estimatedAmount: 999 })
  t.match(present().details, { dealValue: 999 })
  const { length } = crm.writes
  t.match(await upsert({ subject: 'Mine', estimatedAmount: 999, currency: 'GBP' }), { outcome: 'unchanged' })
  t.equal(crm.writes.length, length)
  referrals.change(referralId, { name: 'Renamed' })
  await callback()
  t.match(lead(), { subject: 'Renamed', estimatedAmount: 999 })
})

t.test('a caller that makes the lead with its own fields keeps them', async t => {
  const { upsert, callback, look, lead, present, crm } = await scene()
  t.match(await upsert({ subject: 'Mine', estimatedAmount: 999, currency: 'GBP' }), { outcome: 'created' })
  await callback()
  await look()
  t.match(lead(), { subject: 'Mine', estimatedAmount: 999, companyName: 'Alder Books Ltd' })
  t.match(present().details, { dealValue: 999 })
  const { length } = crm.writes
  t.match(await look(), { outcome: 'nothingToDo' })
  t.equal(crm.writes.length, length)
})

t.test('UpsertLead settles a conflict as the setting has it, and says so', async t => {
  for (const winner of ['partner-center', 'crm'] as const) {
    const { upsert, callback, look, crm, deal, lead, present } = await scene({ winner })
    await callback()
    crm.changeLead(referralId, { estimatedAmount: 20_000 })
    deal({ dealValue: 30_000 })
    const { notices } = await upsert({})
    t.match(notices.join(' '), /Both sides changed estimatedAmount/)
    t.match(lead(), { estimatedAmount: winner === 'crm' ? 20_000 : 30_000 })
    await look()
    t.match([lead().estimatedAmount, present().details?.dealValue], winner === 'crm' ? [20_000, 20_000] : [30_000, 30_000])
  }
})

t.test('what the referral got is not its own change when the lead could not be written then', async t => {
  const { callback, look, crm, referrals, lead, present } = await scene()
  await callback()
  crm.changeLead(referralId, { estimatedAmount: 20_000 })
  referrals.change(referralId, { name: 'Renamed' })
  const { updateLead } = crm
  crm.updateLead = async () => {
    throw new Failure('CRM_UNREACHABLE', 'Down.')
  }
  await t.rejects(look(), { code: 'CRM_UNREACHABLE' })
  crm.updateLead = updateLead
  crm.changeLead(referralId, { estimatedAmount: 25_000 })
  t.match(await look(), { lead: 'updated', conflicts: undefined })
  t.match([lead().estimatedAmount, present().details?.dealValue, lead().subject], [25_000, 25_000, 'Renamed'])
})

t.test('an amount that a caller gave reaches the referral though the lead was made again meanwhile', async t => {
  for (const again of ['sync', 'upsert'] as const) {
    const { callback, look, upsert, crm, lead, present } = await scene({ recreateDeleted: true })
    await callback()
    await upsert({ estimatedAmount: 999, currency: 'GBP' })
    crm.deleteLead(referralId)
    await (again === 'sync' ? look() : upsert({ customColumns: { new_x: 1 } }))
    await look()
    t.match([lead().estimatedAmount, present().details?.dealValue], [999, 999], again)
  }
})

t.test('what a caller gave once is no more than what was agreed after it', async t => {
  const { callback, look, upsert, crm, lead, present } = await scene({ recreateDeleted: true })
  await callback()
  await upsert({ estimatedAmount: 999, currency: 'GBP' })
  await look()
  crm.changeLead(referralId, { estimatedAmount: 1500 })
  await look()
  crm.deleteLead(referralId)
  await look()
  t.match([lead().estimatedAmount, present().details?.dealValue], [1500, 1500], 'it does not come back with a new lead')
  t.match(await upsert({ estimatedAmount: 999, currency: 'GBP' }), { outcome: 'updated' }, 'and may be given again')
  await look()
  t.match([lead().estimatedAmount, present().details?.dealValue], [999, 999])
})

t.test('a change of the referral while there is no lead is above what a caller gave before', async t => {
  for (const again of ['sync', 'upsert'] as const) {
    const { callback, look, upsert, crm, referrals, lead } = await scene({ recreateDeleted: true })
    await callback()
    await upsert({ subject: 'Mine', jobTitle: 'Mine too' })
    crm.deleteLead(referralId)
    referrals.change(referralId, { name: 'Renamed' })
    await (again === 'sync' ? look() : upsert({}))
    t.match(lead(), { subject: 'Renamed', jobTitle: 'Mine too' }, again)
  }
})

t.test('an answer that does not show the lead makes nobody forget an edit in the CRM', async t => {
  for (const by of ['callback', 'upsert'] as const) {
    const { callback, look, upsert, crm, referrals, lead, present } = await scene()
    await callback()
    crm.changeLead(referralId, { estimatedAmount: 20_000 })
    referrals.change(referralId, { name: 'Renamed' })
    const { updateLead } = crm
    crm.updateLead = async (...args) => {
      const { lead: _lead, ...answer } = (await updateLead(...args)) ?? { leadId: '', outcome: 'updated', notices: [] }
      return answer
    }
    await (by === 'callback' ? callback() : upsert({}))
    crm.updateLead = updateLead
    await look()
    t.match([lead().estimatedAmount, present().details?.dealValue], [20_000, 20_000], by)
  }
})

t.test('an amount that a caller gave without a currency does not get that of the referral', async t => {
  const { upsert, callback, look, lead } = await scene()
  await upsert({ subject: 'Mine', estimatedAmount: 999 })
  await callback()
  await look()
  t.equal(lead().currency, undefined)
  t.equal(lead().estimatedAmount, 999)
})

t.test("a lead that somebody made in a deleted one's place gets what a caller gives, and no more until the next sync", async t => {
  const { callback, look, upsert, crm, lead, present } = await scene({ winner: 'crm' })
  await callback()
  crm.deleteLead(referralId)
  await crm.upsertLead(referralId, { lead: { subject: 'Other', estimatedAmount: 3, currency: 'GBP' } })
  await upsert({ jobTitle: 'X' })
  t.match(lead(), { subject: 'Other', estimatedAmount: 3, jobTitle: 'X' })
  await look()
  t.match([lead().estimatedAmount, present().details?.dealValue, lead().jobTitle], [3, 3, 'X'])
})

/** Repeatable, so that a failure can be looked into. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return sides => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

t.test('whatever is edited on whichever side in whichever order, nothing is lost and both end in step', async t => {
  for (let seed = 1; seed <= 400; seed++) {
    const winner = seed % 2 === 0 ? 'crm' : 'partner-center'
    const { callback, look, crm, referrals, deal, lead, present, upsert } = await scene({ winner })
    const roll = dice(seed)
    /** What was said last of each field, and by which sides since both last agreed. */
    const said = new Map<string, { by: Set<string>; last: Map<string, unknown> }>()
    const say = (field: string, by: string, value: unknown): void => {
      const before = said.get(field) ?? { by: new Set(), last: new Map() }
      said.set(field, { by: before.by.add(by), last: before.last.set(by, value) })
    }
    await callback()
    for (let step = 0; step < 12; step++) {
      const value = 1000 * seed + step
      const date = `2027-01-${String(1 + step).padStart(2, '0')}`
      const edits = [
        () => {
          deal({ dealValue: value })
          say('amount', 'partner-center', value)
        },
        () => {
          deal({ closingDateTime: `${date}T00:00:00Z` })
          say('date', 'partner-center', date)
        },
        () => {
          crm.changeLead(referralId, { estimatedAmount: value })
          say('amount', 'crm', value)
        },
        () => {
          crm.changeLead(referralId, { estimatedCloseDate: date })
          say('date', 'crm', date)
        },
        () => void referrals.change(referralId, { name: `Name ${value}` }),
        async () => {
          // The CRM goes away between the write to the referral and that to the lead.
          const { updateLead } = crm
          crm.updateLead = async () => Promise.reject(new Failure('CRM_UNREACHABLE', 'Down.'))
          await look().then(
            () => said.clear(),
            () => undefined
          )
          crm.updateLead = updateLead
        },
        callback,
        () => upsert({ customColumns: { new_step: step } }),
        async () => {
          await look()
          said.clear()
        }
      ]
      await edits[roll(edits.length)]?.()
    }
    await look()
    await look()
    const about = `seed ${seed}`
    const wanted = leadFromReferral(present()).lead
    t.match(
      lead(),
      { subject: wanted.subject, estimatedAmount: wanted.estimatedAmount, estimatedCloseDate: wanted.estimatedCloseDate },
      about
    )
    for (const [field, { by, last }] of said) {
      const now = field === 'amount' ? lead().estimatedAmount : lead().estimatedCloseDate
      // What only one side said since both last agreed must have won.
      if (by.size === 1) t.equal(now, [...last.values()][0], `${about}: ${field}`)
    }
    const { length } = crm.writes
    t.match(await look(), { outcome: 'nothingToDo' }, about)
    t.equal(crm.writes.length, length, about)
  }
})

t.test('the states of a lead that concern nobody are left alone', async t => {
  const { callback, look, crm, present } = await scene()
  await callback()
  crm.changeLead(referralId, { state: 'Open' as LeadState })
  t.match(await look(), { outcome: 'nothingToDo' })
  t.match(present(), { status: 'Active' })
})
