import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { ConfidentialClientApplication, type INetworkModule, ManagedIdentityApplication } from '@azure/msal-node'
import forge from 'node-forge'
import t from 'tap'
import { request } from 'undici'
import { crmScope, partnerScope, sandboxEntra } from '../fixtures/sandbox-entra.ts'

t.test('a client assertion is believed when a registered certificate has signed it', async t => {
  const { entra, valid, send } = await sandboxEntra(t)
  const { certificate, privateKey, thumbprint } = selfSigned()
  const app = entra.registerApplication({ certificatePem: certificate })
  const seconds = Math.floor(Date.now() / 1000)
  const header = { alg: 'RS256', typ: 'JWT', 'x5t#S256': thumbprint }
  const payload = {
    aud: `https://login.microsoftonline.com/${entra.tenantId}/oauth2/v2.0/token`,
    iss: app.clientId,
    sub: app.clientId,
    jti: randomUUID(),
    nbf: seconds,
    exp: seconds + 300
  }
  const assertion = (changed: object = {}, head: object = {}, key = privateKey) => {
    const input = [
      { ...header, ...head },
      { ...payload, ...changed }
    ]
      .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
  }
  const ask = async (client_assertion: string) => {
    const { status, body } = await send({ ...valid, client_id: app.clientId, client_secret: undefined, client_assertion })
    return body.error_codes?.[0] ?? status
  }
  t.equal(await ask(assertion()), 200)
  t.equal(await ask(assertion({ iss: entra.clientId })), 700021)
  t.equal(await ask(assertion({ aud: `https://login.microsoftonline.com/${randomUUID()}/v2.0` })), 700023)
  t.equal(await ask(assertion({ exp: seconds - 1000 })), 700024)
  t.equal(await ask(assertion({ nbf: seconds + 1000 })), 700024)
  t.equal(await ask(assertion({}, { 'x5t#S256': 'another' })), 700027)
  t.equal(await ask(assertion({}, { alg: 'none' })), 700027)
  t.equal(await ask(assertion({}, {}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)), 700027)
})

t.test('MSAL signs in with secret, certificate and refresh token', async t => {
  const { entra } = await sandboxEntra(t)
  const { certificate, privateKey, thumbprintHex } = selfSigned()
  const { clientId } = entra.registerApplication({ certificatePem: certificate })
  const client = (auth: object) =>
    new ConfidentialClientApplication({
      auth: { clientId: entra.clientId, authority: `https://login.microsoftonline.com/${entra.tenantId}`, ...auth },
      system: { networkClient: through(entra.url) }
    })
  const bySecret = client({ clientSecret: entra.clientSecret })
  t.match(await bySecret.acquireTokenByClientCredential({ scopes: [crmScope] }), { accessToken: /^ey/, tokenType: 'Bearer' })
  const byCertificate = client({
    clientId,
    clientCertificate: { thumbprintSha256: thumbprintHex, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
  })
  const token = await byCertificate.acquireTokenByClientCredential({ scopes: [crmScope] })
  t.equal(entra.checkToken(token?.accessToken ?? '')?.appId, clientId)
  const user = await bySecret.acquireTokenByRefreshToken({ refreshToken: entra.refreshToken, scopes: [partnerScope], forceCache: true })
  t.equal(user?.account?.username, entra.users[0]?.username)
  const account = user?.account
  if (account) await bySecret.acquireTokenSilent({ account, scopes: [partnerScope], forceRefresh: true })
  t.same(
    entra.tokenRequests().map(({ outcome, isRefreshTokenReused }) => [outcome, isRefreshTokenReused]),
    [
      ['issued', false],
      ['issued', false],
      ['issued', false],
      ['issued', false]
    ],
    'and goes on with the successor'
  )
  entra.endRefreshTokens('expired')
  await t.rejects(
    client({ clientSecret: entra.clientSecret }).acquireTokenByRefreshToken({ refreshToken: entra.refreshToken, scopes: [partnerScope] }),
    /invalid_grant.*AADSTS700082/
  )
})

t.test('an app in App Service gets tokens by its managed identity', async t => {
  const { entra, log } = await sandboxEntra(t)
  const { endpoint, header, systemClientId, userAssignedClientId } = entra.managedIdentity
  const ask = async (query: object, identityHeader = header) => {
    const answer = await request(
      `${endpoint}?${new URLSearchParams({ resource: 'https://contoso.crm.dynamics.com', 'api-version': '2019-08-01', ...query })}`,
      {
        headers: { 'x-identity-header': identityHeader }
      }
    )
    return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, string> }
  }
  const { status, body } = await ask({})
  t.match({ status, body }, { status: 200, body: { token_type: 'Bearer', expires_on: /^\d{10}$/, client_id: systemClientId } })
  t.match(entra.checkToken(body.access_token ?? ''), { audience: 'https://contoso.crm.dynamics.com', appId: systemClientId })
  t.match(await ask({ client_id: userAssignedClientId }), { status: 200, body: { client_id: userAssignedClientId } })
  t.match(await ask({ client_id: randomUUID() }), { status: 400, body: { statusCode: 400, message: /^No User Assigned/ } })
  t.match(await ask({ 'api-version': '2017-09-01' }), { status: 400 })
  t.match(await ask({ resource: '' }), { status: 400 })
  t.match(await ask({}, 'wrong'), { status: 401 })
  t.notMatch(JSON.stringify(log.all()), header)

  process.env.IDENTITY_ENDPOINT = endpoint
  process.env.IDENTITY_HEADER = header
  t.teardown(() => {
    delete process.env.IDENTITY_ENDPOINT
    delete process.env.IDENTITY_HEADER
  })
  const token = await new ManagedIdentityApplication().acquireToken({ resource: crmScope })
  t.equal(entra.checkToken(token.accessToken)?.audience, 'https://contoso.crm.dynamics.com')
})

/** A certificate as an administrator makes one for an app registration. */
function selfSigned() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey.export({ type: 'spki', format: 'pem' }).toString())
  certificate.serialNumber = '01'
  certificate.validity.notBefore = new Date(Date.now() - 60_000)
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000)
  const name = [{ name: 'commonName', value: 'referral-connector' }]
  certificate.setSubject(name)
  certificate.setIssuer(name)
  certificate.sign(forge.pki.privateKeyFromPem(privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()), forge.md.sha256.create())
  const der = forge.asn1.toDer(forge.pki.certificateToAsn1(certificate)).getBytes()
  const thumbprintHex = forge.md.sha256.create().update(der).digest().toHex()
  return {
    certificate: forge.pki.certificateToPem(certificate),
    privateKey,
    thumbprintHex,
    thumbprint: Buffer.from(thumbprintHex, 'hex').toString('base64url')
  }
}

/** MSAL's way to the network, with all requests going to one origin. */
function through(origin: string): INetworkModule {
  const send =
    (method: 'GET' | 'POST') =>
    async (url: string, options: { headers?: Record<string, string>; body?: string } = {}) => {
      const { pathname, search } = new URL(url)
      const answer = await request(origin + pathname + search, {
        method,
        headers: options.headers ?? {},
        ...(options.body && { body: options.body })
      })
      // biome-ignore lint/suspicious/noExplicitAny: MSAL's own signature
      return { status: answer.statusCode, headers: {}, body: (await answer.body.json()) as any }
    }
  return { sendGetRequestAsync: send('GET'), sendPostRequestAsync: send('POST') } as INetworkModule
}
