import t from 'tap'
import { appToken } from '../../src/entra/app-token.ts'
import { userSignIn } from '../../src/entra/user-token.ts'
import type { GetToken, Secrets } from '../../src/ports.ts'
import { startEntra } from '../../src/sandbox/entra/entra.ts'
import { requestLog } from '../../src/sandbox/request-log.ts'
import { certificatePem } from '../fixtures/certificate-pem.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const referralsScope = 'https://api.partner.microsoft.com/.default'
const webhooksScope = 'https://api.partnercenter.microsoft.com/.default'
const crmScope = 'https://contoso.crm.dynamics.com/.default'
const hourMs = 3600_000

/** The sandbox's Entra ID, and what our settings would say to use it. */
async function entra(t: Scope) {
  const clock = { ms: 0 }
  const now = () => new Date(Date.now() + clock.ms)
  const requests = requestLog()
  const sandbox = await startEntra({ log: requests, now })
  t.teardown(() => sandbox.close())
  const { log, lines } = memoryLog()
  const { tenantId, clientId, url: endpoint } = sandbox
  const shared = { authority: 'https://login.microsoftonline.com', endpoint, tenantId, clientId, log, now, timeoutMs: 300 }
  const kept = new Map<string, string>()
  const secrets: Secrets = { get: async name => kept.get(name), put: async (name, value) => void kept.set(name, value) }
  const user = { ...shared, clientSecret: sandbox.clientSecret, refreshToken: sandbox.refreshToken, secrets }
  return { sandbox, clock, requests, lines, shared, user }
}

t.test('a user stays signed in over many hours and a restart, and no refresh token is used twice', async t => {
  const { sandbox, clock, requests, user } = await entra(t)
  sandbox.refuseReusedRefreshTokens(true)
  for (const restart of [0, 1, 2]) {
    const tokenFor = userSignIn(user)
    const [referrals, webhooks] = [tokenFor(referralsScope), tokenFor(webhooksScope)]
    for (let hour = 0; hour < 3; hour++) {
      const [first, second] = await Promise.all([referrals(), webhooks()])
      t.match(sandbox.checkToken(first), { audience: 'https://api.partner.microsoft.com', user: /@/, mfa: true })
      t.match(sandbox.checkToken(second), { audience: 'https://api.partnercenter.microsoft.com', user: /@/, mfa: true })
      t.equal(await referrals(), first)
      clock.ms += hourMs
    }
    t.equal(requests.count({ system: 'entra' }), (restart + 1) * 6, 'one request for each token that was due')
  }
  t.same(new Set(sandbox.tokenRequests().map(({ isRefreshTokenReused }) => isRefreshTokenReused)), new Set([false]))
})

t.test('a sign-in that has ended says so until a new one is set', async t => {
  for (const how of ['expired', 'revoked'] as const) {
    const { sandbox, user } = await entra(t)
    sandbox.endRefreshTokens(how)
    await t.rejects(userSignIn(user)(referralsScope)(), {
      code: 'SIGN_IN_EXPIRED',
      message: how === 'expired' ? /AADSTS700082/ : /AADSTS50173/
    })
    const renewed = userSignIn({ ...user, refreshToken: sandbox.issueRefreshToken() })
    t.ok(sandbox.checkToken(await renewed(referralsScope)()))
  }
})

t.test('a password signs in without MFA, or not at all', async t => {
  const { sandbox, user, lines } = await entra(t)
  const { refreshToken: _, ...rest } = user
  const [modern, legacy] = sandbox.users
  const signIn = (who: object): GetToken => userSignIn({ ...rest, ...who })(referralsScope)
  t.match(sandbox.checkToken(await signIn(legacy ?? {})()), { mfa: false })
  t.match(lines, [{ level: 'warn', message: /MFA/ }])
  await t.rejects(signIn(modern ?? {})(), { code: 'SIGN_IN_EXPIRED', message: /AADSTS50076: multifactor/ })
  await t.rejects(signIn({ ...legacy, password: 'wrong' })(), { code: 'SIGN_IN_REFUSED', message: /AADSTS50126/ })
})

