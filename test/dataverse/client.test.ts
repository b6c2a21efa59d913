import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { type DataverseOptions, dataverseCrm } from '../../src/dataverse/crm.ts'
import { Failure } from '../../src/failure.ts'
import { arrival } from '../fixtures/arrival.ts'
import { type LocalAnswer, localServer, type Received, reset, stall } from '../fixtures/local-server.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const referralId = '4111fffc-f9ee-4d53-bba6-569135228642'
const leadId = '00000000-0000-0000-0000-00000000000a'
const lead = { subject: 'Surface rollout', lastName: 'Lovelace' }
const created: LocalAnswer = { status: 201, body: { leadid: leadId, statecode: 0 } }
const updated: LocalAnswer = { status: 200, body: { leadid: leadId, statecode: 0 } }
const json = { 'content-type': 'application/json; odata.metadata=minimal' }
const failure = (status: number, code: string, headers: Record<string, string> = {}): LocalAnswer => ({
  status,
  headers,
  body: { error: { code, message: 'because' } }
})

async function start(t: Test, answers: LocalAnswer[], options: Partial<DataverseOptions> = {}) {
  const server = await localServer(t, ...answers)
  const { log, lines, text } = memoryLog()
  const crm = dataverseCrm({
    url: `${server.url}/`,
    getToken: async () => 'token',
    referralColumn: 'new_referralid',
    log,
    deadlineMs: 5000,
    ...options
  })
  return { crm, server, lines, text, upsert: () => crm.upsertLead(referralId, { lead }) }
}

t.test('one PATCH by alternate key creates the lead and reads no text back', async t => {
  const { crm, server, text } = await start(t, [created])
  const result = await crm.upsertLead(
    referralId,
    { lead: { ...lead, city: 'Zürich', description: '😀 "quoted"' }, customColumns: { new_day: '2026-01-02T03:04:05+02:00' } },
    { correlationId: 'a0b1c2d3-0000-4000-8000-000000000001' }
  )
  t.strictSame(result, { leadId, outcome: 'created', notices: [], lead: { leadId, state: 'Open' } })
  t.equal(server.received.length, 1)
  const { method, url, headers, body } = server.received[0] as Received
  t.equal(method, 'PATCH')
  t.equal(
    url,
    `/api/data/v9.2/leads(new_referralid='${referralId}')?$select=leadid,statecode,estimatedamount,_transactioncurrencyid_value,estimatedclosedate`
  )
  t.match(headers, {
    prefer: 'return=representation',
    authorization: 'Bearer token',
    'odata-version': '4.0',
    'x-ms-client-request-id': 'a0b1c2d3-0000-4000-8000-000000000001'
  })
  t.notOk(headers['if-match'] ?? headers['if-none-match'], 'it is neither create-only nor update-only')
  t.strictSame(
    JSON.parse(body),
    {
      subject: 'Surface rollout',
      lastname: 'Lovelace',
      address1_city: 'Zürich',
      description: '😀 "quoted"',
      new_day: '2026-01-02T03:04:05+02:00'
    },
    'the key column is not repeated, and a date goes out as it came in'
  )
  t.match(text(), 'a0b1c2d3-0000-4000-8000-000000000001', 'the correlation id is logged')
  t.notMatch(text(), /Lovelace|rollout|"token"|Bearer/, 'no customer data and no token is logged')
})

t.test('200 says that the lead was updated', async t => {
  const { upsert } = await start(t, [updated])
  t.match(await upsert(), { leadId, outcome: 'updated', notices: [] })
})

t.test('a correlation id that is no GUID is logged but not sent', async t => {
  const { crm, server, text } = await start(t, [created])
  await crm.upsertLead(referralId, { lead }, { correlationId: 'req-1\r\nx: y' })
  t.match(server.received[0]?.headers['x-ms-client-request-id'], /^[0-9a-f-]{36}$/)
  t.match(text(), 'req-1')
})

