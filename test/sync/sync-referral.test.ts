import t from 'tap'
import { Failure } from '../../src/failure.ts'
import type { NewTimelineEntry } from '../../src/schemas/timeline.ts'
import { type SyncOptions, syncReferral } from '../../src/sync/sync-referral.ts'
import { memoryCrm, memoryLinks, memoryReferrals } from '../fixtures/ports.ts'
import { fullReferral, referralId } from '../fixtures/referral.ts'

const at = '2026-05-01T10:00:00.000Z'

/** One referral, an empty CRM, and what was noted. */
function scene(change: object = {}) {
  const story: Omit<NewTimelineEntry, 'referralId' | 'correlationId'>[] = []
  const ports = {
    referrals: memoryReferrals({ ...fullReferral(), ...change }),
    crm: memoryCrm(),
    links: memoryLinks(),
    now: () => new Date(at),
    note: (entry: (typeof story)[number]) => void story.push(entry)
  }
  const sync = (options?: SyncOptions) => syncReferral(referralId, ports, options)
  const kinds = (): string[] => story.splice(0).map(({ kind }) => kind)
  return { ...ports, story, sync, kinds }
}

t.test('one sync reads once, writes once and writes back once; a second changes nothing', async t => {
  const { referrals, crm, sync, kinds } = scene()
  t.same(await sync(), {
    referralId,
    outcome: 'synchronized',
    leadId: 'lead-1',
    lead: 'created',
    writeBack: 'written',
    notices: ['written 1']
  })
  t.same(referrals.asked, ['get', 'patch'])
  t.equal(crm.writes.length, 1)
  t.equal(referrals.stored.get(referralId)?.externalReferenceId, 'lead-1')
  t.same(kinds(), ['fetched', 'compared', 'written', 'writtenBack'])

  t.match(await sync(), { outcome: 'nothingToDo', lead: 'unchanged', writeBack: 'unchanged', reason: 'Our own change.' })
  t.same(referrals.asked, ['get', 'patch', 'get'])
  t.equal(crm.writes.length, 1, 'the echo of our own write-back writes nothing')
  t.same(kinds(), ['fetched', 'compared', 'skipped'])
})

t.test('a change that is not ours and concerns no field is told apart from our echo', async t => {
  const { referrals, crm, sync } = scene()
  await sync()
  referrals.change(referralId, { statusReason: 'Seen' })
  t.match(await sync(), { outcome: 'nothingToDo', reason: 'Both sides are in step.' })
  t.equal(crm.writes.length, 1)
})

t.test('an id of another system is replaced, and a change alone writes nothing back', async t => {
  const { referrals, crm, sync } = scene({ externalReferenceId: 'older-system-7' })
  t.match(await sync(), { writeBack: 'written' })
  referrals.change(referralId, { name: 'Renamed' })
  t.match(await sync(), { outcome: 'synchronized', lead: 'updated', writeBack: 'unchanged' })
  t.same(crm.writes[1], { lead: { subject: 'Renamed' } })
})

t.test('the timeline says which fields were written, people masked', async t => {
  const { referrals, sync, story } = scene()
  await sync()
  story.length = 0
  const team = [{ firstName: 'Ida', lastName: 'Dunn', email: 'ida@alder.example', isPrimaryContact: true }]
  referrals.change(referralId, { name: 'Renamed', customerProfile: { name: 'Alder Books Ltd', team } })
  await sync()
  const written = story.find(({ kind }) => kind === 'written')
  t.match(written?.changes, [
    { field: 'subject', from: 'Stock planning for Alder Books', to: 'Renamed' },
    { field: 'firstName', from: 'M… (4)', to: 'I… (3)' },
    { field: 'email' }
  ])
  t.notMatch(JSON.stringify(story), /ida@alder|mira@alder/)
})

t.test('somebody edits the referral between reading and writing back: it is read again, and nothing of either is lost', async t => {
  const { referrals, crm, sync, kinds } = scene()
  let others = 1
  referrals.afterGet = () => {
    if (others-- > 0) referrals.change(referralId, { name: 'Renamed' })
  }
  t.match(await sync(), { lead: 'updated', writeBack: 'written' })
  t.same(referrals.asked, ['get', 'patch', 'get', 'patch'])
  t.equal(crm.records.get(referralId)?.values.subject, 'Renamed')
  t.ok(kinds().includes('retried'))
})

