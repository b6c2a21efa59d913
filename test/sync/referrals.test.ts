import t from 'tap'
import { Failure } from '../../src/failure.ts'
import { syncReferral } from '../../src/sync/sync-referral.ts'
import { updateReferral } from '../../src/sync/update-referral.ts'
import { memoryCrm, memoryLinks, memoryReferrals } from '../fixtures/ports.ts'
import { fullReferral, referralId } from '../fixtures/referral.ts'

const ports = (change: object = {}) => ({
  referrals: memoryReferrals({ ...fullReferral(), ...change }),
  crm: memoryCrm(),
  links: memoryLinks()
})

t.test('an update reads once and writes once', async t => {
  const { referrals } = ports()
  const call = { correlationId: 'call-1' }
  const updated = await updateReferral(referralId, { statusReason: 'Because' }, { referrals, call })
  t.match(updated, { changed: ['statusReason'], referral: { statusReason: 'Because' } })
  t.same(referrals.asked, ['get', 'patch'])
  t.same(referrals.calls, [call, call])
  t.same(await updateReferral(referralId, { statusReason: 'Because' }, { referrals }), { ...updated, changed: [] }, 'nothing is different')
  t.same(referrals.asked.slice(2), ['get'])
})

t.test('a referral that was read already is not read again', async t => {
  const { referrals } = ports()
  await updateReferral(referralId, { statusReason: 'Because' }, { referrals, read: fullReferral() })
  t.same(referrals.asked, ['patch'])
})

t.test('when somebody else was faster, the edits are tried on what the referral is now', async t => {
  const { referrals } = ports()
  let others = 2
  referrals.afterGet = () => {
    if (others-- > 0) referrals.change(referralId, { name: `Renamed ${others}` })
  }
  const { referral } = await updateReferral(referralId, { statusReason: 'Because' }, { referrals })
  t.match(referral, { name: 'Renamed 0', statusReason: 'Because' }, 'and nothing of theirs is lost')
  t.same(referrals.asked, ['get', 'patch', 'get', 'patch', 'get', 'patch'])
})

t.test('it is tried four times in all', async t => {
  const { referrals } = ports()
  referrals.afterGet = () => referrals.change(referralId, {})
  await t.rejects(updateReferral(referralId, { statusReason: 'Because' }, { referrals }), { code: 'REFERRAL_CHANGED' })
  t.equal(referrals.asked.filter(name => name === 'patch').length, 4)
})

t.test('edits that are meant for one version are written to no other', async t => {
  const { referrals } = ports()
  const edits = { statusReason: 'Because' }
  await t.rejects(updateReferral(referralId, edits, { referrals, eTag: '"older"' }), { code: 'REFERRAL_CHANGED' })
  t.same(referrals.asked, ['get'], 'and no write is tried')

  referrals.afterGet = () => referrals.change(referralId, {})
  await t.rejects(updateReferral(referralId, edits, { referrals, eTag: '"0100-1"' }), { code: 'REFERRAL_CHANGED' })
  t.same(referrals.asked.slice(1), ['get', 'patch'], 'nor a second one')
})

t.test('an eTag that lost its quotes on the way through a flow still names the version', async t => {
  for (const eTag of ['"0100-1"', '0100-1', ' "0100-1" ']) {
    const { referrals } = ports()
    t.match(await updateReferral(referralId, { statusReason: 'Because' }, { referrals, eTag }), { changed: ['statusReason'] }, eTag)
  }
  for (const eTag of ['', '0100', '"0100-2"']) {
    const { referrals } = ports()
    await t.rejects(updateReferral(referralId, {}, { referrals, eTag }), { code: 'REFERRAL_CHANGED' }, `«${eTag}»`)
  }
  const { referrals } = ports({ eTag: null })
  await t.rejects(updateReferral(referralId, {}, { referrals, eTag: 'null' }), { code: 'REFERRAL_CHANGED' })
})

t.test('other failures are not tried again', async t => {
  const { referrals } = ports({ status: 'Closed' })
  await t.rejects(updateReferral(referralId, { statusReason: 'Because' }, { referrals }), { code: 'REFERRAL_CLOSED' })
  t.same(referrals.asked, ['get'])
})

