import t from 'tap'
import { userToken } from '../../src/entra/user-token.ts'
import { partnerCenterReferrals } from '../../src/partner-center/referrals.ts'
import type { Secrets } from '../../src/ports.ts'
import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import type { NewReferral } from '../../src/schemas/referral-edits.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const clock = { ms: 0 }
const now = () => new Date(Date.now() + clock.ms)
const sandbox = await startSandbox({ now })
t.teardown(() => sandbox.close())

/** Our client as the settings of the sandbox make it, and a count of what it asks for. */
function client(more: { refreshToken?: string } = {}) {
  const { log, lines } = memoryLog()
  const kept = new Map<string, string>()
  const secrets: Secrets = { get: async name => kept.get(name), put: async (name, value) => void kept.set(name, value) }
  const { settings, entra } = sandbox
  const getToken = userToken({
    authority: 'https://login.microsoftonline.com',
    endpoint: entra.url,
    tenantId: entra.tenantId,
    clientId: entra.clientId,
    clientSecret: entra.clientSecret,
    refreshToken: more.refreshToken ?? entra.issueRefreshToken(),
    scope: 'https://api.partner.microsoft.com/.default',
    secrets,
    log,
    now
  })
  const referrals = partnerCenterReferrals({
    baseUrl: settings.PARTNER_CENTER_URL ?? '',
    getToken,
    log,
    now,
    wait: async ms => {
      clock.ms += ms
    },
    timeouts: { total: 500 }
  })
  sandbox.requests.clear()
  const count = (system: string) => sandbox.requests.count({ system })
  return { referrals, lines, count }
}
const draft: NewReferral = {
  name: 'A deal of our own',
  type: 'Independent',
  qualification: 'Direct',
  customerProfile: { name: 'Fabrikam Outdoors' },
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true },
  details: { dealValue: 48_500, currency: 'GBP' }
}

t.test('a referral goes from received to won, each step one request', async t => {
  const { id } = sandbox.partnerCenter.createReferral()
  const { referrals, count } = client()
  const received = await referrals.get(String(id))
  t.match(received, { status: 'New', substatus: 'Pending', customerProfile: { team: [{}, {}] } })
  const accepted = await referrals.patch(received, {
    status: 'Active',
    substatus: 'Accepted',
    externalReferenceId: 'lead-1',
    salesStage: 'Develop'
  })
  t.same(accepted.changed, ['status', 'substatus', 'salesStage', 'externalReferenceId'])
  t.match(accepted.referral, { status: 'Active', externalReferenceId: 'lead-1' })
  const worth = await referrals.patch(accepted.referral, {
    dealValue: 50_000.5,
    currency: 'EUR',
    closingDateTime: '2030-01-01T00:00:00Z',
    notes: 'Agreed.'
  })
  t.match(worth.referral, { details: { dealValue: 50_000.5, currency: 'EUR', notes: 'Agreed.' } })
  t.same((await referrals.patch(worth.referral, { dealValue: 50_000.5, closingDateTime: '2030-01-01T00:00:00Z' })).changed, [])
  const won = await referrals.patch(worth.referral, { status: 'Closed', substatus: 'Won' })
  t.match(won.referral, { status: 'Closed', substatus: 'Won' })
  t.equal(count('partner-center'), 4)
  t.equal(count('entra'), 1, 'and one token for all')
  await t.rejects(referrals.patch(won.referral, { notes: 'Late.' }), { code: 'REFERRAL_CLOSED' })
  await t.rejects(referrals.patch(accepted.referral, { notes: 'Late.' }), { code: 'REFERRAL_CHANGED' })
})

t.test('a referral of our own is accepted at once', async t => {
  const { referrals } = client()
  const created = await referrals.create(draft)
  t.match(created.referral, { status: 'Active', substatus: 'Accepted', name: draft.name })
  t.same(await referrals.get(created.referralId), created.referral)
})

t.test('a change by someone else in between is told, and reading again helps', async t => {
  const { id } = sandbox.partnerCenter.createReferral()
  const { referrals } = client()
  const read = await referrals.get(String(id))
  await client().referrals.patch(read, { notes: 'By someone else.' })
  await t.rejects(referrals.patch(read, { externalReferenceId: 'lead-2' }), { code: 'REFERRAL_CHANGED', retry: 'now' })
  const again = await referrals.patch(await referrals.get(String(id)), { externalReferenceId: 'lead-2' })
  t.equal(again.referral.externalReferenceId, 'lead-2')
})

