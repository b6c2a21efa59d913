import { join } from 'node:path'
import { type CompiledQuery, sql } from 'kysely'
import Database from 'libsql'
import t, { type Test } from 'tap'
import type { Claim, JobHint } from '../../src/ports.ts'
import { relatedMark } from '../../src/schemas/job.ts'
import type { NewTimelineEntry } from '../../src/schemas/timeline.ts'
import { storedJobs } from '../../src/store/jobs.ts'
import { openPrepared } from '../../src/store/open-prepared.ts'
import { manualClock } from '../fixtures/manual-clock.ts'
import { eachStore, type Open, storeKey } from '../fixtures/stores.ts'

const leaseMs = 15_000
const minute = 60_000

const hint = (changes: Partial<JobHint> = {}): JobHint => ({
  kind: 'referral',
  subject: 'r-1',
  origin: 'callback',
  correlationId: 'c-1',
  ...changes
})
const entry = (text: string): NewTimelineEntry => ({ referralId: 'r-1', kind: 'compared', text, correlationId: 'c-1' })
const failed = { code: 'CRM_UNREACHABLE', message: 'The CRM did not answer.' } as const

/** A store with a clock that is moved by hand, and what every test asks for. */
async function opened(open: Open) {
  const clock = manualClock()
  const store = await open({ now: clock.now })
  const { jobs, timeline, marks, place } = store
  const at = (ms: number): Date => new Date(clock.now().getTime() + ms)
  return {
    jobs,
    marks,
    at,
    place,
    now: clock.now,
    pass: clock.advance,
    claim: async (limit = 1) => await jobs.claim('referral', { limit, leaseMs }),
    /** The first job that is due. */
    async claimed(): Promise<Claim> {
      const [claim] = await jobs.claim('referral', { limit: 1, leaseMs })
      if (!claim) throw new Error('no job is due')
      return claim
    },
    async job(subject = 'r-1') {
      return (await jobs.list({ subject }, 1))[0]
    },
    texts: async (referralId = 'r-1') => (await timeline.list(referralId, { limit: 100 })).map(({ text }) => text)
  }
}
type Stage = Awaited<ReturnType<typeof opened>>

const each = (name: string, run: (t: Test, stage: Stage, open: Open) => Promise<unknown>): void =>
  eachStore(t, name, async (t, open) => await run(t, await opened(open), open))

each('a hint becomes a job that is due at once', async (t, { jobs, job, now, claim }) => {
  await jobs.add(hint())
  const at = now().toISOString()
  t.same(await job(), {
    ...{ kind: 'referral', subject: 'r-1', state: 'ready', origin: 'callback', attempts: 0, hints: 1 },
    ...{ dueAt: at, correlationId: 'c-1', createdAt: at, updatedAt: at }
  })
  t.match(await claim(), [{ subject: 'r-1', state: 'active', hints: 1, isTakenOver: false }])
  t.same(await claim(), [], 'nobody else gets it')
})

each('hints for one subject are one job, whatever the case of its id', async (t, { jobs, job, at }) => {
  await jobs.add(hint({ dueAt: at(minute) }))
  await jobs.add(hint({ subject: 'R-1', correlationId: 'c-2', dueAt: at(2 * minute) }))
  t.match(await job(), { hints: 2, correlationId: 'c-1', dueAt: at(minute).toISOString() }, 'a later one delays nothing')
  await jobs.add(hint({ correlationId: 'c-3' }), hint({ subject: 'R-1' }), hint({ dueAt: at(-minute) }))
  t.match(await job('R-1'), { hints: 5, correlationId: 'c-1', dueAt: at(-minute).toISOString() }, 'an earlier one hastens it')
  t.equal(await jobs.count({}), 1)
  await jobs.add(hint({ kind: 'subscription' }))
  t.equal(await jobs.count({}), 2, 'another kind is another job')
})

each('a thousand hints for one subject are one row, at once and one after another', async (t, { jobs, job }) => {
  await jobs.add(...Array.from({ length: 500 }, (_, n) => hint({ correlationId: `c-${n}` })))
  await Promise.all(Array.from({ length: 500 }, () => jobs.add(hint())))
  t.match(await job(), { hints: 1000, correlationId: 'c-0' })
  t.equal(await jobs.count({}), 1)
})

