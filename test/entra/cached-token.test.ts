import t from 'tap'
import { type AccessToken, cachedToken } from '../../src/entra/cached-token.ts'
import { Failure } from '../../src/failure.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const hour = 3600_000
const start = Date.parse('2026-03-01T08:00:00Z')

/** An authority made of a list: each request takes the next token or failure; `clock.ms` is the time since the start. */
function authority(...answers: (Partial<AccessToken> | Failure)[]) {
  const clock = { ms: 0 }
  const now = () => new Date(start + clock.ms)
  let requests = 0
  const acquire = async (): Promise<AccessToken> => {
    const answer = answers[Math.min(requests, answers.length - 1)]
    requests += 1
    if (answer instanceof Failure) throw answer
    return { token: `token-${requests}`, expiresAt: new Date(now().getTime() + hour), ...answer }
  }
  const { log, lines } = memoryLog()
  return { clock, lines, requests: () => requests, getToken: cachedToken({ acquire, now, log }) }
}
const unreachable = new Failure('SIGN_IN_UNREACHABLE', 'Entra ID answered with HTTP 503.')
const expired = new Failure('SIGN_IN_EXPIRED', 'The refresh token has expired.')

t.test('one request serves everyone until the token is due', async t => {
  const { clock, getToken, requests } = authority({})
  t.same(await Promise.all(Array.from({ length: 20 }, () => getToken())), Array(20).fill('token-1'))
  clock.ms = hour - 301_000
  t.equal(await getToken(), 'token-1')
  t.equal(requests(), 1)
  clock.ms = hour - 299_000
  t.equal(await getToken(), 'token-2', 'renewed five minutes before its end')
})

t.test('a token is renewed earlier when Entra ID says so', async t => {
  const { clock, getToken } = authority({ renewAt: new Date(start + hour / 2) })
  await getToken()
  clock.ms = hour / 2
  t.equal(await getToken(), 'token-2')
})

t.test('a short-lived token is used, and never handed out in its last minute', async t => {
  const { clock, getToken, requests } = authority({ expiresAt: new Date(start + 200_000) }, {})
  await getToken()
  clock.ms = 139_000
  t.equal(await getToken(), 'token-1')
  clock.ms = 140_000
  t.equal(await getToken(), 'token-2')
  t.equal(requests(), 2)
})

t.test('the last good token serves on while renewing fails, until its last minute', async t => {
  const { clock, getToken, requests, lines } = authority({}, unreachable)
  await getToken()
  clock.ms = hour - 290_000
  t.equal(await getToken(), 'token-1')
  t.equal(await getToken(), 'token-1')
  t.equal(requests(), 2, 'and Entra ID is not asked with every call')
  t.match(lines, [{ level: 'warn', fields: { err: { code: 'SIGN_IN_UNREACHABLE' } } }])
  clock.ms = hour - 255_000
  t.equal(await getToken(), 'token-1')
  t.equal(requests(), 3, 'but again after half a minute')
  clock.ms = hour - 60_000
  await t.rejects(getToken(), { code: 'SIGN_IN_UNREACHABLE' })
})

t.test('an authority that has healed is used at once', async t => {
  const { getToken } = authority(unreachable, {})
  await t.rejects(getToken(), { code: 'SIGN_IN_UNREACHABLE' })
  t.equal(await getToken(), 'token-2')
})

t.test('a pause that Entra ID asked for is kept, and told with what is left of it', async t => {
  const busy = new Failure('SIGN_IN_UNREACHABLE', 'Entra ID answered with HTTP 429.', { retryAfterMs: 30_000 })
  const { clock, getToken, requests } = authority(busy, {})
  await t.rejects(getToken(), { code: 'SIGN_IN_UNREACHABLE', retryAfterMs: 30_000 })
  clock.ms = 20_000
  await t.rejects(getToken(), { code: 'SIGN_IN_UNREACHABLE', retryAfterMs: 10_000 })
  t.equal(requests(), 1)
  clock.ms = 30_000
  t.equal(await getToken(), 'token-2')
})

t.test('a refusal is remembered for a minute: a dead sign-in is not asked for with every call', async t => {
  const { clock, getToken, requests } = authority(expired, {})
  await t.rejects(getToken(), { code: 'SIGN_IN_EXPIRED' })
  await t.rejects(getToken(), { code: 'SIGN_IN_EXPIRED', message: expired.message })
  t.equal(requests(), 1)
  clock.ms = 60_000
  t.equal(await getToken(), 'token-2')
})

t.test('a failure reaches everyone who waited for it', async t => {
  const { getToken, requests } = authority(unreachable)
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => getToken()))
  t.ok(outcomes.every(({ status }) => status === 'rejected'))
  t.equal(requests(), 1)
})

t.test('a refused token is replaced once, and not within its first minute', async t => {
  const { clock, getToken, requests } = authority({})
  const first = await getToken()
  t.equal(await getToken({ refused: first }), first, 'it was got just now: another would be refused too')
  clock.ms = 61_000
  t.same(await Promise.all([getToken({ refused: first }), getToken({ refused: first })]), ['token-2', 'token-2'])
  t.equal(await getToken({ refused: first }), 'token-2', 'a late complaint about the old one changes nothing')
  t.equal(requests(), 2)
})

t.test('a refused token does not serve on when no new one can be got', async t => {
  const { clock, getToken } = authority({}, unreachable)
  const first = await getToken()
  clock.ms = 61_000
  await t.rejects(getToken({ refused: first }), { code: 'SIGN_IN_UNREACHABLE' })
})
