import t from 'tap'
import { updateCommand } from '../../src/cli/commands/connector-publish.ts'
import { answering, runCommand, stage } from '../power-apps/stage.ts'

const atOnce = { headers: { 'retry-after': '0' } }

t.test('a refusal for now is waited out, for creating too', async t => {
  const { powerApps, connector, signIn, asked } = await stage(t)
  await signIn()
  powerApps.nextAnswers.next({ status: 429, ...atOnce }, ({ method, url }) => method === 'POST' && url.includes('/apis?'))
  powerApps.nextAnswers.next({ status: 503, ...atOnce }, ({ method, url }) => method === 'POST' && url.includes('/apis?'))
  powerApps.nextAnswers.next({ status: 500, ...atOnce }, ({ method }) => method === 'PUT')
  powerApps.nextAnswers.next({ status: 502, ...atOnce }, ({ url }) => url.includes('generateResourceStorage'))
  const created = await connector('create', '-s', 'sandbox.json')
  t.match(created, { code: 0, note: /answered HTTP 429; asking again in 0 s\./ })
  t.equal(asked().filter(line => line === 'POST /providers/Microsoft.PowerApps/apis').length, 3)
  t.equal(powerApps.connectors().length, 1)
})

t.test('a connector that may have been created is not created twice', async t => {
  const { powerApps, connector, signIn, asked } = await stage(t)
  await signIn()
  const isCreation = ({ method, url }: { method: string; url: string }) => method === 'POST' && url.includes('/apis?')
  powerApps.nextAnswers.next({ status: 500, body: { error: { code: 'InternalServerError', message: 'Oops.' } } }, isCreation)
  t.match(await connector('create', '-s', 'sandbox.json'), {
    code: 1,
    note: /POWER_APPS_OUTCOME_UNKNOWN: Creating the connector failed \(127.*HTTP 500, InternalServerError\)\. Oops\. The connector may have been created/
  })
  powerApps.nextAnswers.next({ reset: 'mid-body' }, isCreation)
  t.match(await connector('create', '-s', 'sandbox.json'), { code: 1, note: /POWER_APPS_OUTCOME_UNKNOWN: .* cannot be reached/ })
  t.equal(asked().filter(line => line === 'POST /providers/Microsoft.PowerApps/apis').length, 2)
  t.equal(powerApps.connectors().length, 1, 'the second one was')
})

t.test('an update is repeated through a bad connection, and given up after a while', async t => {
  const { powerApps, connector, env, signIn } = await stage(t)
  await signIn()
  await connector('create', '-s', 'sandbox.json')
  const isUpdate = ({ method }: { method: string }) => method === 'PATCH'
  const waits: number[] = []
  const wait = async (ms: number) => void waits.push(ms)
  const command = updateCommand({ prompt: () => answering(), wait })
  powerApps.nextAnswers.next({ reset: true }, isUpdate)
  powerApps.nextAnswers.next({ status: 500 }, isUpdate)
  powerApps.nextAnswers.next({ status: 429, headers: { 'retry-after': '30' } }, isUpdate)
  t.match(await runCommand(command, ['-s', 'settings.json'], env), { code: 0 })
  t.same(waits, [1000, 2000, 30_000])
  powerApps.nextAnswers.next({ status: 503, times: 10 }, isUpdate)
  await t.rejects(runCommand(command, ['-s', 'settings.json'], env), { code: 'POWER_APPS_BUSY' })
  t.same(waits.slice(3), [1000, 2000, 4000, 8000])
  powerApps.nextAnswers.clear()
  powerApps.nextAnswers.next({ status: 429, headers: { 'retry-after': '3600' } }, isUpdate)
  await t.rejects(runCommand(command, ['-s', 'settings.json'], env), { code: 'POWER_APPS_BUSY', retryAfterMs: 3_600_000 })
  t.equal(waits.length, 7, 'nobody waits for an hour')
})