each('very many hints are added at once, or none', async (t, { jobs }) => {
  await jobs.add()
  const many = Array.from({ length: 5000 }, (_, n) => hint({ subject: `r-${n}` }))
  await t.rejects(jobs.add(...many, hint({ subject: 'bad', correlationId: null as unknown as string })))
  t.equal(await jobs.count({}), 0)
  await jobs.add(...many)
  t.equal(await jobs.count({}), 5000)
})

each('an origin gives way to one that says more', async (t, { jobs, job }) => {
  await jobs.add(hint({ origin: 'related' }), hint({ origin: 'related' }))
  t.match(await job(), { origin: 'related' })
  for (const origin of ['callback', 'related', 'request', 'callback', 'crm', 'reconcile'] as const) await jobs.add(hint({ origin }))
  t.match(await job(), { origin: 'crm' })
  await jobs.add(hint({ subject: 'r-2', origin: 'request' }), hint({ subject: 'r-2', origin: 'related' }))
  t.match(await job('r-2'), { origin: 'request' }, 'in one call as well')
})

each('what was set aside for a refused value has the origin of the hint that brings it back', async (t, { jobs, job, claimed }) => {
  const refused = { ...failed, code: 'REFERRAL_REFUSED' } as const
  await jobs.add(hint({ origin: 'crm' }))
  await jobs.setAside(await claimed(), refused)
  await jobs.add(hint({ origin: 'callback' }))
  t.match(await job(), { state: 'ready', origin: 'callback' }, 'one refused value in the CRM does not spoil every later callback')
  await jobs.add(hint({ origin: 'crm' }))
  t.match(await job(), { origin: 'crm' })
  await jobs.setAside(await claimed(), refused)
  await jobs.add(hint({ origin: 'callback' }), hint({ origin: 'request' }))
  t.match(await job(), { origin: 'request' }, 'of several hints the one that says most')
  await jobs.setAside(await claimed(), refused)
  await jobs.add(hint({ origin: 'related' }))
  t.match(await job(), { state: 'ready', origin: 'request' }, 'an event about a related referral says nothing of this one')
  const other = await jobs.claimOne(hint({ subject: 'r-3', origin: 'crm' }), 60_000)
  await jobs.setAside(other as Claim, { ...failed, code: 'CRM_UNEXPECTED' })
  await jobs.add(hint({ subject: 'r-3' }))
  t.match(await job('r-3'), { state: 'ready', origin: 'crm' }, 'of any other failure what was to be looked at is not forgotten')
})

each('that a referral came as a related one is remembered, whatever becomes of its job', async (t, { jobs, job, marks, claimed }) => {
  await jobs.add(hint({ origin: 'related' }), hint({ subject: 'R-1', origin: 'related' }), hint({ subject: 'r-2' }))
  await jobs.add(hint({ origin: 'related' }), hint({ origin: 'reconcile' }))
  t.match(await job(), { origin: 'reconcile' })
  await jobs.finish(await claimed())
  t.not(await marks.get(relatedMark('R-1')), undefined)
  t.equal(await marks.get(relatedMark('r-2')), undefined)
})

each('the longest due come first, and nothing before its time', async (t, { jobs, at, claim, pass }) => {
  const due = { a: -1, b: -3, c: -2, d: 1000, e: 0 }
  await jobs.add(...Object.entries(due).map(([subject, ms]) => hint({ subject, dueAt: at(ms) })))
  await jobs.add(hint({ kind: 'housekeeping', subject: 'all' }))
  t.same(
    (await claim(3)).map(({ subject }) => subject),
    ['b', 'c', 'a']
  )
  t.same(
    (await claim(3)).map(({ subject }) => subject),
    ['e']
  )
  await pass(1000)
  t.match(await claim(3), [{ subject: 'd' }])
})

each('twenty who claim at once get different jobs, and every job has one', async (t, { jobs, now, place }, open) => {
  const others = await Promise.all([1, 2, 3].map(() => open({ now, place })))
  await jobs.add(...Array.from({ length: 50 }, (_, n) => hint({ subject: `r-${n}` })))
  const claims = await Promise.all(
    Array.from(
      { length: 20 },
      async (_, n) => await ([jobs, ...others.map(other => other.jobs)][n % 4] ?? jobs).claim('referral', { limit: 3, leaseMs })
    )
  )
  for (const some of claims) t.ok(some.length <= 3)
  const subjects = claims.flat().map(({ subject }) => subject)
  t.equal(new Set(subjects).size, subjects.length, 'none twice')
  for (
    let some = await jobs.claim('referral', { limit: 50, leaseMs });
    some.length > 0;
    some = await jobs.claim('referral', { limit: 50, leaseMs })
  )
    subjects.push(...some.map(({ subject }) => subject))
  t.equal(new Set(subjects).size, 50)
  t.equal(subjects.length, 50)
})

