import t from 'tap'
import { Failure } from '../../src/failure.ts'
import type { Registration } from '../../src/ports.ts'
import { guardRegistration, remindOfRegistration } from '../../src/sync/guard-registration.ts'
import { registerWebhook, registrationStatus, requireCallbackUrl, unregisterWebhook } from '../../src/sync/register-webhook.ts'
import { planRegistration, statusOf, wantedEvents } from '../../src/sync/registration.ts'
import { seenRegistration, wishedRegistration } from '../../src/sync/registration-marks.ts'
import { isSameUrl, shownUrl } from '../../src/sync/registration-url.ts'
import { sendTestEvent } from '../../src/sync/send-test-event.ts'
import { failureOf } from '../fixtures/failure-of.ts'
import { memoryLog } from '../fixtures/memory-log.ts'
import { memoryMarks, memoryRegistrations } from '../fixtures/ports.ts'

const url = 'https://service.example/callbacks'
const former = 'https://old.example/callbacks'
const secret = 'sig=very-secret'
const events = [...wantedEvents]
const ours: Registration = { url, events, signatureInMsHeader: true, lastModified: '2026-11-01T09:00:00Z' }
const others: Registration = {
  url: `https://user:${secret}@prod.flows.example/workflows/7?api=1&${secret}#${secret}`,
  events: ['referral-created', 'invoice-ready'],
  signatureInMsHeader: true,
  lastModified: '2026-10-31T09:00:00Z'
}
const checkedAt = new Date('2026-11-01T10:00:00Z')
const now = () => checkedAt

function failure(act: () => unknown): Failure {
  try {
    act()
  } catch (error) {
    if (error instanceof Failure) return error
  }
  throw new Error('a Failure was expected')
}

t.test('two spellings of a URL are the same place', async t => {
  const same = [
    [url, 'https://SERVICE.example:443/callbacks/'],
    [url, 'HTTPS://service.example/callbacks#part'],
    ['http://127.0.0.1:80', 'http://127.0.0.1/'],
    ['no url', 'no url']
  ] as const
  for (const [one, other] of same) t.ok(isSameUrl(one, other), other)
  const different = [
    'http://service.example/callbacks',
    'https://service.example:8443/callbacks',
    'https://service.example/Callbacks',
    'https://service.example/callbacks?x=1',
    'https://service.example/',
    'https://me@service.example/callbacks',
    'https://other.example/callbacks',
    'no url',
    ''
  ]
  for (const other of different) t.notOk(isSameUrl(url, other), other)
})

t.test('a URL is shown without what may be a secret', async t => {
  t.equal(shownUrl(url), url)
  t.equal(shownUrl(others.url), 'https://…@prod.flows.example/workflows/7?…')
  t.equal(shownUrl('https://host.example:8443/a#x'), 'https://host.example:8443/a?…')
  t.equal(shownUrl('mailto:person@host.example'), 'mailto:…')
  t.equal(shownUrl('person@host.example'), '…')
  t.ok(shownUrl(`https://host.example/${'a'.repeat(5000)}`).length < 210)
})

t.test('the plan', async t => {
  const wanted = { url, events, signatureInMsHeader: true }
  const plan = (present: Registration | undefined, overwrite = false) => planRegistration(present, { url, formerUrls: [former], overwrite })

  t.same(plan(undefined), { action: 'create', registration: wanted }, 'where nothing is, it is created')
  t.same(plan(ours), { action: 'none', registration: ours }, 'what is whole stays')
  t.equal(plan({ ...ours, url: 'https://SERVICE.example:443/callbacks/' }).action, 'none', 'in another spelling too')
  t.equal(plan({ ...ours, events: events.map(name => name.toUpperCase()) }).action, 'none', 'and with names in another case')
  t.same(
    plan({ ...ours, events: ['invoice-ready', 'referral-created'] }),
    {
      action: 'replace',
      registration: { ...wanted, events: ['invoice-ready', 'referral-created', ...events.filter(name => name !== 'referral-created')] }
    },
    'missing events are added to those of our own'
  )
  t.same(plan({ ...ours, signatureInMsHeader: false }), { action: 'replace', registration: wanted }, 'the signature moves to its header')
  const { signatureInMsHeader: _, ...silent } = ours
  t.same(plan(silent), { action: 'replace', registration: wanted }, 'also when nobody says where it is')
  t.same(
    plan({ ...ours, url: 'https://OLD.example/callbacks/', events: ['invoice-ready'] }),
    { action: 'move', registration: { ...wanted, events: ['invoice-ready', ...events] } },
    'what is at a former address of our own moves with its events'
  )
  t.same(plan(others, true), { action: 'replace', registration: wanted }, "another's events are not ours")
})

