import Fastify from 'fastify'
import t from 'tap'
import { request } from 'undici'
import { nextAnswers } from '../../src/sandbox/next-answer.ts'
import { requestLog, requestLogPlugin } from '../../src/sandbox/request-log.ts'

type Scope = { teardown(close: () => unknown): unknown }

/** A system with one operation, which counts how often it took effect. */
async function counter(t: Scope) {
  const app = Fastify({ forceCloseConnections: true })
  const answers = nextAnswers()
  const log = requestLog()
  let effects = 0
  app.register(answers.plugin)
  app.register(requestLogPlugin(log, 'counter'))
  app.post('/effects', async () => ({ effects: ++effects, text: 'something to cut' }))
  app.delete('/effects', async (_request, reply) => {
    effects = 0
    return reply.code(204).send()
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const ask = async (method: 'POST' | 'DELETE' | 'GET', path: string, body?: unknown) => {
    const answer = await request(url + path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
    })
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
  }
  return { app, url, ask, answers, log, effects: () => effects }
}

t.test('an answer can be replaced as often as wanted, and the request then has no effect', async t => {
  const { ask, answers, log, effects } = await counter(t)
  answers.next({ status: 429, headers: { 'retry-after': '2' }, body: { error: { code: '0x80072322' } }, times: 2 })
  const busy = await ask('POST', '/effects')
  t.match(busy, { status: 429, headers: { 'retry-after': '2' }, text: '{"error":{"code":"0x80072322"}}' })
  t.same(answers.unused(), [{ status: 429, headers: { 'retry-after': '2' }, body: { error: { code: '0x80072322' } }, times: 1 }])
  t.equal((await ask('POST', '/effects')).status, 429)
  t.equal(effects(), 0)
  t.equal((await ask('POST', '/effects')).status, 200)
  t.equal(effects(), 1)
  t.same(
    log.all().map(({ status }) => status),
    [429, 429, 200]
  )
})

t.test('a text body is sent as it is, such as the HTML page of a gateway', async t => {
  const { ask, answers } = await counter(t)
  answers.next({ status: 503, headers: { 'content-type': 'text/html' }, body: '<html>Service Unavailable</html>' })
  t.match(await ask('POST', '/effects'), {
    status: 503,
    headers: { 'content-type': 'text/html' },
    text: '<html>Service Unavailable</html>'
  })
})

t.test('a condition picks the request that gets the wrong answer', async t => {
  const { ask, answers } = await counter(t)
  answers.next({ status: 500 }, ({ method }) => method === 'DELETE')
  t.equal((await ask('POST', '/effects')).status, 200)
  t.equal((await ask('DELETE', '/effects')).status, 500)
  answers.next({ status: 500 }, ({ method }) => method === 'DELETE')
  answers.clear()
  t.equal((await ask('DELETE', '/effects')).status, 204)
})

t.test('a reset cuts the connection before anything was done', async t => {
  const { ask, answers, effects, log } = await counter(t)
  answers.next({ reset: true })
  await t.rejects(ask('POST', '/effects'), { code: /ECONNRESET|UND_ERR_SOCKET/ })
  t.equal(effects(), 0)
  t.match(log.all(), [{ method: 'POST', path: '/effects', status: 0 }])
})

t.test('a reset in mid-body cuts it after all was done', async t => {
  const { url, answers, effects } = await counter(t)
  answers.next({ reset: 'mid-body' })
  const answer = await request(`${url}/effects`, { method: 'POST' })
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  await t.rejects(answer.body.text())
  t.equal(effects(), 1)
})

t.test('a truncated answer is complete as HTTP and cut as JSON', async t => {
  const { ask, answers, effects } = await counter(t)
  answers.next({ truncate: true, times: 2 })
  const cut = await ask('POST', '/effects')
  t.match(cut, { status: 200, headers: { connection: 'close' } })
  t.match('{"effects":1,"text":"something to cut"}', cut.text)
  t.throws(() => JSON.parse(cut.text))
  t.equal(effects(), 1)
  const madeUp = await ask('DELETE', '/effects')
  t.equal(madeUp.status, 200, 'an answer without a body gets half of one')
  t.throws(() => JSON.parse(madeUp.text))
})

for (const stall of [true, 'mid-body'] as const)
  t.test(`a stalled answer (${stall}) holds the connection until the sandbox closes`, async t => {
    const { app, ask, answers, log, effects } = await counter(t)
    let hasArrived = (): void => undefined
    const arrived = new Promise<void>(resolve => {
      hasArrived = resolve
    })
    answers.next({ stall }, () => {
      hasArrived()
      return true
    })
    const answer = ask('POST', '/effects').then(
      () => 'answered',
      () => 'cut'
    )
    await arrived
    t.equal(await Promise.race([answer, ask('POST', '/effects').then(() => 'still waiting')]), 'still waiting')
    await app.close()
    t.equal(await answer, 'cut')
    t.equal(effects(), stall === true ? 1 : 2)
    t.equal(log.count({ status: 0 }), 1)
  })

t.test('a person with curl can do the same, and that is not counted', async t => {
  const { ask, answers, log } = await counter(t)
  t.equal((await ask('POST', '/sandbox/next-answer', { status: 500, method: 'delete', path: '/eff' })).status, 204)
  t.match(JSON.parse((await ask('GET', '/sandbox/next-answer')).text), [{ status: 500, times: 1 }])
  t.equal((await ask('POST', '/effects')).status, 200)
  t.equal((await ask('DELETE', '/effects')).status, 500)
  await ask('POST', '/sandbox/next-answer', { reset: 'mid-body', times: 5 })
  t.equal((await ask('DELETE', '/sandbox/next-answer')).status, 204)
  t.same(answers.unused(), [])
  t.equal(log.count(), 2)
  for (const broken of [
    {},
    [],
    { status: 20 },
    { status: 500, reset: true },
    { reset: false },
    { status: 500, headers: { 'a b': 'c' } },
    { truncate: true, times: 0 }
  ])
    t.equal((await ask('POST', '/sandbox/next-answer', broken)).status, 400, JSON.stringify(broken))
  t.same(answers.unused(), [])
})

t.test('requests are counted by what they were, without the secrets of their query', t => {
  const log = requestLog()
  log.record({ system: 'flow', method: 'POST', path: '/invoke?api-version=1&sig=abc&%24top=1&client_secret=x', status: 202 })
  log.record({ system: 'dataverse', method: 'GET', path: '/leads?$skiptoken=1', status: 200 })
  t.same(
    log.all().map(({ path }) => path),
    ['/invoke?api-version=1&sig=***&%24top=1&client_secret=***', '/leads?$skiptoken=1']
  )
  t.equal(log.count(), 2)
  t.equal(log.count({ system: 'flow' }), 1)
  t.equal(log.count({ system: 'flow', method: 'GET' }), 0)
  t.equal(
    log.count(({ path }) => path.startsWith('/leads')),
    1
  )
  log.clear()
  t.equal(log.count(), 0)
  for (let n = 0; n < 25_000; n++) log.record({ system: 'flow', method: 'POST', path: '/', status: 202 })
  t.ok(log.count() <= 20_000, 'and no more are kept than anybody counts')
  t.end()
})