each('adding, extending and claiming at once never wait for each other in a circle', async (t, { jobs, now, place, claim }, open) => {
  const other = await open({ now, place })
  const subjects = Array.from({ length: 40 }, (_, n) => `r-${n}`)
  await jobs.add(...subjects.map(subject => hint({ subject })))
  const claims = await claim(40)
  await Promise.all(
    Array.from({ length: 30 }, async (_, n) => {
      const order = n % 2 === 0 ? subjects : [...subjects].reverse()
      await (n % 3 === 0 ? jobs : other.jobs).add(...order.map(subject => hint({ subject })))
      t.equal((await other.jobs.extend(n % 2 === 0 ? claims : [...claims].reverse(), leaseMs)).length, 40)
      await jobs.retryNow({})
      await other.jobs.claim('referral', { limit: 5, leaseMs })
    })
  )
  t.match(await jobs.list({}, 1), [{ hints: 31, state: 'active' }])
})

each('work that is done ends its job, and its entries are in the timeline', async (t, { jobs, claimed, texts }) => {
  await jobs.add(hint())
  await jobs.finish(await claimed(), { entries: [entry('one'), entry('two')] })
  t.equal(await jobs.count({}), 0)
  t.same(await texts(), ['one', 'two'])
})

each('a hint that comes while a job is active lets it run once more', async (t, { jobs, job, claimed, claim, now, pass }) => {
  await jobs.add(hint())
  const first = await claimed()
  await jobs.add(hint({ correlationId: 'c-2' }), hint())
  t.match(await job(), { state: 'active', hints: 3, dueAt: first.dueAt })
  t.same(await claim(), [])
  await pass(1000)
  await jobs.finish(first)
  t.match(await job(), { state: 'ready', attempts: 0, hints: 2, dueAt: now().toISOString() })
  await jobs.finish(await claimed())
  t.equal(await jobs.count({}), 0)
})

each('a job on a schedule comes back at its time, or at once for a hint', async (t, { jobs, job, claimed, at, now }) => {
  await jobs.add(hint(), hint())
  await jobs.finish(await claimed(), { nextAt: at(minute) })
  t.match(await job(), { state: 'ready', dueAt: at(minute).toISOString(), hints: 1 })
  await jobs.add(hint())
  const claim = await claimed()
  await jobs.add(hint())
  await jobs.finish(claim, { nextAt: at(minute) })
  t.match(await job(), { state: 'ready', dueAt: now().toISOString(), hints: 1 })
})

each('what failed waits for its time, and hints do not hasten it', async (t, { jobs, job, claimed, claim, at, pass, texts }) => {
  await jobs.add(hint())
  await jobs.retry(await claimed(), { ...failed, at: at(minute), isCounted: true, entries: [entry('tried')] })
  t.match(await job(), { state: 'ready', attempts: 1, ...failed, dueAt: at(minute).toISOString() })
  await jobs.add(hint())
  t.match(await job(), { hints: 2, attempts: 1, ...failed, dueAt: at(minute).toISOString() })
  t.same(await claim(), [])
  await pass(minute)
  await jobs.retry(await claimed(), { ...failed, at: at(minute), isCounted: false })
  t.match(await job(), { attempts: 1 }, 'an outage counts as no attempt')
  await jobs.add(hint())
  t.same(await claim(), [], 'but is waited for as well')
  t.same(await texts(), ['tried'])
  await pass(minute)
  await jobs.finish(await claimed())
  t.equal(await jobs.count({}), 0)
})

each('what failed for good is set aside until a hint comes', async (t, { jobs, job, claimed, claim, pass, now, texts }) => {
  await jobs.add(hint())
  await jobs.setAside(await claimed(), { ...failed, entries: [entry('given up')] })
  const aside = await job()
  t.match(aside, { state: 'setAside', attempts: 1, ...failed })
  t.notHas(aside, { dueAt: String })
  t.same(await texts(), ['given up'])
  await pass(365 * 24 * 60 * minute)
  t.same(await claim(), [], 'however long it takes')
  await jobs.add(hint())
  const ready = await job()
  t.match(ready, { state: 'ready', attempts: 0, hints: 2, dueAt: now().toISOString() })
  t.notHas(ready, { code: String })
  t.notHas(ready, { message: String })
})