t.test('somebody edits all the time: the job is left for later', async t => {
  const { referrals, sync } = scene()
  referrals.afterGet = () => referrals.change(referralId, {})
  await t.rejects(sync(), { code: 'REFERRAL_CHANGED' })
  t.equal(referrals.asked.filter(name => name === 'patch').length, 4)
})

t.test('a closed referral becomes a lead, but cannot carry its id', async t => {
  const { referrals, sync } = scene({ status: 'closed', substatus: 'Won' })
  const reason = 'The referral is closed/Won and cannot take the id of the lead.'
  t.match(await sync(), { outcome: 'synchronized', lead: 'created', writeBack: 'skipped', reason })
  t.match(await sync(), { outcome: 'nothingToDo', lead: 'unchanged', writeBack: 'skipped', reason })
  t.same(referrals.asked, ['get', 'get'])
  t.equal((await scene({ status: 'Closed', externalReferenceId: 'lead-1' }).sync()).reason, undefined)
})

t.test('a referral that is closed while it is synced leaves its lead written', async t => {
  const { referrals, sync } = scene()
  let others = 1
  referrals.afterGet = () => {
    if (others-- > 0) referrals.change(referralId, { status: 'Closed', substatus: 'Lost' })
  }
  t.match(await sync(), { outcome: 'synchronized', lead: 'created', writeBack: 'skipped' })
})

t.test('a closed lead is left alone and said so, its id is written back, and once it is open again it catches up', async t => {
  const { referrals, crm, sync } = scene()
  await crm.upsertLead(referralId, { lead: {} })
  crm.closedAs = 'Qualified'
  const expected = { lead: 'readOnly', leadId: 'lead-1', reason: 'The lead is qualified and was left alone.' }
  t.match(await sync(), { ...expected, writeBack: 'written' })
  t.match(await sync(), { ...expected, outcome: 'nothingToDo', writeBack: 'unchanged' })
  crm.closedAs = undefined
  referrals.change(referralId, { name: 'Renamed' })
  t.match(await sync(), { lead: 'updated' })
  t.match(crm.records.get(referralId)?.values, { subject: 'Renamed', companyName: 'Alder Books Ltd' })
})

t.test('a lead that was deleted in the CRM is noted and left deleted', async t => {
  const { referrals, crm, links, sync, kinds } = scene()
  await sync()
  crm.deleteLead(referralId)
  referrals.change(referralId, { name: 'Renamed' })
  kinds()
  t.match(await sync(), { outcome: 'nothingToDo', lead: 'deleted', reason: /deleted/ })
  t.ok(kinds().includes('skipped'))
  t.equal(links.stored.get(referralId)?.deletedAt, at)
  t.match(await sync(), { lead: 'deleted' }, 'and again')
  t.equal(crm.records.size, 0)
})

t.test('a lead that was deleted is made again with every field when the setting says so', async t => {
  const { referrals, crm, links, sync } = scene()
  await sync()
  crm.deleteLead(referralId)
  referrals.change(referralId, { name: 'Renamed' })
  t.match(await sync({ recreateDeleted: true }), { lead: 'created', leadId: 'lead-2', writeBack: 'written' })
  t.match(crm.records.get(referralId)?.values, { companyName: 'Alder Books Ltd', subject: 'Renamed' })
  t.equal(links.stored.get(referralId)?.deletedAt, undefined)
})

t.test('a lead that was restored in the CRM is linked again', async t => {
  const { crm, links, sync } = scene()
  await sync()
  crm.deleteLead(referralId)
  await sync({ look: true })
  await crm.upsertLead(referralId, { lead: { subject: 'Restored' } })
  t.match(await sync({ look: true }), { lead: 'updated', leadId: 'lead-2' })
  t.equal(links.stored.get(referralId)?.deletedAt, undefined)
})

t.test('what the CRM changed goes to the referral, and its echo does nothing', async t => {
  const { referrals, crm, sync, story } = scene({ status: 'Active', substatus: 'Accepted' })
  await sync()
  crm.changeLead(referralId, { estimatedAmount: 20_000 })
  story.length = 0
  t.match(await sync({ look: true }), { outcome: 'synchronized', lead: 'unchanged', writeBack: 'written' })
  t.match(story.find(({ kind }) => kind === 'writtenBack')?.changes, [{ field: 'dealValue', from: '12500.5', to: '20000' }])
  t.match(referrals.stored.get(referralId), { details: { dealValue: 20_000 } })
  t.equal(crm.writes.length, 1, 'the CRM is not written')
  t.match(await sync({ look: true }), { outcome: 'nothingToDo' })
})