t.test('a registration of another system is left alone, and named without its secrets', async t => {
  const { code, message } = failure(() => planRegistration(others, { url, formerUrls: [], overwrite: false }))
  t.equal(code, 'WEBHOOK_TAKEN')
  t.match(message, 'https://…@prod.flows.example/workflows/7?…, last changed 2026-10-31T09:00:00Z')
  t.notMatch(message, secret)
})

t.test('each state of a registration', async t => {
  const status = (present?: Registration) => statusOf(present, { url, checkedAt })
  t.same(status(), { state: 'none', events: [], missingEvents: events, checkedAt: '2026-11-01T10:00:00.000Z' })
  t.same(status(ours), {
    state: 'ours',
    url,
    events,
    missingEvents: [],
    signatureInMsHeader: true,
    lastModified: '2026-11-01T09:00:00Z',
    checkedAt: '2026-11-01T10:00:00.000Z'
  })
  const { signatureInMsHeader: _, ...silent } = ours
  t.match(status(silent), { state: 'ours' }, 'an answer may be silent about the signature')
  t.match(status({ ...ours, signatureInMsHeader: false }), { state: 'incomplete', missingEvents: [] })
  t.match(status({ ...ours, events: ['referral-created'] }), { state: 'incomplete', missingEvents: events.slice(1) })
  t.match(status({ ...ours, events: ['test-created', 'invoice-ready'] }), { state: 'none', url }, 'nothing of referrals')
  t.match(status({ ...ours, events: [] }), { state: 'none', url })
  const taken = status(others)
  t.match(taken, { state: 'taken', url: 'https://…@prod.flows.example/workflows/7?…' })
  t.notMatch(JSON.stringify(taken), secret)
})

t.test('registering writes, looks again and remembers; once more changes nothing', async t => {
  const registrations = memoryRegistrations()
  const marks = memoryMarks()
  const ports = { registrations, marks, now }
  t.match(await registerWebhook({ url, overwrite: false }, ports), { action: 'create', status: { state: 'ours', url } })
  t.same(registrations.asked, ['get', 'put', 'get'])
  t.match(registrations.stored, { url, events, signatureInMsHeader: true })
  t.same(await wishedRegistration(marks), { url, since: '2026-11-01T10:00:00.000Z' })
  t.match(await seenRegistration(marks), { state: 'ours' })

  registrations.asked.length = 0
  const later = { ...ports, now: () => new Date('2026-11-02T10:00:00Z') }
  t.match(await registerWebhook({ url, overwrite: true }, later), { action: 'none', status: { state: 'ours' } })
  t.same(registrations.asked, ['get'])
  t.match(await wishedRegistration(marks), { since: '2026-11-01T10:00:00.000Z' }, 'since the first time')
})

t.test("another's registration is replaced only when that is wanted", async t => {
  const registrations = memoryRegistrations(others)
  const marks = memoryMarks()
  const ports = { registrations, marks, now }
  t.match(await failureOf(registerWebhook({ url, overwrite: false }, ports)), { code: 'WEBHOOK_TAKEN' })
  t.same(registrations.asked, ['get'])
  t.equal(marks.stored.size, 0)
  t.match(await registerWebhook({ url, overwrite: true }, ports), { action: 'replace', status: { state: 'ours' } })
  t.same(registrations.stored?.events, events)
})