each('what failed for good while a hint came is looked at again', async (t, { jobs, job, claimed, now }) => {
  await jobs.add(hint())
  const claim = await claimed()
  await jobs.add(hint())
  await jobs.setAside(claim, failed)
  const again = await job()
  t.match(again, { state: 'ready', attempts: 0, dueAt: now().toISOString() }, 'as if it had come a moment later')
  t.notHas(again, { code: String })
  t.notHas(again, { message: String })
  await jobs.setAside(await claimed(), failed)
  t.match(await job(), { state: 'setAside', attempts: 1, ...failed }, 'once')
})

each('a lease that ran out is taken over once, and counts as an attempt', async (t, { jobs, claimed, claim, pass, now, place }, open) => {
  const other = await open({ now, place })
  await jobs.add(hint())
  await claimed()
  await pass(leaseMs - 1)
  t.same(await claim(), [])
  await pass(1)
  const claims = await Promise.all([jobs, other.jobs, jobs, other.jobs].map(some => some.claim('referral', { limit: 1, leaseMs })))
  t.match(claims.flat(), [{ subject: 'r-1', isTakenOver: true, attempts: 1 }])
  t.equal(claims.flat().length, 1)
})

each('who lost the lease has nothing more to say', async (t, { jobs, job, claimed, pass, at, texts }) => {
  await jobs.add(hint())
  const lost = await claimed()
  await pass(leaseMs)
  const held = await claimed()
  const before = await job()
  const entries = [entry('too late')]
  t.same(await jobs.extend([lost], leaseMs), [])
  await jobs.finish(lost, { entries })
  await jobs.finish(lost, { entries, nextAt: at(minute) })
  await jobs.retry(lost, { ...failed, at: at(0), isCounted: true, entries })
  await jobs.setAside(lost, { ...failed, entries })
  await jobs.release(lost, { entries })
  t.same(await job(), before)
  t.same(await texts(), [])
  await jobs.finish(held, { entries: [entry('in time')] })
  await jobs.finish(held, { entries })
  t.same(await texts(), ['in time'], 'nor has who has ended it')
})

each('a lease is kept by lengthening it', async (t, { jobs, claim, pass, at }) => {
  await jobs.add(hint(), hint({ subject: 'r-2' }), hint({ subject: 'r-3' }))
  const claims = await claim(3)
  const [first, second] = claims
  await pass(leaseMs - 1)
  t.same(await jobs.extend([], leaseMs), [])
  if (first && second) await jobs.finish(second)
  const kept = await jobs.extend(claims, leaseMs)
  t.same(
    kept.map(({ subject, lease }) => [subject, lease]),
    claims.filter(({ subject }) => subject !== second?.subject).map(({ subject, lease }) => [subject, lease])
  )
  for (const { dueAt } of kept) t.equal(dueAt, at(leaseMs).toISOString())
  await pass(leaseMs - 1)
  t.same(await claim(3), [])
  await pass(1)
  t.equal((await claim(3)).length, 2)
})

each(
  'a service that starts takes over at once what the one before it worked on',
  async (t, { jobs, claim, claimed, job, now, place }, open) => {
    const before = await open({ now, place })
    await before.jobs.takeOver()
    await jobs.add(hint(), hint({ subject: 'r-2' }), hint({ subject: 'r-3' }))
    await jobs.setAside(await claimed(), failed)
    await before.jobs.claim('referral', { limit: 1, leaseMs })
    await before.jobs.claimOne(hint({ subject: 'r-3' }), leaseMs)
    await jobs.takeOver()
    t.match(await claim(9), [
      { subject: 'r-2', isTakenOver: true },
      { subject: 'r-3', isTakenOver: true }
    ])
    t.match(await job(), { state: 'setAside' })
  }
)

