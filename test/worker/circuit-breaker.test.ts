import t from 'tap'
import { Failure, type FailureCode } from '../../src/failure.ts'
import { circuitBreaker } from '../../src/worker/circuit-breaker.ts'
import { reachedBy } from '../../src/worker/upstream-of.ts'
import { manualClock } from '../fixtures/manual-clock.ts'

function setUp() {
  const clock = manualClock()
  const breaker = circuitBreaker({ now: clock.now, random: () => 1 })
  const fail = (subject: string, code: FailureCode = 'CRM_UNREACHABLE', retryAfterMs?: number) =>
    breaker.begin(subject).failed(new Failure(code, 'It failed.', { retryAfterMs }))
  const secondsUntil = (at: Date | undefined) => at && Math.round((at.getTime() - clock.now().getTime()) / 1000)
  return {
    clock,
    breaker,
    fail,
    succeed: (subject: string) => breaker.begin(subject).succeeded(),
    secondsUntil,
    pause: () => secondsUntil(breaker.outage()?.until)
  }
}

/** Opened by an outage. */
function setUpOpen() {
  const all = setUp()
  for (const subject of ['a', 'b', 'c']) all.fail(subject)
  return all
}

t.test('it opens after three failures in a row of two subjects', async t => {
  const { breaker, fail, pause } = setUp()
  fail('a')
  fail('b')
  t.equal(breaker.room(), Number.POSITIVE_INFINITY)
  fail('a')
  t.equal(breaker.room(), 0)
  t.equal(pause(), 5)
  t.match(breaker.outage(), { code: 'CRM_UNREACHABLE', advice: /did not answer/ })
})

t.test('a success in between starts the count again', async t => {
  const { breaker, fail, succeed } = setUp()
  fail('a')
  fail('b')
  succeed('c')
  fail('a')
  fail('b')
  t.equal(breaker.outage(), undefined)
})

t.test('one subject alone never opens it, and while nothing else was tried none of its failures count', async t => {
  const { breaker, fail, secondsUntil } = setUp()
  const pauses = Array.from({ length: 9 }, () => secondsUntil(fail('a')))
  t.equal(breaker.outage(), undefined)
  t.same(pauses, [5, 10, 20, 40, 80, 160, 300, 300, 300])
})

t.test("once others succeed, a subject's failures are its own", async t => {
  const { breaker, fail, succeed } = setUp()
  t.ok(fail('poison'), 'the first tells nothing yet')
  for (let i = 0; i < 5; i++) {
    succeed(`good ${i}`)
    t.equal(fail('poison'), undefined)
  }
  t.ok(fail('poison'), 'nobody succeeded since')
  succeed('poison')
  t.ok(fail('poison'), 'its own success says nothing against the upstream')
  t.equal(breaker.outage(), undefined)
})

t.test('what can only be about the whole upstream never counts', async t => {
  const { fail, succeed } = setUp()
  for (const code of ['CRM_NOT_SET_UP', 'SIGN_IN_EXPIRED', 'CRM_BUSY'] as const) {
    fail('a', code)
    succeed('b')
    t.ok(fail('a', code), code)
    succeed('b')
  }
})

t.test('a pause that is asked for begins at once and lasts as long as asked', async t => {
  const { breaker, clock, fail, pause } = setUp()
  t.ok(fail('a', 'CRM_BUSY', 60_000))
  t.equal(breaker.room(), 0)
  t.equal(pause(), 66, 'a tenth of jitter at the most')
  await clock.advance(59_999)
  t.equal(breaker.room(), 0)
  await clock.advance(7000)
  t.equal(breaker.room(), 1)
})

t.test('busy without a time pauses as an outage does, and a Retry-After of nothing is still a pause', async t => {
  const one = setUp()
  one.fail('a', 'PARTNER_CENTER_BUSY')
  t.equal(one.pause(), 5)
  const other = setUp()
  other.fail('a', 'CRM_BUSY', 0)
  t.equal(other.pause(), 1)
})

t.test('when the pause is over exactly one job is let through', async t => {
  const { breaker, clock } = setUpOpen()
  await clock.advance(5001)
  t.equal(breaker.room(), 1)
  const first = breaker.begin('a')
  t.equal(breaker.room(), 0)
  first.ended()
  t.equal(breaker.room(), 1, 'it said nothing, so another one tries')
  breaker.begin('b').succeeded()
  t.equal(breaker.room(), Number.POSITIVE_INFINITY)
})

t.test('the pauses grow to five minutes while the tries fail, and start anew after a success', async t => {
  const { breaker, clock, fail, succeed, pause } = setUpOpen()
  const pauses: unknown[] = []
  for (let i = 0; i < 8; i++) {
    pauses.push(pause())
    await clock.advance((pause() ?? 0) * 1000 + 1)
    t.ok(fail(`subject ${i}`), 'a try does not count')
  }
  t.same(pauses, [5, 10, 20, 40, 80, 160, 300, 300])
  t.equal(breaker.outage()?.since.toISOString(), '2026-03-01T08:00:00.000Z')
  await clock.advance(300_001)
  succeed('a')
  t.equal(breaker.outage(), undefined)
  for (const subject of ['a', 'b', 'c']) fail(subject)
  t.equal(pause(), 5)
})

t.test('what began before it opened neither closes it nor takes the place of the one that tries', async t => {
  const { breaker, clock, fail } = setUp()
  const [early, late, asking] = [breaker.begin('early'), breaker.begin('late'), breaker.begin('asking')]
  for (const subject of ['a', 'b', 'c']) fail(subject)
  early?.succeeded()
  t.equal(breaker.room(), 0)
  await clock.advance(5001)
  const trying = breaker.begin('d')
  t.ok(late?.failed(new Failure('CRM_UNREACHABLE', 'It failed.')), 'it does not count')
  t.equal(breaker.room(), 0)
  asking?.failed(new Failure('CRM_BUSY', 'It failed.', { retryAfterMs: 600_000 }))
  t.equal(breaker.outage()?.until.toISOString(), '2026-03-01T08:11:05.001Z', 'but a longer pause is heard')
  trying.succeeded()
  t.equal(breaker.outage(), undefined)
})

t.test('the jitter shortens a pause by a quarter at the most', async t => {
  const clock = manualClock()
  const breaker = circuitBreaker({ now: clock.now, random: () => 0 })
  breaker.trip(new Failure('CRM_UNREACHABLE', 'It failed.'))
  t.equal(breaker.outage()?.until.toISOString(), '2026-03-01T08:00:03.750Z')
  breaker.reset()
  t.equal(breaker.outage(), undefined)
})

t.test('a run that found nothing to do proves no more than that the referral could be read', async t => {
  const all = ['sign-in', 'partner-center', 'crm'] as const
  const reached = (...kinds: ('fetched' | 'skipped' | 'written' | 'writtenBack')[]) => reachedBy(kinds.map(kind => ({ kind })))
  t.same(reached(), [])
  t.same(reached('fetched', 'written'), all)
  t.same(reached('fetched', 'writtenBack'), ['partner-center'])
  t.same(reached('fetched', 'skipped'), ['partner-center'])
  t.same(reached('fetched', 'skipped', 'written'), all)
  t.same(reached('skipped'), [])
})
