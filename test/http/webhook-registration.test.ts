import t from 'tap'
import { Failure } from '../../src/failure.ts'
import type { AppPorts } from '../../src/http/ports.ts'
import type { Registration } from '../../src/ports.ts'
import { wantedEvents } from '../../src/sync/registration.ts'
import { app, withKey } from '../fixtures/app.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { memoryMarks, memoryRegistrations } from '../fixtures/ports.ts'

const path = '/v1/webhook-registration'
const url = 'https://service.example/callbacks'
const ours: Registration = { url, events: [...wantedEvents], signatureInMsHeader: true }
const others: Registration = {
  url: 'https://other.example/hook?sig=very-secret',
  events: ['referral-created'],
  lastModified: '2026-10-31T09:00:00Z'
}

/** The service over a registration in memory, and a way to ask it as a caller with a key. */
async function service(t: Scope, present: Registration | undefined, more: Partial<AppPorts> = {}) {
  const registrations = memoryRegistrations(present)
  const marks = memoryMarks()
  const built = await app(t, { registrations, marks, ...more })
  const ask = async (method: 'GET' | 'PUT' | 'POST', at = path, payload?: object | string) => {
    const headers = { ...withKey, ...(payload !== undefined && { 'content-type': 'application/json' }) }
    const response = await built.inject({ method, url: at, headers, ...(payload !== undefined && { payload }) })
    return {
      status: response.statusCode,
      body: response.headers['content-type']?.toString().includes('json') ? response.json() : undefined,
      text: response.body,
      headers: response.headers
    }
  }
  return { registrations, marks, ask, built, logText: () => built.lines.join('') }
}

t.test('the registration is shown as it is, without what may be a secret', async t => {
  t.match((await (await service(t, ours)).ask('GET')).body, { state: 'ours', url, missingEvents: [] })
  t.match((await (await service(t, undefined)).ask('GET')).body, { state: 'none', events: [] })
  const { ask, logText } = await service(t, others)
  const { status, body, text } = await ask('GET')
  t.equal(status, 200)
  t.match(body, { state: 'taken', url: 'https://other.example/hook?…', lastModified: '2026-10-31T09:00:00Z' })
  t.notMatch(text + logText(), 'very-secret')
})

t.test('registering needs no body, and takes null for no wish', async t => {
  for (const payload of [undefined, {}, { overwrite: null }, { overwrite: false }]) {
    const { ask, registrations, marks } = await service(t, undefined)
    t.match(await ask('PUT', path, payload), { status: 200, body: { state: 'ours', url, events: [...wantedEvents] } })
    t.match(registrations.stored, ours)
    t.equal(JSON.parse(marks.stored.get('registration') ?? '').url, url)
  }
})

t.test("another's registration is replaced only when asked for", async t => {
  const { ask, registrations, logText } = await service(t, others)
  const refused = await ask('PUT')
  t.match(refused, { status: 409, body: { code: 'WEBHOOK_TAKEN', detail: /https:\/\/other\.example\/hook\?…/, advice: /overwrite/ } })
  t.notMatch(refused.text + logText(), 'very-secret')
  t.same(registrations.stored, others)
  const taken = await ask('PUT', path, { overwrite: true })
  t.match(taken, { status: 200, body: { state: 'ours', url, replacedUrl: 'https://other.example/hook?…' } })
  t.notMatch(taken.text + logText(), 'very-secret')
  t.equal(registrations.stored?.url, url)
})

t.test('the URL cannot be chosen, and a wish must be one', async t => {
  const { ask, registrations } = await service(t, undefined)
  t.match(await ask('PUT', path, { url: 'https://elsewhere.example/' }), { status: 400, body: { code: 'FIELD_UNKNOWN' } })
  t.match(await ask('PUT', path, { overwrite: 'yes' }), { status: 400, body: { code: 'VALUE_WRONG_TYPE' } })
  t.match(await ask('PUT', path, '[]'), { status: 400 })
  t.same(registrations.asked, [])
})

t.test('without PUBLIC_URL every operation says which setting is missing, and asks nobody', async t => {
  const { ask, registrations } = await service(t, ours, { callbackUrl: undefined })
  for (const answer of [await ask('GET'), await ask('PUT'), await ask('POST', `${path}/test`)])
    t.match(answer, { status: 500, body: { code: 'CONFIG_INVALID', detail: /PUBLIC_URL/ } })
  t.same(registrations.asked, [])
})

t.test('a test event is answered with what came of it', async t => {
  const { ask, registrations } = await service(t, ours)
  t.match(await ask('POST', `${path}/test`), {
    status: 200,
    body: { correlationId: 'test-1', state: 'delivered', attempts: [{ responseCode: 'OK', isSystemError: false }] }
  })
  registrations.results = [{ isCompleted: true, attempts: [{ responseCode: 'NotFound', responseMessage: 'no', isSystemError: false }] }]
  t.match(await ask('POST', `${path}/test`), { status: 200, body: { state: 'failed', attempts: [{ responseCode: 'NotFound' }] } })
})

t.test('a test event is refused where it could not come here', async t => {
  t.match(await (await service(t, undefined)).ask('POST', `${path}/test`), { status: 409, body: { code: 'WEBHOOK_NOT_REGISTERED' } })
  t.match(await (await service(t, others)).ask('POST', `${path}/test`), { status: 409, body: { code: 'WEBHOOK_TAKEN' } })
  const { ask, registrations } = await service(t, ours)
  registrations.sendTest = async () => {
    throw new Failure('PARTNER_CENTER_BUSY', 'Partner Center asks for a pause.', { retryAfterMs: 57_000 })
  }
  t.match(await ask('POST', `${path}/test`), { status: 503, headers: { 'retry-after': '57' } })
})

t.test('the end of the service does not wait for a test event', async t => {
  const { ask, registrations, built } = await service(t, ours)
  registrations.results = [{ isCompleted: false, attempts: [] }]
  const looked = new Promise<void>(resolve => {
    const { testResult } = registrations
    registrations.testResult = (id, call) => {
      resolve()
      return testResult(id, call)
    }
  })
  const asked = ask('POST', `${path}/test`)
  await looked
  await built.close()
  t.match(await asked, { status: 200, body: { state: 'pending' } })
})

t.test('the metrics say what the last look at the registration found', async t => {
  const { ask, marks } = await service(t, ours)
  const shown = async (): Promise<string[]> => {
    const { text } = await ask('GET', '/v1/metrics')
    return [...text.matchAll(/^referral_connector_registration\{state="(\w+)"\} 1$/gm)].map(([, state]) => state ?? '')
  }
  t.same(await shown(), ['unknown'], 'nobody has registered through this service')
  await ask('PUT')
  t.same(await shown(), ['ours'])
  for (const state of ['taken', 'incomplete', 'none']) {
    await marks.put('registration.state', JSON.stringify({ state }))
    t.same(await shown(), [state])
  }
  for (const text of ['broken', '{"state":"else"}']) {
    await marks.put('registration.state', text)
    t.same(await shown(), ['unknown'])
  }
})