each(
  'a service that starts leaves a command its job, until its lease runs out',
  async (t, { jobs, claim, pass, now, place, texts }, open) => {
    const command = await open({ now, place })
    const one = await command.jobs.claimOne(hint(), leaseMs)
    const two = await command.jobs.claimOne(hint({ subject: 'r-2' }), leaseMs)
    if (!one || !two) throw new Error('somebody has it')
    await jobs.takeOver()
    t.same(await claim(9), [])
    t.equal(await jobs.claimOne(hint(), leaseMs), undefined)
    await command.jobs.finish(one, { entries: [entry('the command’s')] })
    t.same(await texts(), ['the command’s'])
    await pass(leaseMs)
    t.match(await claim(9), [{ subject: 'r-2', isTakenOver: true }], 'as when it was killed')
  }
)

t.test('a lease of the time before leases told their holder is taken over as well', async t => {
  const { now } = manualClock()
  const folder = t.testdir()
  const { db, close } = await openPrepared({ folder }, storeKey, now)
  t.teardown(close)
  const jobs = storedJobs(db, { now, dialect: 'sqlite', insertEntries: async () => undefined })
  await jobs.claimOne(hint(), leaseMs)
  await db
    .updateTable('jobs')
    .set({ lease: 'c0ffee'.repeat(4) })
    .execute()
  await jobs.takeOver()
  t.match(await jobs.claim('referral', { limit: 1, leaseMs }), [{ subject: 'r-1', isTakenOver: true }])
})

each('a job that a caller takes by name is nobody else’s', async (t, { jobs, claim, now, place, job }, open) => {
  const other = await open({ now, place })
  const takes = await Promise.all(
    Array.from({ length: 10 }, (_, n) => (n % 2 ? jobs : other.jobs).claimOne(hint({ origin: 'request' }), leaseMs))
  )
  t.equal(takes.filter(Boolean).length, 1)
  t.match(takes.find(Boolean), { subject: 'r-1', state: 'active', origin: 'request', isTakenOver: false })
  t.same(await claim(), [])
  await jobs.add(hint({ subject: 'r-2' }))
  await claim()
  t.equal(await jobs.claimOne(hint({ subject: 'R-2' }), leaseMs), undefined, 'nor is one that a worker has the caller’s')
  t.match(await job('r-2'), { hints: 1 })
})

each('a job taken by name goes with the claim that made it', async (t, { jobs, job, pass, now, texts, claim }) => {
  const take = async (): Promise<Claim> => {
    const claim = await jobs.claimOne(hint(), leaseMs)
    if (!claim) throw new Error('somebody has it')
    return claim
  }
  await jobs.release(await take(), { entries: [entry('released')] })
  t.equal(await jobs.count({}), 0)
  await jobs.finish(await take(), { entries: [entry('finished')] })
  t.equal(await jobs.count({}), 0)
  t.same(await texts(), ['released', 'finished'])
  const hinted = await take()
  await jobs.add(hint())
  await pass(1)
  await jobs.release(hinted)
  t.match(await job(), { state: 'ready', dueAt: now().toISOString() }, 'unless a hint came')
  await jobs.drop({})
  await take()
  await pass(leaseMs)
  t.match(await claim(), [{ subject: 'r-1', isTakenOver: true, attempts: 1 }], 'that of a process that died is run')
})

each('a job taken by name is given back as it was', async (t, { jobs, job, claimed, at, pass, now }) => {
  const giveBack = async (meanwhile: JobHint[] = []): Promise<void> => {
    const claim = await jobs.claimOne(hint(), leaseMs)
    if (!claim) throw new Error('somebody has it')
    await pass(10)
    if (meanwhile.length > 0) await jobs.add(...meanwhile)
    await jobs.release(claim)
  }
  const same = async (name: string): Promise<void> => {
    const before = await job()
    await giveBack()
    t.same({ ...(await job()), updatedAt: '' }, { ...before, updatedAt: '' }, name)
  }
  await jobs.add(hint({ dueAt: at(minute) }))
  await same('a later one')
  await giveBack([hint()])
  t.match(await job(), { state: 'ready', dueAt: now().toISOString() }, 'due now when a hint came')
  await same('a due one')
  await jobs.retry(await claimed(), { ...failed, at: at(minute), isCounted: true })
  await same('one that waits for its next attempt')
  const { dueAt } = (await job()) ?? {}
  await giveBack([hint()])
  t.match(await job(), { ...failed, attempts: 1, dueAt }, 'which goes on waiting when a hint came')
  await pass(minute)
  await jobs.setAside(await claimed(), failed)
  await same('one that is set aside')
  await giveBack([hint()])
  const again = await job()
  t.match(again, { state: 'ready', attempts: 0, dueAt: now().toISOString() }, 'which is ready when a hint came')
  t.notHas(again, { code: String })
})