t.test('who registers between the look and the write is not replaced, whatever was wanted of the one before', async t => {
  const third: Registration = { ...others, url: 'https://third.example/' }
  for (const [present, overwrite] of [
    [undefined, false],
    [undefined, true],
    [others, true],
    [ours, false]
  ] as const) {
    const incomplete = present && { ...present, events: ['referral-created'] }
    const registrations = memoryRegistrations(incomplete)
    const marks = memoryMarks()
    registrations.beforePut = async () => void Object.assign(registrations, { stored: third })
    t.match(await failureOf(registerWebhook({ url, overwrite }, { registrations, marks, now })), { code: 'WEBHOOK_TAKEN' })
    t.same(registrations.stored, third)
    t.equal(marks.stored.size, 0)
  }
})

t.test('who takes the place while this service unregisters is left alone too', async t => {
  const registrations = memoryRegistrations()
  const marks = memoryMarks()
  const ports = { registrations, marks, now }
  await registerWebhook({ url, overwrite: false }, ports)
  registrations.beforePut = async () => void Object.assign(registrations, { stored: others })
  t.match(await failureOf(unregisterWebhook({ url }, ports)), { code: 'WEBHOOK_TAKEN' })
  t.same(registrations.stored, others)
  t.equal(marks.stored.size, 0, 'nobody minds any more')
})

t.test('whom it displaced is said without secrets, and is not remembered', async t => {
  const registrations = memoryRegistrations(others)
  const marks = memoryMarks()
  const registered = await registerWebhook({ url, overwrite: true }, { registrations, marks, now })
  t.match(registered, {
    status: { replacedUrl: 'https://…@prod.flows.example/workflows/7?…' },
    replaced: 'https://…@prod.flows.example/workflows/7?…, last changed 2026-10-31T09:00:00Z'
  })
  t.notMatch(JSON.stringify(registered), secret)
  t.notMatch(JSON.stringify(await seenRegistration(marks)), 'replacedUrl')
  t.notOk(
    'replacedUrl' in (await registerWebhook({ url, overwrite: true }, { registrations, marks, now })).status,
    'nobody the second time'
  )
})

t.test('a registration at a former address of this service is its own', async t => {
  const registrations = memoryRegistrations()
  const marks = memoryMarks()
  const ports = { registrations, marks, now }
  await registerWebhook({ url: former, overwrite: false }, ports)
  t.match(await registerWebhook({ url, overwrite: false }, ports), { action: 'move', status: { state: 'ours', replacedUrl: former } })
  t.match(registrations.stored, { url })
  t.same(await wishedRegistration(marks), { url, since: '2026-11-01T10:00:00.000Z' })

  registrations.stored = { ...ours, url: former }
  t.match(
    await failureOf(registerWebhook({ url, overwrite: false }, ports)),
    { code: 'WEBHOOK_TAKEN' },
    'once it has moved it is not any more'
  )

  const leaving = { ...ports, registrations: memoryRegistrations() }
  await registerWebhook({ url: former, overwrite: false }, leaving)
  t.match(await unregisterWebhook({ url }, leaving), { state: 'none' })
  t.same(leaving.registrations.stored?.events, [])
})

t.test('while Partner Center still shows the former address, it stays our own', async t => {
  const registrations = memoryRegistrations()
  const marks = memoryMarks()
  const ports = { registrations, marks, now }
  await registerWebhook({ url: former, overwrite: false }, ports)
  const old = registrations.stored
  registrations.keep = () => old
  t.match(await failureOf(registerWebhook({ url, overwrite: false }, ports)), { code: 'PARTNER_CENTER_UNEXPECTED' })
  registrations.keep = wanted => wanted
  t.match(await registerWebhook({ url, overwrite: false }, ports), { action: 'move', status: { state: 'ours' } })
})

