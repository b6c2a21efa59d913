import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import { startSubscriber } from '../../src/sandbox/subscriber/subscriber.ts'
import { recycledKeys } from '../fixtures/recycled-keys.ts'
import { run } from '../fixtures/terminal.ts'

t.test('an operator sets up, checks, syncs and reads with the commands alone', async t => {
  const sandbox = await startSandbox({ newKeys: recycledKeys() })
  t.teardown(() => sandbox.close())
  const env: Record<string, string> = { ...sandbox.settings, DATA_DIR: t.testdir() }
  const id = String(sandbox.partnerCenter.createReferral().id)

  await t.test('doctor says what is missing, with code and advice', async t => {
    const { code, out, note } = await run(['doctor'], env)
    t.equal(code, 1)
    t.match(out, /ok +Signing certificate/)
    t.match(out, /ok +Partner Center/)
    t.match(out, /NO +CRM/)
    t.match(note, /CRM_NOT_SET_UP: .*setup dataverse/)
  })

  await t.test('setup dataverse makes the column and the key, and may run again', async t => {
    t.match(await run(['setup', 'dataverse'], env), { code: 0, out: 'Dataverse is ready.\n' })
    t.match(await run(['setup', 'dataverse'], env), { code: 0 })
  })

  await t.test('then doctor finds everything in order', async t => {
    const { code, out } = await run(['doctor', '--json'], env)
    t.equal(code, 0, out)
    t.ok(JSON.parse(out).every((finding: { ok: boolean }) => finding.ok))
    for (const secret of ['PARTNER_CENTER_CLIENT_SECRET', 'PARTNER_CENTER_REFRESH_TOKEN', 'ENCRYPTION_KEY'])
      t.notOk(out.includes(String(env[secret])), secret)
  })

  await t.test('where flows are to do the syncing, doctor misses one', async t => {
    const { code, out } = await run(['doctor'], { ...env, SYNC_BY: 'flow' })
    t.equal(code, 1)
    t.match(out, /NO +Flows +SYNC_BY is flow, and no flow is subscribed/)
  })

  await t.test('sync makes the lead and writes back; a second one has nothing to do', async t => {
    const first = await run(['sync', id, '--json'], env)
    t.match(JSON.parse(first.out), { outcome: 'synchronized', lead: 'created', writeBack: 'written' })
    t.equal(sandbox.dataverse.leads().length, 1)
    t.match(await run(['sync', id], env), { code: 0, out: /^Nothing to do/ })
  })

  await t.test('sync of an id that is none, or of no referral, says so', async t => {
    t.match(await run(['sync', 'not-a-guid'], env), { code: 2, out: '', note: /is a GUID/ })
    t.match(await run(['sync', '00000000-0000-4000-8000-000000000000'], env), { code: 1, out: '', note: /^REFERRAL_NOT_FOUND/ })
  })

  await t.test('referral get and list show what Partner Center has', async t => {
    t.match(JSON.parse((await run(['referral', 'get', id], env)).out), { id, status: 'New' })
    t.match((await run(['referral', 'list', '--filter', "status eq 'New'"], env)).out, id)
    t.match(await run(['referral', 'list', '--filter', "status eq 'Closed'"], env), { code: 0, out: '', note: /No referral/ })
    t.match(JSON.parse((await run(['referral', 'list', '--top', '1', '--json'], env)).out), { value: [{ id }] })
  })

  await t.test('what a customer wrote cannot steer the terminal', async t => {
    const steering = 'Evil\u001b[2J\u009b2J\r\nnext\u202e'
    const { id } = sandbox.partnerCenter.createReferral({ name: steering, customerProfile: { name: steering } })
    const list = await run(['referral', 'list', '--filter', `id eq '${id}'`], env)
    const got = await run(['referral', 'get', String(id)], env)
    for (const { out } of [list, got]) t.notMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    t.match(list.out, `${id}`)
    t.equal(JSON.parse(got.out).name, steering, 'JSON says the same')
    t.equal(list.out.split('\n').filter(line => line.includes('next')).length, 1)
    t.match(list.out, /Evil \[2J 2J next/)
  })

  await t.test('keys are made, listed without their secret, and revoked', async t => {
    const { out } = await run(['key', 'create', 'flow'], env)
    const [, keyId] = /^rc_([0-9a-f]+)_\S+\n$/.exec(out) ?? []
    t.ok(keyId)
    const list = await run(['key', 'list'], env)
    t.match(list.out, `${keyId}`)
    t.notMatch(list.out, out.trim())
    t.match(await run(['key', 'revoke', `${keyId}`], env), { code: 0 })
    t.match(await run(['key', 'revoke', `${keyId}`], env), { code: 1, note: /no key/ })
  })
})

t.test('validate-callback proves a recorded request, and refuses it when a byte differs', async t => {
  const sandbox = await startSandbox({ newKeys: recycledKeys() })
  t.teardown(() => sandbox.close())
  const subscriber = await startSubscriber({ log: sandbox.requests })
  t.teardown(() => subscriber.close())
  sandbox.partnerCenter.register({ webhookUrl: subscriber.url, events: ['referral-created'], signatureInMsHeader: true })
  const { id } = sandbox.partnerCenter.createReferral()
  await sandbox.partnerCenter.idle()
  const { headers, body } = subscriber.received[0] ?? {}
  const folder = t.testdir()
  const [headersFile, bodyFile] = [join(folder, 'request.headers'), join(folder, 'request.body')]
  writeFileSync(
    headersFile,
    Object.entries(headers ?? {})
      .map(([name, value]) => `${name}: ${value}`)
      .join('\r\n')
  )
  writeFileSync(bodyFile, JSON.stringify(body))

  const good = await run(['validate-callback', headersFile, bodyFile, '--json'], sandbox.settings)
  t.match(JSON.parse(good.out), { valid: true, event: { name: 'referral-created', referralId: id }, matched: 'as-sent' })
  t.match((await run(['validate-callback', headersFile, bodyFile], sandbox.settings)).out, /signed by/)

  writeFileSync(bodyFile, JSON.stringify(body, null, 2))
  t.match(await run(['validate-callback', headersFile, bodyFile], sandbox.settings), {
    code: 1,
    out: '',
    note: /^CALLBACK_SIGNATURE_MISMATCH/
  })
  const flowed = await run(['validate-callback', headersFile, bodyFile, '--reserialized', '--json'], sandbox.settings)
  t.match(JSON.parse(flowed.out), { matched: 'compact' })
  t.match(await run(['validate-callback', headersFile, bodyFile, '--at', '2046-01-01'], sandbox.settings), {
    code: 1,
    note: /^CERTIFICATE_EXPIRED/
  })
  t.match(await run(['validate-callback', headersFile, bodyFile], { ...sandbox.settings, CALLBACK_ROOTS: '' }), {
    code: 1,
    note: /^CERTIFICATE_CHAIN_UNTRUSTED/
  })
})

t.test('connector check finds the committed files fresh and within the rules, and names what breaks them elsewhere', async t => {
  t.match(await run(['connector', 'check']), { code: 0, out: /within the rules/ })
  const file = join(t.testdir({ 'broken.json': '{"swagger":"2.0","paths":{}}' }), 'broken.json')
  const { code, out } = await run(['connector', 'check', file, '--json'])
  t.equal(code, 1)
  t.ok(JSON.parse(out).findings.some(({ rule }: { rule: string }) => rule === 'InfoIncomplete'))
})