each('a worker gives back what it cannot begin', async (t, { jobs, job, claimed, pass, at }) => {
  await jobs.add(hint({ dueAt: at(-minute) }))
  const before = await job()
  await jobs.release(await claimed())
  t.same(await job(), before, 'in its place')
  await claimed()
  await pass(leaseMs)
  await jobs.release(await claimed())
  t.match(await job(), { state: 'ready', attempts: 1, dueAt: at(0).toISOString() }, 'also what it had taken over')
})

each('jobs are found by what they are', async (t, { jobs, claim, claimed, pass, now }) => {
  await jobs.add(hint({ subject: 'r-1' }))
  await jobs.setAside(await claimed(), failed)
  await pass(10)
  const since = now()
  await jobs.add(hint({ subject: 'r-2' }), hint({ subject: 'r-3' }), hint({ kind: 'subscription', subject: 's-1' }))
  await pass(10)
  await claim(1)
  const subjects = async (...args: Parameters<typeof jobs.list>): Promise<string[]> =>
    (await jobs.list(...args)).map(({ subject }) => subject)
  const all = await subjects({}, 10)
  t.ok(['r-2', 'r-3'].includes(all[0] ?? ''), 'the latest touched first')
  t.equal(all[3], 'r-1')
  t.equal((await subjects({}, 1, 'earliest'))[0], 'r-1', 'or the earliest')
  t.equal((await subjects({}, 2)).length, 2)
  t.same(await subjects({ kind: 'subscription' }, 10), ['s-1'])
  t.same(await subjects({ state: 'setAside' }, 10), ['r-1'])
  t.same(await subjects({ code: 'CRM_UNREACHABLE' }, 10), ['r-1'])
  t.same(await subjects({ code: 'CRM_BUSY' }, 10), [])
  t.same((await subjects({ since }, 10)).sort(), ['r-2', 'r-3', 's-1'])
  t.same(await subjects({ subject: 'R-3' }, 10), ['r-3'])
  t.equal(await jobs.count({ kind: 'referral' }), 3)
  t.equal(await jobs.count({ kind: 'referral', state: 'ready' }), 1)
  t.equal(await jobs.count({ kind: 'housekeeping' }), 0)
})

each('a summary counts them and tells how long the oldest one has waited', async (t, { jobs, claimed, at }) => {
  t.same(await jobs.summary(), [])
  await jobs.add(hint({ dueAt: at(-5) }), hint({ subject: 'r-2', dueAt: at(-9) }), hint({ subject: 'r-3', dueAt: at(-99) }))
  await jobs.add(hint({ kind: 'housekeeping', subject: 'all', dueAt: at(minute) }), hint({ subject: 'r-4', dueAt: at(-98) }))
  await jobs.setAside(await claimed(), failed)
  await claimed()
  t.same(await jobs.summary(), [
    { kind: 'housekeeping', state: 'ready', count: 1, oldestDueAt: at(minute) },
    { kind: 'referral', state: 'active', count: 1 },
    { kind: 'referral', state: 'ready', count: 2, oldestDueAt: at(-9) },
    { kind: 'referral', state: 'setAside', count: 1 }
  ])
})

each('people may retry and drop what nobody works on', async (t, { jobs, job, claimed, claim, at, now }) => {
  await jobs.add(...['r-1', 'r-2', 'r-3'].map((subject, n) => hint({ subject, dueAt: at(n - 10) })))
  await jobs.setAside(await claimed(), failed)
  await jobs.retry(await claimed(), { ...failed, at: at(minute), isCounted: true })
  const active = await claimed()
  t.same((await jobs.retryNow({ kind: 'referral' })).map(({ subject }) => subject).sort(), ['r-1', 'r-2'])
  for (const subject of ['r-1', 'r-2']) {
    const retried = await job(subject)
    t.match(retried, { state: 'ready', attempts: 0, dueAt: now().toISOString() })
    t.notHas(retried, { code: String })
  }
  t.same(await jobs.retryNow({ subject: 'r-3' }), [])
  t.same(await jobs.drop({ state: 'active' }), [])
  t.match(await jobs.drop({ subject: 'R-2' }), [{ subject: 'r-2' }])
  t.match(await jobs.drop({}), [{ subject: 'r-1' }])
  t.match(await jobs.list({}, 10), [{ subject: 'r-3', state: 'active' }])
  await jobs.finish(active)
  t.same(await claim(), [])
})