t.test('both sides changed the same field: the setting says who wins, and the answer names the field', async t => {
  const partnerCenter = scene()
  await partnerCenter.sync()
  const details = { ...fullReferral().details, dealValue: 777 }
  partnerCenter.crm.changeLead(referralId, { estimatedAmount: 888 })
  partnerCenter.referrals.change(referralId, { details })
  t.match(await partnerCenter.sync(), { lead: 'updated', writeBack: 'unchanged', conflicts: ['estimatedAmount'] })
  t.equal(partnerCenter.crm.records.get(referralId)?.values.estimatedAmount, 777)

  const crm = scene()
  await crm.sync()
  crm.crm.changeLead(referralId, { estimatedAmount: 888 })
  crm.referrals.change(referralId, { details })
  t.match(await crm.sync({ winner: 'crm' }), { lead: 'unchanged', writeBack: 'written', conflicts: ['estimatedAmount'] })
  t.match(crm.referrals.stored.get(referralId), { details: { dealValue: 888 } })
  t.equal(crm.crm.writes.length, 1)
})

t.test('a qualified lead accepts the referral; one that is closed already takes nothing more', async t => {
  const open = scene()
  await open.sync()
  open.crm.closedAs = 'Qualified'
  t.match(await open.sync({ look: true }), { writeBack: 'written' })
  t.match(open.referrals.stored.get(referralId), { status: 'Active', substatus: 'Accepted' })

  const closed = scene()
  await closed.sync()
  closed.referrals.change(referralId, { status: 'Closed', substatus: 'Won' })
  closed.crm.closedAs = 'Qualified'
  t.match(await closed.sync({ look: true }), { outcome: 'nothingToDo', writeBack: 'skipped', reason: /Closed\/Won and cannot take status/ })
  t.match(await closed.sync({ look: true }), { outcome: 'nothingToDo', writeBack: 'unchanged' }, 'and it is not tried for ever')
})

t.test('the process ends between the write to the CRM and the write-back: the next run only has that left', async t => {
  const { referrals, crm, sync } = scene()
  const { patch } = referrals
  referrals.patch = async () => {
    throw new Failure('PARTNER_CENTER_BUSY', 'Partner Center asks for a pause.')
  }
  await t.rejects(sync(), { code: 'PARTNER_CENTER_BUSY' })
  referrals.patch = patch
  t.match(await sync(), { outcome: 'synchronized', lead: 'unchanged', writeBack: 'written' })
  t.equal(crm.writes.length, 1)
})

t.test('the process ends between the write to the CRM and the link: the next run finds the same lead', async t => {
  const { crm, links, sync } = scene()
  const { put } = links
  links.put = async () => {
    throw new Failure('STORE_UNAVAILABLE', 'The disk is full.')
  }
  await t.rejects(sync(), { code: 'STORE_UNAVAILABLE' })
  links.put = put
  t.match(await sync(), { lead: 'updated', leadId: 'lead-1', writeBack: 'written' })
  t.equal(crm.records.size, 1)
})

t.test('the process ends between the referral and the CRM, with changes of both: nothing is lost and nothing comes back', async t => {
  const { referrals, crm, sync } = scene()
  await sync()
  crm.changeLead(referralId, { estimatedCloseDate: '2027-03-01' })
  referrals.change(referralId, { name: 'Renamed' })
  const { updateLead } = crm
  crm.updateLead = async () => {
    throw new Failure('CRM_UNREACHABLE', 'The CRM does not answer.')
  }
  await t.rejects(sync({ look: true }), { code: 'CRM_UNREACHABLE' })
  crm.updateLead = updateLead
  t.match(await sync({ look: true }), { lead: 'updated' })
  t.match(crm.records.get(referralId)?.values, { subject: 'Renamed', estimatedCloseDate: '2027-03-01' })
  t.match(await sync({ look: true }), { outcome: 'nothingToDo' })
})

t.test('what was stopped after it was read is not kept as done', async t => {
  const { referrals, crm, links, now } = scene()
  const stop = new AbortController()
  const ports = { referrals, crm, links, now }
  const createLead: typeof crm.createLead = async (...args) => {
    const answer = await crm.createLead(...args)
    stop.abort()
    return answer
  }
  await t.rejects(syncReferral(referralId, { ...ports, crm: { ...crm, createLead }, call: { signal: stop.signal } }), {
    name: 'AbortError'
  })
  t.equal(await links.get(referralId), undefined)
  t.match(await syncReferral(referralId, ports), { outcome: 'synchronized' }, 'the next run does it')
})