t.test('one sync reads once, writes once and writes back once; a second changes nothing', async t => {
  const { referrals, crm, links } = ports()
  const first = await syncReferral(referralId, { referrals, crm, links })
  t.same(first, {
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

  t.same(await syncReferral(referralId, { referrals, crm, links }), {
    referralId,
    outcome: 'nothingToDo',
    leadId: 'lead-1',
    lead: 'unchanged',
    writeBack: 'unchanged',
    notices: []
  })
  t.same(referrals.asked, ['get', 'patch', 'get'])
  t.equal(crm.writes.length, 1, 'the echo of our own write-back writes nothing')
})

t.test('an id of another system is replaced, and a change alone writes nothing back', async t => {
  const { referrals, crm, links } = ports({ externalReferenceId: 'older-system-7' })
  t.match(await syncReferral(referralId, { referrals, crm, links }), { writeBack: 'written' })
  referrals.change(referralId, { name: 'Renamed' })
  t.match(await syncReferral(referralId, { referrals, crm, links }), {
    outcome: 'synchronized',
    lead: 'updated',
    writeBack: 'unchanged'
  })
  t.same(crm.writes[1], { lead: { subject: 'Renamed' } })
})

t.test('a write-back that comes too late is tried on what the referral is now', async t => {
  const { referrals, crm, links } = ports()
  let others = 1
  referrals.afterGet = () => {
    if (others-- > 0) referrals.change(referralId, { name: 'Renamed' })
  }
  t.match(await syncReferral(referralId, { referrals, crm, links }), { writeBack: 'written' })
  t.same(referrals.asked, ['get', 'patch', 'get', 'patch'])
  t.match(await syncReferral(referralId, { referrals, crm, links }), { lead: 'updated' }, 'what changed in between comes with the next run')
})

t.test('when another run has written the id back in between, there is nothing left to write', async t => {
  const { referrals, crm, links } = ports()
  let others = 1
  referrals.afterGet = () => {
    if (others-- > 0) referrals.change(referralId, { externalReferenceId: 'lead-1' })
  }
  t.match(await syncReferral(referralId, { referrals, crm, links }), { lead: 'created', writeBack: 'unchanged' })
})

t.test('a closed referral becomes a lead, but cannot carry its id', async t => {
  const reason = 'The referral is closed and cannot carry the id of the lead.'
  const { referrals, crm, links } = ports({ status: 'closed', substatus: 'Won' })
  t.match(await syncReferral(referralId, { referrals, crm, links }), {
    outcome: 'synchronized',
    lead: 'created',
    writeBack: 'skipped',
    reason
  })
  t.match(await syncReferral(referralId, { referrals, crm, links }), {
    outcome: 'nothingToDo',
    lead: 'unchanged',
    writeBack: 'skipped',
    reason
  })
  t.same(referrals.asked, ['get', 'get'])

  const linked = ports({ status: 'Closed', externalReferenceId: 'lead-1' })
  t.equal((await syncReferral(referralId, linked)).reason, undefined)
})

t.test('a referral that is closed while it is synced leaves its lead written', async t => {
  const { referrals, crm, links } = ports()
  let others = 1
  referrals.afterGet = () => {
    if (others-- > 0) referrals.change(referralId, { status: 'Closed', substatus: 'Lost' })
  }
  t.match(await syncReferral(referralId, { referrals, crm, links }), { outcome: 'synchronized', lead: 'created', writeBack: 'skipped' })
})

t.test('a read-only lead is left alone and said so, and its id is still written back', async t => {
  const { referrals, crm, links } = ports()
  await crm.upsertLead(referralId, { lead: {} })
  crm.closedAs = 'Qualified'
  const expected = { lead: 'readOnly', leadId: 'lead-1', reason: 'The lead is qualified and was left alone.' }
  t.match(await syncReferral(referralId, { referrals, crm, links }), { ...expected, outcome: 'synchronized', writeBack: 'written' })
  t.match(await syncReferral(referralId, { referrals, crm, links }), { ...expected, outcome: 'nothingToDo', writeBack: 'unchanged' })
})

t.test('a lead that was deleted and made again is written back under its new id', async t => {
  const { referrals, crm, links } = ports()
  await syncReferral(referralId, { referrals, crm, links })
  crm.records.clear()
  referrals.change(referralId, { name: 'Renamed' })
  t.match(await syncReferral(referralId, { referrals, crm, links }), { lead: 'created', leadId: 'lead-2', writeBack: 'written' })
  t.equal(crm.records.get(referralId)?.values.companyName, 'Alder Books Ltd')
})

t.test('a failing write-back is told, and the next run only has it left to do', async t => {
  const { referrals, crm, links } = ports()
  const { patch } = referrals
  referrals.patch = async () => {
    throw new Failure('PARTNER_CENTER_BUSY', 'Partner Center asks for a pause.')
  }
  await t.rejects(syncReferral(referralId, { referrals, crm, links }), { code: 'PARTNER_CENTER_BUSY' })
  referrals.patch = patch
  t.match(await syncReferral(referralId, { referrals, crm, links }), {
    outcome: 'synchronized',
    lead: 'unchanged',
    writeBack: 'written'
  })
  t.equal(crm.writes.length, 1)
})
