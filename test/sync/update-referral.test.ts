import t from 'tap'
import { updateReferral } from '../../src/sync/update-referral.ts'
import { memoryReferrals } from '../fixtures/ports.ts'
import { fullReferral, referralId } from '../fixtures/referral.ts'

const ports = (change: object = {}) => ({ referrals: memoryReferrals({ ...fullReferral(), ...change }) })

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
