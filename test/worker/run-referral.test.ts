import t from 'tap'
import { Failure } from '../../src/failure.ts'
import type { JobHint, Referrals } from '../../src/ports.ts'
import { type JobOrigin, relatedMark } from '../../src/schemas/job.ts'
import type { NewTimelineEntry } from '../../src/schemas/timeline.ts'
import { runReferral } from '../../src/worker/run-referral.ts'
import { memoryCrm, memoryLinks, memoryMarks, memoryReferrals } from '../fixtures/ports.ts'
import { fullReferral, referralId } from '../fixtures/referral.ts'

const engagementId = '7111fffc-f9ee-4d53-bba6-569135228642'
const ours = '5111fffc-f9ee-4d53-bba6-569135228642'

/** The job of the other party's referral, of whose engagement one of ours is a part. */
function setUp(get?: Referrals['get'], origin: JobOrigin = 'related') {
  const referrals = memoryReferrals({ ...fullReferral(), engagementId }, { ...fullReferral(), id: ours, engagementId })
  const links = memoryLinks()
  const marks = memoryMarks()
  const hints: JobHint[] = []
  const noted: Pick<NewTimelineEntry, 'kind' | 'text'>[] = []
  const jobs = { add: async (...given: JobHint[]) => void hints.push(...given) }
  const ports = { referrals: { ...referrals, ...(get && { get }) }, links, jobs, marks, crm: memoryCrm(), now: () => new Date() }
  const claim = { subject: referralId, origin, correlationId: 'c' } as const
  return {
    links,
    marks,
    hints,
    noted,
    run: () => runReferral(claim, ports, { note: entry => void noted.push(entry), call: {} })
  }
}

t.test('an event about a related referral has those of ours with a lead looked at again', async t => {
  const { run, links, hints } = setUp()
  await links.put({ referralId: ours, leadId: 'lead-1', written: {} })
  await run()
  t.match(hints, [{ kind: 'referral', subject: ours, origin: 'callback' }])
})

t.test('a related referral that is hidden is no error', async t => {
  for (const failure of [new Failure('REFERRAL_NOT_FOUND', 'No.'), new Failure('PARTNER_CENTER_DENIED', 'No.', { answeredStatus: 403 })]) {
    const { run, hints, noted } = setUp(async () => Promise.reject(failure))
    await run()
    t.match(noted, [{ kind: 'skipped', text: /not visible/ }])
    t.same(hints, [])
  }
})

t.test('a sign-in that is refused hides nothing: the job waits', async t => {
  const { run, noted } = setUp(async () => Promise.reject(new Failure('PARTNER_CENTER_DENIED', 'No.', { answeredStatus: 401 })))
  await t.rejects(run(), { code: 'PARTNER_CENTER_DENIED' })
  t.same(noted, [])
})

t.test(
  'a referral that came as a related one gets no lead whatever queues it, until a person or an event of its own says that it is ours',
  async t => {
    for (const origin of ['related', 'reconcile', 'crm', 'schedule'] as const) {
      const { run, links, marks, hints } = setUp(undefined, origin)
      await marks.put(relatedMark(referralId), '')
      await links.put({ referralId: ours, leadId: 'lead-1', written: {} })
      await run()
      t.equal(await links.get(referralId), undefined, origin)
      t.match(hints, [{ subject: ours }], 'those of ours are looked at all the same')
    }
    for (const origin of ['request', 'callback'] as const) {
      const { run, links, marks } = setUp(undefined, origin)
      await marks.put(relatedMark(referralId), '')
      await run()
      t.ok(await links.get(referralId), origin)
      t.equal(await marks.get(relatedMark(referralId)), undefined, 'and it stays so')
    }
  }
)

t.test('a related referral that has a lead is one of ours', async t => {
  const { run, links, marks, noted } = setUp(undefined, 'reconcile')
  await marks.put(relatedMark(referralId), '')
  await links.put({ referralId, leadId: 'lead-1', written: {} })
  await run()
  t.match(noted, [{ kind: 'fetched' }])
})