t.test('what Partner Center shows afterwards is believed; from the write on it is minded where events go', async t => {
  const cases: [(wanted: Registration) => Registration | undefined, RegExp][] = [
    [() => undefined, /no events are sent/],
    [() => others, /another system \(https:\/\/…@prod/],
    [wanted => ({ ...wanted, events: ['referral-created'] }), /missing \(referral-updated, /],
    [wanted => ({ ...wanted, signatureInMsHeader: false }), /signatures come in Authorization/]
  ]
  for (const [keep, message] of cases) {
    const registrations = Object.assign(memoryRegistrations(), { keep })
    const marks = memoryMarks()
    t.match(await failureOf(registerWebhook({ url, overwrite: false }, { registrations, marks, now })), {
      code: 'PARTNER_CENTER_UNEXPECTED',
      message
    })
    t.match(await wishedRegistration(marks), { url })
    t.equal(await seenRegistration(marks), undefined)
    const { log, lines } = memoryLog()
    await guardRegistration({ registrations, marks, now, log, callbackUrl: url })
    t.match(lines, [{ level: 'warn' }])
  }
})

t.test('unregistering leaves no events, or only test events where an empty list is refused', async t => {
  for (const refusesNoEvents of [false, true]) {
    const registrations = Object.assign(memoryRegistrations(), { refusesNoEvents })
    const marks = memoryMarks()
    const ports = { registrations, marks, now }
    await registerWebhook({ url, overwrite: false }, ports)
    t.match(await unregisterWebhook({ url }, ports), { state: 'none', url })
    t.same(registrations.stored?.events, refusesNoEvents ? ['test-created'] : [])
    t.equal(marks.stored.size, 0)

    registrations.asked.length = 0
    t.match(await unregisterWebhook({ url }, ports), { state: 'none' }, 'once more is nothing to do')
    t.same(registrations.asked, ['get'])
  }
})

t.test('unregistering where nothing is registered is done at once', async t => {
  const registrations = memoryRegistrations()
  t.match(await unregisterWebhook({ url }, { registrations, marks: memoryMarks(), now }), { state: 'none' })
  t.same(registrations.asked, ['get'])
})

t.test("unregistering leaves another's registration alone, and nobody minds about it any more", async t => {
  const registrations = memoryRegistrations()
  const marks = memoryMarks()
  const ports = { registrations, marks, now }
  await registerWebhook({ url, overwrite: false }, ports)
  registrations.stored = others
  t.match(await failureOf(unregisterWebhook({ url }, ports)), { code: 'WEBHOOK_TAKEN', message: /does not expect events any more/ })
  t.same(registrations.stored, others)
  t.equal(await guardRegistration({ ...ports, log: memoryLog().log }), undefined)
})

t.test('unregistering that had no effect says so', async t => {
  const registrations = Object.assign(memoryRegistrations(ours), { keep: () => ours })
  t.match(await failureOf(unregisterWebhook({ url }, { registrations, marks: memoryMarks(), now })), {
    code: 'PARTNER_CENTER_UNEXPECTED',
    message: /still come/
  })
  const failing = memoryRegistrations(ours)
  failing.put = async () => {
    throw new Failure('PARTNER_CENTER_BUSY', 'A pause, please.')
  }
  t.match(await failureOf(unregisterWebhook({ url }, { registrations: failing, marks: memoryMarks(), now })), {
    code: 'PARTNER_CENTER_BUSY'
  })
})

t.test('the guard says each change once, and takes nothing back', async t => {
  const registrations = memoryRegistrations()
  const marks = memoryMarks()
  const { log, lines, text } = memoryLog()
  const ports = { registrations, marks, now, log, callbackUrl: url }
  t.equal(await guardRegistration(ports), undefined, 'it does not mind before anybody registered')
  t.same(registrations.asked, [])
  await registerWebhook({ url, overwrite: false }, ports)
  const whole = registrations.stored

  const steps: [string, Registration | undefined, string, string[]][] = [
    ['ours', whole, 'ours', []],
    ['taken', others, 'taken', ['warn']],
    ['taken still', others, 'taken', []],
    ['taken by a third one', { ...others, url: 'https://third.example/' }, 'taken', ['warn']],
    ['gone', undefined, 'none', ['warn']],
    ['without an event', { ...ours, events: events.slice(1) }, 'incomplete', ['warn']],
    ['without two', { ...ours, events: events.slice(2) }, 'incomplete', ['warn']],
    ['ours again', whole, 'ours', ['info']],
    ['ours still', whole, 'ours', []]
  ]
  registrations.asked.length = 0
  for (const [what, present, state, levels] of steps) {
    registrations.stored = present
    lines.length = 0
    t.match(await guardRegistration(ports), { state }, what)
    t.same(
      lines.map(({ level }) => level),
      levels,
      what
    )
    t.match(await seenRegistration(marks), { state }, what)
    t.notMatch(text(), secret)
  }
  t.notOk(registrations.asked.includes('put'))
})

t.test('the guard warns at its first look too, by the URL that was registered when PUBLIC_URL is gone', async t => {
  const registrations = memoryRegistrations(others)
  const marks = memoryMarks()
  await marks.put('registration', JSON.stringify({ url, since: '2026-11-01T10:00:00.000Z' }))
  await marks.put('registration.state', 'written by another version')
  const { log, lines } = memoryLog()
  t.match(await guardRegistration({ registrations, marks, now, log }), { state: 'taken' })
  t.match(lines, [{ level: 'warn', fields: { state: 'taken', lastModified: '2026-10-31T09:00:00Z' } }])
})

t.test('the guard warns again every day while it lasts, and at the start of a process', async t => {
  const registrations = memoryRegistrations()
  const marks = memoryMarks()
  const { log, lines } = memoryLog()
  await remindOfRegistration({ marks, log, now, callbackUrl: url })
  await registerWebhook({ url, overwrite: false }, { registrations, marks, now })
  await remindOfRegistration({ marks, log, now, callbackUrl: url })
  t.same(lines, [], 'there is nothing to warn of')
  registrations.stored = others
  const guard = async (at: string): Promise<number> => {
    lines.length = 0
    await guardRegistration({ registrations, marks, log, callbackUrl: url, now: () => new Date(at) })
    return lines.length
  }
  t.equal(await guard('2026-11-01T10:15:00Z'), 1)
  t.equal(await guard('2026-11-01T10:30:00Z'), 0)
  t.equal(await guard('2026-11-02T10:14:00Z'), 0)
  t.equal(await guard('2026-11-02T10:15:00Z'), 1)
  t.equal(await guard('2026-11-02T10:30:00Z'), 0)

  lines.length = 0
  await remindOfRegistration({ marks, log, now: () => new Date('2026-11-02T11:00:00Z'), callbackUrl: url })
  t.match(lines, [{ level: 'warn', fields: { state: 'taken' }, message: /another system/ }])
  t.equal(await guard('2026-11-03T10:30:00Z'), 0, 'a day from the last time')
  t.equal(await guard('2026-11-03T11:00:00Z'), 1)
})

t.test('the guard knows a former address of this service', async t => {
  const registrations = memoryRegistrations()
  const marks = memoryMarks()
  const { log, lines } = memoryLog()
  await registerWebhook({ url: former, overwrite: false }, { registrations, marks, now })
  t.match(await guardRegistration({ registrations, marks, log, now, callbackUrl: url }), { state: 'taken' })
  t.match(lines, [{ level: 'warn', message: /a former address of this service.*webhook register»/ }])
})

t.test('without PUBLIC_URL nobody knows where events should go', async t => {
  t.equal(requireCallbackUrl(url), url)
  t.match(
    failure(() => requireCallbackUrl(undefined)),
    { code: 'CONFIG_INVALID', message: /PUBLIC_URL/ }
  )
})

t.test('looking at the registration passes the correlation id on', async t => {
  const registrations = memoryRegistrations(ours)
  let seen: unknown
  const { get } = registrations
  registrations.get = call => {
    seen = call
    return get(call)
  }
  await registrationStatus(url, { registrations, now, call: { correlationId: 'c-1' } })
  t.same(seen, { correlationId: 'c-1' })
})

/** Time goes on only with the waits. */
function stopwatch() {
  let ms = checkedAt.getTime()
  const waits: number[] = []
  return {
    waits,
    now: () => new Date(ms),
    wait: async (pause: number, signal: AbortSignal) => {
      signal.throwIfAborted()
      waits.push(pause)
      ms += pause
    }
  }
}
const signal = new AbortController().signal
const attempt = (responseCode: string, isSystemError = false) => ({ responseCode, responseMessage: 'm'.repeat(500), isSystemError })

t.test('a test event is sent only to a registration of our own that has it', async t => {
  const cases: [Registration | undefined, string][] = [
    [undefined, 'WEBHOOK_NOT_REGISTERED'],
    [{ ...ours, events: [] }, 'WEBHOOK_NOT_REGISTERED'],
    [{ ...ours, events: ['referral-created'] }, 'WEBHOOK_NOT_REGISTERED'],
    [others, 'WEBHOOK_TAKEN']
  ]
  for (const [present, code] of cases) {
    const registrations = memoryRegistrations(present)
    t.match(await failureOf(sendTestEvent({ registrations, ...stopwatch() }, { url, signal })), { code })
    t.same(registrations.asked, ['get'])
  }
})

t.test('a test event that arrived needs no wait, one that takes time is looked at every second', async t => {
  const registrations = memoryRegistrations(ours)
  const quick = stopwatch()
  t.same(await sendTestEvent({ registrations, ...quick }, { url, signal }), {
    correlationId: 'test-1',
    state: 'delivered',
    attempts: [{ responseCode: 'OK', responseMessage: '', isSystemError: false }]
  })
  t.same(quick.waits, [])

  const said: string[] = []
  const slow = stopwatch()
  registrations.results = [
    { isCompleted: false, attempts: [] },
    new Failure('PARTNER_CENTER_BUSY', 'A pause, please.'),
    { isCompleted: false, attempts: [attempt('BadGateway')] },
    { isCompleted: false, attempts: [attempt('BadGateway')] },
    { isCompleted: false, attempts: [attempt('BadGateway'), attempt('NoContent')] }
  ]
  const result = await sendTestEvent({ registrations, ...slow }, { url, signal, report: line => void said.push(line) })
  t.match(result, { state: 'delivered', attempts: [{ responseCode: 'BadGateway', responseMessage: /^m{200}$/ }, {}] })
  t.same(slow.waits, [1000, 1000, 1000, 1000])
  t.same(said, ['Partner Center sends the test event test-1.', 'A try failed: BadGateway.'])
})

t.test('a test event fails when Partner Center has finished and no try succeeded', async t => {
  const registrations = memoryRegistrations(ours)
  for (const attempts of [[attempt('NotFound'), attempt('Unauthorized')], [attempt('', true)], [attempt('OK', true)], []]) {
    registrations.results = [{ isCompleted: true, attempts }]
    t.match(await sendTestEvent({ registrations, ...stopwatch() }, { url, signal }), { state: 'failed' })
  }
})

t.test('after a minute, or when nobody waits any more, it is left pending', async t => {
  const registrations = memoryRegistrations(ours)
  registrations.results = [{ isCompleted: false, attempts: [attempt('NotFound')] }]
  const watch = stopwatch()
  t.match(await sendTestEvent({ registrations, ...watch }, { url, signal }), { state: 'pending', attempts: [{ responseCode: 'NotFound' }] })
  t.equal(watch.waits.length, 60)

  const stopped = stopwatch()
  t.match(await sendTestEvent({ registrations, ...stopped, now }, { url, signal }), { state: 'pending' }, 'a clock that stands still')
  t.equal(stopped.waits.length, 60)

  const end = new AbortController()
  const ended = stopwatch()
  const wait = async (ms: number, until: AbortSignal) => {
    end.abort()
    await ended.wait(ms, until)
  }
  t.match(await sendTestEvent({ registrations, now: ended.now, wait }, { url, signal: end.signal }), { state: 'pending' })
  t.same(ended.waits, [])
})

t.test('a refusal while waiting is told', async t => {
  const registrations = memoryRegistrations(ours)
  registrations.results = [new Failure('PARTNER_CENTER_DENIED', 'No.')]
  t.match(await failureOf(sendTestEvent({ registrations, ...stopwatch() }, { url, signal })), { code: 'PARTNER_CENTER_DENIED' })
})
