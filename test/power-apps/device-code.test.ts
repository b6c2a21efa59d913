import t from 'tap'
import { settingsFrom } from '../../src/power-apps/connector-settings.ts'
import { signInByDeviceCode } from '../../src/power-apps/device-code.ts'
import { openSender } from '../../src/power-apps/open-sender.ts'
import { audienceOf } from '../../src/power-apps/sign-in.ts'
import { startPowerApps } from '../../src/sandbox/power-apps/power-apps.ts'
import { requestLog } from '../../src/sandbox/request-log.ts'
import { type LocalAnswer, localServer, type Scope } from '../fixtures/local-server.ts'

const now = () => new Date('2026-03-01T08:00:00Z')

/** A sign-in at `url` whose waits are written down and not waited for. */
function signInAt(t: Scope, url: string, isV2 = false) {
  const waits: number[] = []
  const shown: string[] = []
  const wait = async (ms: number) => void waits.push(ms)
  const { send, close } = openSender({ note: () => undefined, now, wait })
  t.teardown(close)
  const audience = audienceOf(settingsFrom({ authorityUrl: url }), isV2)
  return { waits, shown, signIn: () => signInByDeviceCode(audience, { send, show: text => void shown.push(text), wait, now }) }
}

async function sandbox(t: Scope, options: { pendingPolls?: number } = {}) {
  const log = requestLog()
  const powerApps = await startPowerApps({ log, now, intervalSeconds: 5, ...options })
  t.teardown(() => powerApps.close())
  return { powerApps, log }
}

for (const isV2 of [false, true])
  t.test(`a confirmed code becomes a token as paconn keeps it, version ${isV2 ? '2.0' : '1.0'}`, async t => {
    const { powerApps, log } = await sandbox(t, { pendingPolls: 3 })
    const { signIn, waits, shown } = signInAt(t, powerApps.url, isV2)
    const token = await signIn()
    t.match(shown, [/^To sign in, use a web browser to open the page .* and enter the code [0-9A-F]{9} to authenticate\.$/])
    t.same(waits, [5000, 5000, 5000])
    t.same(
      new Set(log.all().map(({ path }) => path)),
      new Set(
        isV2
          ? ['/common/oauth2/v2.0/devicecode', '/common/oauth2/v2.0/token']
          : ['/common/oauth2/devicecode?api-version=1.0', '/common/oauth2/token']
      )
    )
    t.match(token, {
      token_type: 'Bearer',
      access_token: String,
      refresh_token: String,
      expires_in: 3599,
      expires_on: now().getTime() / 1000 + 3599,
      resource: 'https://service.powerapps.com/',
      oid: powerApps.signIn.oid,
      user_id: powerApps.signIn.username,
      tenant_id: String,
      is_mrrt: true,
      _client_id: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
      _authority: `${powerApps.url}/common`
    })
    t.notOk('id_token' in token)
  })

t.test('a declined code and one that nobody confirms are told apart', async t => {
  const { powerApps } = await sandbox(t)
  powerApps.signIn.decide('decline')
  const declined = signInAt(t, powerApps.url)
  await t.rejects(declined.signIn(), {
    code: 'POWER_APPS_SIGN_IN_FAILED',
    message: 'Signing in failed (authorization_declined): the sign-in was declined.'
  })
  powerApps.signIn.decide('ignore')
  const ignored = signInAt(t, powerApps.url)
  await t.rejects(ignored.signIn(), { code: 'POWER_APPS_SIGN_IN_FAILED', message: 'The code was not confirmed in time.' })
  t.equal(ignored.waits.length, 180, '900 seconds, every five')
})

t.test('what the other side sends is not believed blindly', async t => {
  const code = { device_code: 'top-secret', message: 'Do so.', interval: '5', expires_in: '20' }
  const pending: LocalAnswer = { status: 400, body: { error: 'authorization_pending', error_description: 'x' } }
  const cases: [string, LocalAnswer[], { code: string; message: string | RegExp }][] = [
    ['no code', [{ body: {} }], { code: 'POWER_APPS_UNEXPECTED', message: /sent no code/ }],
    ['an end in the past', [{ body: { ...code, expires_in: '-1' } }], { code: 'POWER_APPS_UNEXPECTED', message: /sent no code/ }],
    [
      'a refusal',
      [{ status: 400, body: { error: 'unauthorized_client', error_description: 'AADSTS700016: No such.\r\nTrace ID: 1' } }],
      {
        code: 'POWER_APPS_SIGN_IN_FAILED',
        message: 'Asking for a code to sign in with failed (unauthorized_client): AADSTS700016: No such.'
      }
    ],
    [
      'no token',
      [{ body: code }, { body: { token_type: 'Bearer', expires_in: 1 } }],
      { code: 'POWER_APPS_UNEXPECTED', message: /sent no token/ }
    ],
    [
      'a token with a line break',
      [{ body: code }, { body: { token_type: 'Bearer', access_token: 'a\nb', expires_in: 1 } }],
      { code: 'POWER_APPS_UNEXPECTED', message: /sent no token/ }
    ],
    [
      'a token without an end',
      [{ body: code }, { body: { token_type: 'Bearer', access_token: 'a' } }],
      { code: 'POWER_APPS_UNEXPECTED', message: /has no end/ }
    ],
    [
      'an error that repeats the code',
      [{ body: code }, { status: 400, body: { error: 'other', error_description: 'Not top-secret.' } }],
      { code: 'POWER_APPS_SIGN_IN_FAILED', message: 'Signing in failed (other): Not ***.' }
    ],
    [
      'no JSON',
      [{ body: code }, { status: 400, body: '<html>' }],
      { code: 'POWER_APPS_SIGN_IN_FAILED', message: 'Signing in failed (HTTP 400).' }
    ],
    ['pending for ever', [{ body: code }, pending], { code: 'POWER_APPS_SIGN_IN_FAILED', message: /not confirmed in time/ }]
  ]
  for (const [what, answers, failure] of cases) {
    const server = await localServer(t, ...answers)
    await t.rejects(signInAt(t, server.url).signIn(), failure, what)
  }
})

t.test('«slow down» makes every further pause longer', async t => {
  const code = { device_code: 'd', message: 'Do so.', interval: 1, expires_in: 30 }
  const slowDown: LocalAnswer = { status: 400, body: { error: 'slow_down' } }
  const pending: LocalAnswer = { status: 400, body: { error: 'authorization_pending' } }
  const token: LocalAnswer = { body: { token_type: 'Bearer', access_token: 'a.b.c', expires_in: '10' } }
  const { url, received } = await localServer(t, { body: code }, pending, slowDown, pending, token)
  const { signIn, waits } = signInAt(t, url)
  t.match(await signIn(), { access_token: 'a.b.c', resource: 'https://service.powerapps.com/' })
  t.same(waits, [1000, 6000, 6000])
  t.equal(
    received[1]?.body,
    'grant_type=device_code&client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46&resource=https%3A%2F%2Fservice.powerapps.com%2F&code=d'
  )
})