t.test('an application signs in by secret and by certificate, and is refused with the wrong one', async t => {
  const { sandbox, shared } = await entra(t)
  const { key, certificate } = certificatePem()
  const { clientId } = sandbox.registerApplication({ certificatePem: certificate })
  const app = (credential: object): GetToken => appToken({ ...shared, scope: crmScope, ...credential })
  for (const credential of [{ clientSecret: sandbox.clientSecret }, { clientId, certificatePem: key + certificate }])
    t.match(sandbox.checkToken(await app(credential)()), { audience: 'https://contoso.crm.dynamics.com', user: undefined })

  const other = certificatePem()
  for (const [credential, message] of [
    [{ clientSecret: 'wrong' }, /AADSTS7000215/],
    [{ clientId, certificatePem: other.key + other.certificate }, /AADSTS700027/],
    [{ clientId: '2a1c7f10-0a51-4a3c-8f0e-3f2b5c1d9e77', clientSecret: 'x' }, /AADSTS700016/],
    [{ tenantId: 'fabrikam.example', clientSecret: 'x' }, /AADSTS90002/]
  ] as const)
    await t.rejects(app(credential)(), { code: 'SIGN_IN_REFUSED', message })
})

t.test('whatever the weather, a token is got as soon as it clears', async t => {
  const { sandbox, shared } = await entra(t)
  const answers = [
    { status: 503, body: '<html>Service Unavailable</html>' },
    { reset: true },
    { reset: 'mid-body' },
    { stall: true },
    { stall: 'mid-body' },
    { truncate: true }
  ] as const
  for (const answer of answers) {
    const getToken = appToken({ ...shared, scope: crmScope, clientSecret: sandbox.clientSecret })
    sandbox.nextAnswers.next(answer)
    await t.rejects(getToken(), { code: 'SIGN_IN_UNREACHABLE' }, JSON.stringify(answer))
    t.ok(sandbox.checkToken(await getToken()))
  }
})

t.test('when Entra ID asks for a pause it gets one', async t => {
  const { sandbox, clock, requests, shared } = await entra(t)
  const getToken = appToken({ ...shared, scope: crmScope, clientSecret: sandbox.clientSecret })
  sandbox.nextAnswers.next({ status: 429, headers: { 'retry-after': '20' }, body: { error: 'temporarily_unavailable' } })
  await t.rejects(getToken(), { code: 'SIGN_IN_UNREACHABLE', retryAfterMs: 20_000 })
  await t.rejects(getToken(), { code: 'SIGN_IN_UNREACHABLE' })
  t.equal(requests.count(), 1)
  clock.ms += 20_001
  t.ok(sandbox.checkToken(await getToken()))
})

t.test('managed identities of App Service, the own one and a shared one', async t => {
  const { sandbox, shared } = await entra(t)
  const { endpoint, header, systemClientId, userAssignedClientId } = sandbox.managedIdentity
  const before = { ...process.env }
  Object.assign(process.env, { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header })
  t.teardown(() => {
    process.env = before
  })
  const by = (managedIdentity: string, scope = crmScope) => appToken({ ...shared, managedIdentity, scope })
  t.match(sandbox.checkToken(await by('system')()), { audience: 'https://contoso.crm.dynamics.com', appId: systemClientId })
  t.match(sandbox.checkToken(await by(userAssignedClientId)()), { appId: userAssignedClientId })
  t.match(sandbox.checkToken(await by('system', 'https://fabrikam.crm.dynamics.com/.default')()), {
    audience: 'https://fabrikam.crm.dynamics.com'
  })
  await t.rejects(by('5f0b1f0e-6f6a-4c5c-9a59-3d6c7b8a9e01')(), { code: 'SIGN_IN_REFUSED' })
})