t.test("Dataverse's own request id is logged for answers and refusals", async t => {
  const { upsert, text } = await start(t, [
    { ...created, headers: { 'x-ms-service-request-id': 'service-1' } } as LocalAnswer,
    failure(400, '0x80040203', { req_id: 'service-2' })
  ])
  await upsert()
  await t.rejects(upsert())
  t.match(text(), 'service-1')
  t.match(text(), 'service-2')
})

t.test('an address with a path keeps its path, with a slash at the end or without', async t => {
  const server = await localServer(t, created)
  const { log } = memoryLog()
  for (const end of ['', '/']) {
    const crm = dataverseCrm({
      url: `${server.url}/tenant1/crm${end}`,
      getToken: async () => 'token',
      referralColumn: 'new_referralid',
      log
    })
    await crm.upsertLead(referralId, { lead })
  }
  for (const { url } of server.received) t.match(url, /^\/tenant1\/crm\/api\/data\/v9\.2\/leads/)
})

t.test('50 writes at once each learn their own status, over kept connections', async t => {
  const answer: LocalAnswer = ({ url }, response) => {
    const number = Number(/referral-(\d+)/.exec(url)?.[1])
    response.writeHead(number % 2 === 0 ? 201 : 200, json)
    response.end(JSON.stringify({ leadid: `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`, statecode: 0 }))
  }
  const { crm } = await start(t, [answer])
  for (let round = 0; round < 3; round++) {
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => crm.upsertLead(`referral-${i}`, { lead })))
    t.ok(results.every(({ leadId, outcome }, i) => Number(leadId.slice(-12)) === i && outcome === (i % 2 === 0 ? 'created' : 'updated')))
  }
})

const halfAnswer: LocalAnswer = (_request, response) => {
  response.writeHead(200, { ...json, 'content-length': '1000' })
  response.write('{"leadid":')
  setImmediate(() => response.destroy())
}
const stallsInBody: LocalAnswer = (_request, response) => {
  response.writeHead(200, { ...json, 'content-length': '1000' })
  response.write('{"leadid":')
}
const poison: [string, LocalAnswer, string][] = [
  [
    'a 2xx whose text contains --batchresponse_',
    { status: 200, body: { leadid: leadId, description: 'see --batchresponse_1' } },
    'CRM_UNEXPECTED'
  ],
  ['a 2xx of truncated JSON', { status: 201, headers: json, body: '{"leadid":"0000' }, 'CRM_UNEXPECTED'],
  ['a 2xx of no JSON under a JSON type', { status: 200, headers: json, body: '<html>' }, 'CRM_UNEXPECTED'],
  ['a 200 page of a proxy', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }, 'CRM_UNEXPECTED'],
  ['a 204 that ignores Prefer', { status: 204 }, 'CRM_UNEXPECTED'],
  ['a 304, which the library takes for a success', { status: 304 }, 'CRM_UNEXPECTED'],
  ['an answer without the id', { status: 200, body: { statecode: 0 } }, 'CRM_UNEXPECTED'],
  ['an id that is none', { status: 200, body: { leadid: '../x' } }, 'CRM_UNEXPECTED'],
  ['JSON null', { status: 200, headers: json, body: 'null' }, 'CRM_UNEXPECTED'],
  ['a reset before the answer', reset, 'CRM_UNREACHABLE'],
  ['a reset in mid-body', halfAnswer, 'CRM_UNREACHABLE'],
  ['a page with 503', { status: 503, headers: { 'content-type': 'text/html' }, body: '<h1>Service Unavailable</h1>' }, 'CRM_UNREACHABLE'],
  ['an empty 503', { status: 503 }, 'CRM_UNREACHABLE'],
  [
    'a 400 that contains --batchresponse_',
    { status: 400, headers: json, body: '{"error":{"message":"--batchresponse_"}}' },
    'CRM_VALUE_REFUSED'
  ],
  [
    'a 500 that contains --batchresponse_',
    { status: 500, body: '--batchresponse_1\r\nHTTP/1.1 400 Bad Request\r\n\r\n' },
    'CRM_UNREACHABLE'
  ],
  ['a redirect', { status: 302, headers: { location: 'https://login.example/' } }, 'CRM_UNEXPECTED']
]
for (const [name, answer, code] of poison)
  t.test(`${name} is ${code}, and the next write succeeds`, async t => {
    // A refused update is followed by a look at the lead's state, which is not refused.
    const { upsert, server } = await start(t, [answer, updated])
    await t.rejects(upsert(), { code })
    server.now(created)
    t.match(await upsert(), { outcome: 'created' })
    t.equal(
      process.listeners('uncaughtException').filter(({ name }) => name === 'onUncaughtException').length,
      0,
      'nothing listens when nothing is under way'
    )
  })

