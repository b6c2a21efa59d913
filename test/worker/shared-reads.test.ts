import t from 'tap'
import { Failure } from '../../src/failure.ts'
import { sharedReads } from '../../src/worker/shared-reads.ts'
import { memoryReferrals } from '../fixtures/ports.ts'
import { fullReferral, referralId } from '../fixtures/referral.ts'

const receivedAt = new Date('2026-03-01T08:00:00.000Z')
const event = { receivedAt, correlationId: 'correlation-1' }

function setUp() {
  let at = receivedAt
  const referrals = memoryReferrals(fullReferral())
  const pass = (ms: number): void => {
    at = new Date(at.getTime() + ms)
  }
  return { referrals, pass, reads: sharedReads({ referrals, now: () => at }) }
}

t.test('what many ask for at once, or within five seconds, is read once', async t => {
  const { referrals, reads, pass } = setUp()
  const all = await Promise.all(Array.from({ length: 500 }, () => reads.get(referralId, event)))
  t.equal(new Set(all).size, 1)
  pass(4999)
  await reads.get(referralId.toUpperCase(), event)
  t.same(referrals.calls, [{ correlationId: 'correlation-1' }])
  pass(1)
  await reads.get(referralId, event)
  t.same(referrals.asked, ['get', 'get'])
})

t.test('nobody is told a state that is older than the event', async t => {
  const { referrals, reads } = setUp()
  t.match(await reads.get(referralId, event), { name: 'Stock planning for Alder Books' })
  referrals.change(referralId, { name: 'Renamed' })
  t.match(await reads.get(referralId, { ...event, receivedAt: new Date(receivedAt.getTime() + 1) }), { name: 'Renamed' })
})

t.test('what failed is read anew, and fails all that waited for it', async t => {
  const { referrals } = setUp()
  let asked = 0
  const get = async (...given: Parameters<typeof referrals.get>) => {
    if (++asked === 1) throw new Failure('PARTNER_CENTER_UNREACHABLE', 'No.')
    return await referrals.get(...given)
  }
  const reads = sharedReads({ referrals: { ...referrals, get }, now: () => receivedAt })
  const both = await Promise.allSettled([reads.get(referralId, event), reads.get(referralId, event)])
  t.match(both, [{ reason: { code: 'PARTNER_CENTER_UNREACHABLE' } }, { reason: { code: 'PARTNER_CENTER_UNREACHABLE' } }])
  t.match(await reads.get(referralId, event), { id: referralId })
  t.equal(asked, 2)
})

t.test('only so many are kept', async t => {
  const { referrals, reads } = setUp()
  for (let ms = 0; ms <= 100; ms++) await reads.get(referralId, { ...event, receivedAt: new Date(receivedAt.getTime() + ms) })
  t.equal(referrals.asked.length, 101)
  await reads.get(referralId, { ...event, receivedAt: new Date(receivedAt.getTime() + 100) })
  t.equal(referrals.asked.length, 101)
  await reads.get(referralId, event)
  t.equal(referrals.asked.length, 102, 'the oldest made room')
})

t.test('whether Partner Center works is found out by reading something else', async t => {
  const { referrals, reads } = setUp()
  t.equal(await reads.works(), true)
  t.equal(await reads.works(), true)
  t.same(referrals.asked, ['list'], 'once for all')
  const list = async () => Promise.reject(new Failure('PARTNER_CENTER_DENIED', 'No.'))
  t.equal(await sharedReads({ referrals: { ...referrals, list }, now: () => receivedAt }).works(), false)
})
