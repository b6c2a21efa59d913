import t from 'tap'
import { Failure, type FailureCode, failures } from '../../src/failure.ts'
import { nextAttempt } from '../../src/worker/next-attempt.ts'
import { refusedBy, upstreamOf, upstreams } from '../../src/worker/upstream-of.ts'

const now = new Date('2026-03-01T08:00:00Z')
const codes = Object.keys(failures) as FailureCode[]

/** Milliseconds until the next attempt; undefined when it is set aside. */
function pauseOf(
  code: FailureCode,
  { attempts = 1, random = 1, ...more }: { attempts?: number; random?: number; retryAfterMs?: number; maxAttempts?: number } = {}
): number | undefined {
  const failure = new Failure(code, 'It failed.', more)
  const at = nextAttempt(failure, { attempts, maxAttempts: more.maxAttempts ?? 10, now, random: () => random })
  return at && at.getTime() - now.getTime()
}

t.test('what may help later is tried again after pauses that double, up to half an hour', async t => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(attempts => pauseOf('INTERNAL', { attempts }))
  t.same(
    pauses,
    [2, 4, 8, 16, 32, 64, 128, 256, 512].map(seconds => seconds * 1000)
  )
  t.equal(pauseOf('INTERNAL', { attempts: 60, maxAttempts: 100 }), 30 * 60_000)
})

t.test('the jitter is full: from nothing to the whole pause', async t => {
  t.equal(pauseOf('INTERNAL', { attempts: 4, random: 0 }), 0)
  t.equal(pauseOf('INTERNAL', { attempts: 4, random: 0.5 }), 8000)
})

t.test('a Retry-After is waited for, whatever the jitter says, and a longer pause stays', async t => {
  t.equal(pauseOf('SUBSCRIBER_UNREACHABLE', { random: 0, retryAfterMs: 90_000 }), 90_000)
  t.equal(pauseOf('SUBSCRIBER_UNREACHABLE', { attempts: 9, retryAfterMs: 1000 }), 512_000)
  t.equal(pauseOf('REFERRAL_CHANGED', { retryAfterMs: 7000 }), 7000)
})

t.test('what asks for a repetition at once gets two, then waits like the others', async t => {
  t.same(
    [1, 2, 3, 4].map(attempts => pauseOf('REFERRAL_CHANGED', { attempts })),
    [0, 0, 8000, 16_000]
  )
})

t.test('after the last attempt a person is needed', async t => {
  for (const code of ['INTERNAL', 'REFERRAL_CHANGED', 'CRM_UNREACHABLE', 'CRM_DENIED'] as const) {
    t.type(pauseOf(code, { attempts: 9 }), 'number', code)
    t.equal(pauseOf(code, { attempts: 10 }), undefined, code)
    t.equal(pauseOf(code, { attempts: 1, maxAttempts: 1 }), undefined, code)
  }
})

t.test('what never helps is set aside at once, unless it may be an outage', async t => {
  for (const code of codes.filter(code => failures[code].retry === 'never'))
    t.equal(pauseOf(code) === undefined, upstreamOf(code) === undefined, code)
})

t.test('the codes of outages name their upstream, and refusals of one record do not', async t => {
  for (const code of codes) {
    const upstream = upstreamOf(code)
    if (upstream) t.ok(upstreams.includes(upstream), code)
    t.notOk(upstream && refusedBy(code), `${code} is not both`)
  }
  t.equal(upstreamOf('PARTNER_CENTER_BUSY'), 'partner-center')
  t.equal(upstreamOf('CRM_NOT_SET_UP'), 'crm')
  for (const code of codes.filter(code => code.startsWith('SIGN_IN_'))) t.equal(upstreamOf(code), 'sign-in', code)
  for (const code of ['REFERRAL_NOT_FOUND', 'CRM_VALUE_REFUSED', 'CRM_DUPLICATE', 'SUBSCRIBER_UNREACHABLE', 'INTERNAL'] as const)
    t.equal(upstreamOf(code), undefined, code)
})