for (const [name, answer] of [
  ['that never comes', stall],
  ['that stalls in mid-body', stallsInBody]
] as const)
  t.test(`an answer ${name} ends at our own deadline`, async t => {
    const { upsert } = await start(t, [answer], { deadlineMs: 50 })
    await t.rejects(upsert(), { code: 'CRM_UNREACHABLE', message: /in time/ })
  })

t.test('work that was stopped sends nothing, and what is under way is given up', async t => {
  const { hasArrived, arrived } = arrival()
  const stop = new AbortController()
  const { crm, server } = await start(t, [arrived])
  const under = crm.upsertLead(referralId, { lead }, { signal: stop.signal })
  await hasArrived
  stop.abort()
  await t.rejects(under, { code: 'CRM_UNREACHABLE' })
  await t.rejects(crm.upsertLead(referralId, { lead }, { signal: stop.signal }), { code: 'CRM_UNREACHABLE', message: /stopped/ })
  t.equal(server.received.length, 1)
})

t.test('200 mixed writes all settle, each with its own end', async t => {
  const mixed: LocalAnswer[] = [
    created,
    updated,
    ...poison.map(([, answer]) => answer).filter(answer => typeof answer !== 'function'),
    reset,
    halfAnswer
  ]
  const answer: LocalAnswer = (request, response) => {
    const chosen = mixed[Number(/referral-(\d+)/.exec(request.url)?.[1]) % mixed.length]
    if (typeof chosen === 'function') return chosen(request, response)
    const { status = 200, headers = {}, body } = chosen ?? {}
    response.writeHead(status, { ...(typeof body === 'object' && json), ...headers })
    response.end(typeof body === 'object' ? JSON.stringify(body) : body)
  }
  const { crm } = await start(t, [answer])
  const results = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => crm.upsertLead(`referral-${i}`, { lead })))
  results.forEach((result, i) => {
    const kind = i % mixed.length
    const end = result.status === 'fulfilled' ? result.value.outcome : (result.reason as Failure).code
    if (kind === 0) t.equal(end, 'created')
    else if (kind === 1) t.equal(end, 'updated')
    else t.match(end, /^CRM_/)
  })
})

t.test('several instances guard only what is their own', async t => {
  const bad = await start(t, [{ status: 200, headers: json, body: '{' }])
  const good = await start(t, [created])
  const ends = await Promise.allSettled([bad.upsert(), good.upsert(), bad.upsert(), good.upsert()])
  t.strictSame(
    ends.map(end => (end.status === 'fulfilled' ? end.value.outcome : (end.reason as Failure).code)),
    ['CRM_UNEXPECTED', 'created', 'CRM_UNEXPECTED', 'created']
  )
})

t.test('429 with a pause that fits is waited for, twice at the most', async t => {
  const waits: number[] = []
  const clock = { ms: Date.parse('2026-01-01') }
  const options: Partial<DataverseOptions> = {
    now: () => new Date(clock.ms),
    wait: async ms => {
      waits.push(ms)
      clock.ms += ms
    }
  }
  const busy = failure(429, '0x80072322', { 'retry-after': '1' })
  const { upsert, server } = await start(t, [busy, busy, created], options)
  t.match(await upsert(), { outcome: 'created' })
  t.strictSame(waits, [1000, 1000])
  t.equal(server.received.length, 3)

  server.now(busy)
  await t.rejects(upsert(), { code: 'CRM_BUSY', retryAfterMs: 1000 })
  t.equal(server.received.length, 6, 'three requests and no more')
})

