import t from 'tap'
import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import { localServer, stall } from '../fixtures/local-server.ts'
import { run } from '../fixtures/terminal.ts'

const sandbox = await startSandbox({ pause: async () => undefined })
t.teardown(() => sandbox.close())
const { partnerCenter } = sandbox
/** Stands in for this service, where Partner Center reaches it. */
const receiver = await localServer(t, {})
const url = `${receiver.url}/callbacks`
const env: Record<string, string> = { ...sandbox.settings, DATA_DIR: t.testdir(), PUBLIC_URL: `${receiver.url}/` }
const others = { webhookUrl: 'https://other.example/hook?sig=very-secret', events: ['referral-created'], signatureInMsHeader: true }

t.test('status before anything is registered says so, and how to register', async t => {
  const { code, out, note } = await run(['webhook', 'status'], env)
  t.equal(code, 1)
  t.match(out, /State +none/)
  t.match(note, /WEBHOOK_NOT_REGISTERED: .*webhook register/)
  t.match(await run(['webhook', 'test'], env), { code: 1, out: '', note: /^WEBHOOK_NOT_REGISTERED/ })
})

t.test('register makes events come here, and may run again', async t => {
  t.match(await run(['webhook', 'register'], env), { code: 0, out: `Events come to ${url} from now on.\n` })
  t.match(partnerCenter.registration(), { webhookUrl: url, signatureInMsHeader: true })
  t.match(await run(['webhook', 'register'], env), { code: 0, out: /already/ })
  const { code, out } = await run(['webhook', 'status', '--json'], env)
  t.equal(code, 0)
  t.match(JSON.parse(out), { state: 'ours', url, missingEvents: [], lastModified: /Z$/ })
  t.match((await run(['webhook', 'status'], env)).out, /Signature in +x-ms-signature/)
})

t.test('both APIs of Partner Center are used with one sign-in', async t => {
  partnerCenter.createReferral()
  await partnerCenter.idle()
  t.match(await run(['referral', 'list'], env), { code: 0, out: /New/ })
  t.match(await run(['webhook', 'status'], env), { code: 0 })
})

t.test('test shows that an event arrives', async t => {
  receiver.received.length = 0
  const { code, out, note } = await run(['webhook', 'test'], env)
  t.equal(code, 0, note)
  t.equal(out, 'The test event arrived.\n')
  t.match(note, /sends the test event [0-9a-f-]{36}/)
  t.match(JSON.parse(receiver.received[0]?.body ?? ''), { EventName: 'test-created' })
  t.ok(receiver.received[0]?.headers['x-ms-signature'])
})

t.test('test tells when no try succeeds, with advice, and then that two a minute are enough', async t => {
  receiver.now({ status: 502 })
  const { code, out, note } = await run(['webhook', 'test', '--json'], env)
  t.equal(code, 1)
  const result = JSON.parse(out)
  t.equal(result.state, 'failed')
  t.equal(result.attempts.length, 10)
  t.match(note, /WEBHOOK_TEST_FAILED: .*PUBLIC_URL/)
  receiver.now({})
  t.match(await run(['webhook', 'test'], env), { code: 1, out: '', note: /^PARTNER_CENTER_BUSY/ })
})

t.test('who stops waiting for a test event is told that it is under way', async t => {
  const other = await startSandbox()
  t.teardown(() => other.close())
  const silent = await localServer(t, stall)
  const own = { ...other.settings, DATA_DIR: t.testdir(), PUBLIC_URL: silent.url }
  t.match(await run(['webhook', 'register'], own), { code: 0 })
  const { code, out, note } = await run(['webhook', 'test'], own, AbortSignal.abort())
  t.equal(code, 1)
  t.match(out, /not known yet/)
  t.notMatch(out + note, /WEBHOOK_TEST_FAILED|could not deliver/)
})

t.test('a registration of another system is shown and left alone until --overwrite', async t => {
  partnerCenter.register(others)
  const status = await run(['webhook', 'status'], env)
  t.match(status, { code: 1, out: /State +taken/, note: /WEBHOOK_TAKEN/ })
  t.match(status.out, 'https://other.example/hook?…')
  const refused = await run(['webhook', 'register'], env)
  t.match(refused, { code: 1, out: '', note: /^WEBHOOK_TAKEN: .*https:\/\/other\.example\/hook\?….*--overwrite/ })
  t.match(await run(['webhook', 'unregister'], env), { code: 1, note: /^WEBHOOK_TAKEN/ })
  t.match(await run(['webhook', 'test'], env), { code: 1, note: /^WEBHOOK_TAKEN/ })
  t.same(partnerCenter.registration(), others)
  for (const { out, note } of [status, refused]) t.notMatch(out + note, 'very-secret')

  const { code, out } = await run(['webhook', 'register', '--overwrite', '--json'], env)
  t.equal(code, 0)
  t.match(JSON.parse(out), { action: 'replace', state: 'ours', url, replacedUrl: 'https://other.example/hook?…' })

  partnerCenter.register(others)
  const told = await run(['webhook', 'register', '--overwrite'], env)
  t.match(told, { code: 0, out: /from now on\.\nThey went to another system, .*: https:\/\/other\.example\/hook\?…, last changed / })
  t.notMatch(told.out, 'very-secret')
})

t.test('after PUBLIC_URL has changed, the former address of this service is replaced as its own', async t => {
  const moved = { ...env, PUBLIC_URL: 'https://moved.example' }
  t.match(await run(['webhook', 'status'], moved), { code: 1, note: /former address of this service/ })
  const { out } = await run(['doctor', '--json'], moved)
  t.match(
    JSON.parse(out).find(({ what }: { what: string }) => what === 'Webhook'),
    { code: 'WEBHOOK_NOT_REGISTERED', detail: /former address/ }
  )
  const { code, out: text } = await run(['webhook', 'register'], moved)
  t.equal(code, 0)
  t.match(text, `from now on.\nThey went to the former address of this service: ${url}, last changed`)
  t.match(JSON.parse((await run(['webhook', 'register', '--json'], env)).out), {
    action: 'move',
    replacedUrl: 'https://moved.example/callbacks'
  })
})

t.test('the names of registered events cannot steer the terminal', async t => {
  partnerCenter.register({ ...others, events: ['referral-created', 'evil\u001b[2J\nline'] })
  const { out } = await run(['webhook', 'status'], env)
  t.notMatch(out, '\u001b')
  t.match(out, /Events +referral-created\n +evil \[2J line\n/)
  await run(['webhook', 'register', '--overwrite'], env)
})

t.test('unregister leaves nothing but test events at most', async t => {
  t.match(await run(['webhook', 'unregister'], env), { code: 0, out: /no events/, note: '' })
  t.same(partnerCenter.registration()?.events, [])
  t.match(await run(['webhook', 'register'], env), { code: 0 })
  partnerCenter.refuseEmptyRegistrations()
  t.match(await run(['webhook', 'unregister'], env), { code: 0, note: /Still registered: test-created/ })
  t.same(partnerCenter.registration()?.events, ['test-created'])
  t.match(JSON.parse((await run(['webhook', 'unregister', '--json'], env)).out), { state: 'none', events: ['test-created'] })
})

t.test('without PUBLIC_URL each command names it', async t => {
  for (const command of ['status', 'register', 'test', 'unregister'])
    t.match(await run(['webhook', command], { ...env, PUBLIC_URL: '' }), { code: 1, out: '', note: /^CONFIG_INVALID: .*PUBLIC_URL/ })
})