each('what people change is changed together with what the timeline says of it', async (t, { jobs, job, claimed, texts }) => {
  await jobs.add(hint(), hint({ subject: 'r-2' }))
  await jobs.setAside(await claimed(), failed)
  await claimed()
  const before = await job()
  const broken = [entry('half'), { ...entry('broken'), correlationId: null as unknown as string }]
  for (const change of [jobs.retryNow, jobs.drop]) await t.rejects(change({ subject: 'r-1' }, { entries: broken }), { code: 'INTERNAL' })
  t.same(await job(), before, 'neither of them')
  t.same(await texts(), [])
  for (const change of [jobs.retryNow, jobs.drop]) await change({ subject: 'r-2' }, { entries: [entry('of nothing')] })
  await jobs.retryNow({ subject: 'r-1' }, { entries: [entry('retried')] })
  t.match(await job(), { state: 'ready', attempts: 0 })
  await jobs.drop({ subject: 'r-1' }, { entries: [entry('dropped')] })
  t.equal(await jobs.count({ subject: 'r-1' }), 0)
  t.same(await texts(), ['retried', 'dropped'])
})

each('an outcome that cannot be stored whole is not stored', async (t, { jobs, job, claimed, at, texts }) => {
  await jobs.add(hint())
  const claim = await claimed()
  const before = await job()
  const entries = [entry('one'), { ...entry('two'), correlationId: null as unknown as string }]
  await t.rejects(jobs.finish(claim, { entries }), { code: 'INTERNAL' })
  await t.rejects(jobs.retry(claim, { ...failed, at: at(0), isCounted: true, entries }), { code: 'INTERNAL' })
  await t.rejects(jobs.setAside(claim, { ...failed, entries }), { code: 'INTERNAL' })
  await t.rejects(jobs.release(claim, { entries }), { code: 'INTERNAL' })
  t.same(await job(), before)
  t.same(await texts(), [])
  await jobs.finish(claim)
  t.equal(await jobs.count({}), 0)
})

t.test('a claim among fifty thousand finds its jobs by the index', async t => {
  const { now } = manualClock()
  const folder = t.testdir()
  const { db, close } = await openPrepared({ folder }, storeKey, now)
  t.teardown(close)
  await sql`
    insert into jobs (kind, subject, state, origin, attempts, hints, due_at, correlation_id, created_at, updated_at)
    with recursive n(n) as (select 1 union all select n + 1 from n where n < 50000)
    select 'referral', 'r-' || n, 'ready', 'crm', 0, 1, n, 'c-1', 0, 0 from n`.execute(db)
  const queries: CompiledQuery[] = []
  const watched = db.withPlugin({
    transformQuery({ node, queryId }) {
      queries.push(db.getExecutor().compileQuery(node, queryId))
      return node
    },
    transformResult: async ({ result }) => result
  })
  const jobs = storedJobs(watched, { now, dialect: 'sqlite', insertEntries: async () => undefined })
  const claims = await jobs.claim('referral', { limit: 2, leaseMs })
  t.match(claims, [{ subject: 'r-1' }, { subject: 'r-2' }])
  await jobs.extend(claims, leaseMs)
  for (const claim of claims) await jobs.finish(claim)
  await jobs.claimOne(hint({ subject: 'r-9' }), leaseMs)
  t.ok(queries.length >= 5)
  const database = new Database(join(folder, 'store.sqlite'))
  t.teardown(() => database.close())
  for (const { sql: text, parameters } of queries) {
    const rows = database.prepare(`explain query plan ${text}`).all(...parameters) as { detail: string }[]
    const plan = rows.map(({ detail }) => detail)
    t.notOk(
      plan.some(step => /\bSCAN jobs\b|TEMP B-TREE/.test(step)),
      `${text}\n${plan.join('\n')}`
    )
    if (text.includes('limit'))
      t.ok(
        plan.some(step => step.includes('jobs_due (kind=? AND due_at<?)')),
        plan.join('\n')
      )
  }
})