t.test('what a filter finds is listed over the pages, each once', async t => {
  for (let n = 0; n < 120; n++) sandbox.partnerCenter.createReferral()
  const { referrals } = client()
  const seen: unknown[] = []
  let next: string | undefined
  do {
    const page = await referrals.list(next === undefined ? { filter: "status eq 'New'", orderBy: 'createdDateTime desc' } : { next })
    t.ok(page.value.every(({ status }) => status === 'New'))
    seen.push(...page.value.map(({ id }) => id))
    next = page.nextPage
  } while (next !== undefined)
  t.ok(seen.length >= 120)
  t.equal(new Set(seen).size, seen.length)
})

t.test('a list takes the documented filters', async t => {
  const { id } = sandbox.partnerCenter.createReferral({
    ...draft,
    customerProfile: { name: 'Fabrikam Outdoors', address: { country: 'GB' } },
    team: [{ email: 'noor@partner.example' }]
  })
  const { referrals } = client()
  await referrals.patch(await referrals.get(String(id)), { status: 'Active', substatus: 'Accepted', externalReferenceId: "o'brien" })
  for (const filter of [
    "externalReferenceId eq 'o''brien'",
    "customerProfile/address/country eq 'GB' and direction eq 'Incoming' and externalReferenceId eq 'o''brien'",
    "(status eq 'Active' and team/any(t:t/email eq 'noor@partner.example')) and externalReferenceId eq 'o''brien'"
  ])
    t.same(
      (await referrals.list({ filter, top: 10 })).value.map(referral => referral.id),
      [id],
      filter
    )
  await t.rejects(referrals.list({ filter: 'status is New' }), { code: 'REFERRAL_REFUSED' })
})

t.test('what is not there and what may not be seen', async t => {
  const { referrals } = client()
  await t.rejects(referrals.get('4111fffc-f9ee-4d53-bba6-569135228642'), {
    code: 'REFERRAL_NOT_FOUND',
    message: /itemNotFound, request id/
  })
  const withoutMfa = client({ refreshToken: sandbox.entra.issueRefreshToken({ amr: ['pwd'] }) })
  const { id } = sandbox.partnerCenter.createReferral()
  await t.rejects(withoutMfa.referrals.get(String(id)), { code: 'PARTNER_CENTER_DENIED', message: /multifactor/ })
  t.equal(withoutMfa.count('entra'), 1, 'a new token would lack it too')
})

t.test('a token that has ended before its time is replaced', async t => {
  const { id } = sandbox.partnerCenter.createReferral()
  const { referrals, count } = client()
  await referrals.get(String(id))
  clock.ms += 120_000
  sandbox.partnerCenter.nextAnswers.next({ status: 401, body: { error: { code: 'unauthenticated', message: 'The token was revoked.' } } })
  t.equal((await referrals.get(String(id))).id, id)
  t.equal(count('entra'), 2)
})

t.test('bad weather', async t => {
  const { id } = sandbox.partnerCenter.createReferral()
  const { referrals } = client()
  const read = await referrals.get(String(id))
  const { nextAnswers } = sandbox.partnerCenter
  for (const [answer, code] of [
    [{ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }, 'PARTNER_CENTER_UNEXPECTED'],
    [{ truncate: true }, 'PARTNER_CENTER_UNEXPECTED'],
    [{ stall: true }, 'PARTNER_CENTER_UNREACHABLE'],
    [{ stall: 'mid-body' }, 'PARTNER_CENTER_UNREACHABLE'],
    [{ reset: true, times: 3 }, 'PARTNER_CENTER_UNREACHABLE'],
    [{ status: 503, headers: { 'retry-after': '60' }, body: {} }, 'PARTNER_CENTER_BUSY']
  ] as const) {
    nextAnswers.next(answer)
    await t.rejects(referrals.get(String(id)), { code }, JSON.stringify(answer))
  }
  for (const answer of [
    { reset: true, times: 2 },
    { reset: 'mid-body' },
    { status: 429, headers: { 'retry-after': '1' }, body: {} }
  ] as const) {
    nextAnswers.next(answer)
    t.same(await referrals.get(String(id)), read, JSON.stringify(answer))
  }

  nextAnswers.next({ reset: 'mid-body' })
  await t.rejects(referrals.patch(read, { externalReferenceId: 'lead-3' }), { code: 'REFERRAL_CHANGED' }, 'the first one had come through')
  const after = await referrals.get(String(id))
  t.same((await referrals.patch(after, { externalReferenceId: 'lead-3' })).changed, [], 'so there is nothing left to do')
  t.same(nextAnswers.unused(), [])
})