t.test('a refused update says what the service says', async t => {
  const { powerApps, connector, signIn } = await stage(t)
  await signIn()
  await connector('create', '-s', 'sandbox.json')
  const refusals: [number, RegExp][] = [
    [400, /POWER_APPS_REFUSED/],
    [403, /POWER_APPS_DENIED/],
    [404, /POWER_APPS_NOT_FOUND/],
    [409, /POWER_APPS_REFUSED/]
  ]
  for (const [status, code] of refusals) {
    powerApps.nextAnswers.next({ status, body: { error: { code: 'SomeCode', message: 'So it is.' } } }, ({ method }) => method === 'PATCH')
    const { code: exit, note } = await connector('update', '-s', 'settings.json')
    t.equal(exit, 1)
    t.match(note, code)
    t.match(note, `HTTP ${status}, SomeCode). So it is.`)
  }
  powerApps.nextAnswers.next({ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, ({ method }) => method === 'PATCH')
  t.match(await connector('update', '-s', 'settings.json'), { code: 1, note: /POWER_APPS_UNEXPECTED.*HTTP 302/ }, 'no redirect is followed')
})

t.test('files go to a blob storage only, and come from one only', async t => {
  const { powerApps, connector, write, json, signIn } = await stage(t)
  await signIn()
  const isStorage = ({ url }: { url: string }) => url.includes('generateResourceStorage')
  for (const host of [
    'https://evil.example/c',
    'https://account.blob.core.windows.net.evil.example/c',
    'http://account.blob.core.windows.net/c'
  ]) {
    powerApps.nextAnswers.next({ status: 200, body: { sharedAccessSignature: `${host}?sv=1&sig=top-secret` } }, isStorage)
    const refused = await connector('create', '-s', 'sandbox.json')
    t.match(refused, { code: 1, note: /POWER_APPS_ADDRESS_REFUSED: The place for the files/ }, host)
    t.notMatch(refused.note, /top-secret/)
  }
  t.match(await connector('create', '-s', 'sandbox.json'), { code: 0 })
  const { connectorId } = json('settings.json')
  const registration = (more: object) => ({
    status: 200,
    body: { name: connectorId, properties: { iconBrandColor: '#0b6a5b', ...more } }
  })
  const isRead = ({ method, url }: { method: string; url: string }) => method === 'GET' && url.includes(`/apis/${connectorId}`)
  powerApps.nextAnswers.next(registration({ apiDefinitions: { originalSwaggerUrl: 'https://evil.example/a?sig=top-secret' } }), isRead)
  const foreign = await connector('download', '-s', 'settings.json', '-d', 'one')
  t.match(foreign, { code: 1, note: /POWER_APPS_ADDRESS_REFUSED: The address of the definition is at evil\.example/ })
  t.notMatch(foreign.note, /top-secret/)
  powerApps.nextAnswers.next(registration({ scriptDefinitionUrl: 'https://evil.example/a' }), isRead)
  t.match(await connector('download', '-s', 'settings.json', '-d', 'one'), { code: 1, note: /The address of the script is at evil/ })
  powerApps.nextAnswers.next(registration({ iconUri: 'https://cdn.example/default.png' }), isRead)
  t.match(await connector('download', '-s', 'settings.json', '-d', 'one'), {
    code: 0,
    note: /The icon is at cdn\.example.* It is left out\./
  })
  t.match(json('one/settings.json'), { icon: null, apiDefinition: null })

  write('far.json', { ...json('settings.json'), powerAppsUrl: 'http://api.powerapps.com' })
  t.match(await connector('update', '-s', 'far.json'), {
    code: 1,
    note: /ADDRESS_REFUSED: The address of Power Apps must be a plain https address/
  })
  t.match(await connector('login', '-a', 'http://login.example/', '-f'), { code: 1, note: /ADDRESS_REFUSED: The authority must be/ })
})

t.test('a token that is not accepted is renewed once, and the request sent again', async t => {
  const { powerApps, log, connector, json, signIn } = await stage(t)
  await signIn()
  const before = json('home/.paconn/accessTokens.json')
  powerApps.nextAnswers.next({ status: 401 }, ({ method, url }) => method === 'POST' && url.includes('/apis?'))
  t.match(await connector('create', '-s', 'sandbox.json'), { code: 0 })
  t.equal(
    log.count(({ path }) => path.endsWith('/token')),
    1
  )
  t.not(json('home/.paconn/accessTokens.json').access_token, before.access_token)
  powerApps.nextAnswers.next({ status: 401, times: 2 }, ({ method }) => method === 'PATCH')
  t.match(await connector('update', '-s', 'settings.json'), { code: 1, note: /POWER_APPS_NOT_SIGNED_IN: Updating the connector failed/ })
  powerApps.signIn.revoke()
  t.match(await connector('update', '-s', 'settings.json'), {
    code: 1,
    note: /POWER_APPS_NOT_SIGNED_IN: Renewing the sign-in failed \(invalid_grant\): AADSTS70000: Provided grant is invalid or malformed\. Sign in first/
  })
})