t.test('a pause longer than the deadline is handed on, and holds for the next write without a request', async t => {
  const clock = { ms: Date.parse('2026-01-01') }
  const { upsert, server } = await start(t, [failure(429, '0x80072321', { 'retry-after': '300' }), created], {
    now: () => new Date(clock.ms),
    wait: async () => t.fail('it must not wait')
  })
  await t.rejects(upsert(), { code: 'CRM_BUSY', retryAfterMs: 300_000, message: /execution time/ })
  clock.ms += 100_000
  await t.rejects(upsert(), { code: 'CRM_BUSY', retryAfterMs: 200_000 })
  t.equal(server.received.length, 1)
  clock.ms += 200_000
  t.match(await upsert(), { outcome: 'created' })
})

t.test('429 without Retry-After is handed on at once', async t => {
  const { upsert, server } = await start(t, [failure(429, '')], { wait: async () => t.fail('it must not wait') })
  await t.rejects(upsert(), { code: 'CRM_BUSY', retryAfterMs: undefined })
  t.equal(server.received.length, 1)
})

t.test('a refused token is replaced once', async t => {
  const tokens: unknown[] = []
  let next = 0
  const getToken = async (options?: { refused?: string }) => {
    tokens.push(options?.refused)
    if (options?.refused) next++
    return `token-${next}`
  }
  const { upsert, server } = await start(t, [failure(401, ''), created], { getToken })
  t.match(await upsert(), { outcome: 'created' })
  t.strictSame(tokens, [undefined, 'token-0'])
  t.strictSame(
    server.received.map(({ headers }) => headers.authorization),
    ['Bearer token-0', 'Bearer token-1']
  )
  server.now(failure(401, ''))
  await t.rejects(upsert(), { code: 'CRM_DENIED' })
  t.equal(server.received.length, 4)
})

t.test('a refused token that cannot be replaced is not sent again', async t => {
  const { upsert, server } = await start(t, [failure(401, '')])
  await t.rejects(upsert(), { code: 'CRM_DENIED' })
  t.equal(server.received.length, 1)
})

t.test('a failed sign-in passes unchanged and sends nothing', async t => {
  const expired = new Failure('SIGN_IN_EXPIRED', 'The sign-in has expired.')
  const { upsert, server } = await start(t, [created], { getToken: () => Promise.reject(expired) })
  await t.rejects(upsert(), expired)
  t.equal(server.received.length, 0)
})

for (const [asked, cap] of [
  [3, 3],
  [1000, 51]
] as const)
  t.test(`of ${cap + 9} writes, ${cap} are under way at once when ${asked} are asked for, and each gets its turn`, async t => {
    const held: ServerResponse[] = []
    let most = 0
    const finish = (response: ServerResponse): void => {
      response.writeHead(201, json)
      response.end(JSON.stringify({ leadid: leadId, statecode: 0 }))
    }
    const doors = new EventTarget()
    const isFull = once(doors, 'full')
    const hold: LocalAnswer = (_request, response) => {
      most = Math.max(most, held.push(response))
      if (held.length === cap) setImmediate(() => doors.dispatchEvent(new Event('full')))
    }
    const { crm, server } = await start(t, [hold], { maxConcurrent: asked })
    const all = Promise.all(Array.from({ length: cap + 9 }, () => crm.upsertLead(referralId, { lead })))
    await isFull
    t.equal(server.received.length, cap)
    server.now(created)
    for (const response of held) finish(response)
    t.equal((await all).length, cap + 9)
    t.equal(most, cap)
  })

t.test('http_proxy is obeyed by the library, no_proxy is not', async t => {
  const proxy = await localServer(t, created)
  const saved = { http_proxy: process.env.http_proxy, no_proxy: process.env.no_proxy }
  t.teardown(() => {
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  const { upsert, server } = await start(t, [updated])
  Object.assign(process.env, { http_proxy: proxy.url, no_proxy: '127.0.0.1' })
  t.match(await upsert(), { outcome: 'created' }, 'the proxy answered')
  t.equal(server.received.length, 0)
})
