import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { objectAt } from '../../src/connector/json.ts'
import { connectorProperties } from '../../src/connector/properties.ts'
import { definition, oauthProperties, properties, stage } from '../power-apps/stage.ts'

t.test('a dry run shows every request, hides every secret, and sends and writes nothing', async t => {
  const { log, folder, settings, write, connector } = await stage(t)
  write('apiProperties.json', oauthProperties())
  const words = ['-s', 'sandbox.json', '--secret', 'do-not-tell', '--dry-run']
  const text = await connector('create', ...words)
  t.match(text, { code: 0, out: /^POST .*\/apis\?api-version=2016-11-01&%24filter=environment%20eq%20%27/m })
  t.notMatch(text.out + text.note, /do-not-tell|sig=|sv=/)

  const { requests } = JSON.parse((await connector('create', ...words, '--json')).out)
  t.same(
    requests.map(({ method, url }: { method: string; url: string }) => `${method} ${new URL(url).pathname}`),
    [
      'POST /providers/Microsoft.PowerApps/objectIds/OBJECT-ID/validateApiSwagger',
      'POST /providers/Microsoft.PowerApps/objectIds/OBJECT-ID/generateResourceStorage',
      'PUT /container/icon.png',
      'PUT /container/script.csx',
      'POST /providers/Microsoft.PowerApps/apis'
    ]
  )
  t.match(requests[0], {
    headers: { authorization: 'Bearer ***', 'x-ms-origin': 'paconn-cli' },
    body: /^the definition «.*»: \d+ operations/
  })
  t.notOk(requests[2].headers.authorization)
  t.match(requests[4].body.properties, {
    connectionParameters: { token: { oAuthSettings: { clientSecret: '***' } } },
    environment: { name: settings.environment },
    displayName: definition.info.title
  })

  write('known.json', { ...settings, connectorId: 'shared_one-5f' })
  t.match(await connector('update', '-s', 'known.json', '--dry-run'), { code: 0, out: /^PATCH .*\/apis\/shared_one-5f\?/m })
  t.match(await connector('download', '-s', 'known.json', '--dry-run'), { code: 0, out: /^GET .*\/apis\/shared_one-5f\?/m })
  t.match(await connector('validate', '-s', 'sandbox.json', '--dry-run'), { code: 0, out: /enableConnectorCertificationRules=true/ })
  t.equal(log.count(), 0, 'nothing was sent')
  t.notOk(existsSync(join(folder, 'settings.json')))
  t.notOk(existsSync(join(folder, 'shared_one-5f')))
  t.notOk(existsSync(join(folder, 'home')))
})

t.test('a way to sign in that nobody has filled in is left out with a note, and needs no secret', async t => {
  const { powerApps, write, connector, signIn } = await stage(t)
  await signIn()
  const own = { properties: objectAt(connectorProperties(), 'properties') }
  write('apiProperties.json', own)
  const created = await connector('create', '-s', 'sandbox.json', '--skip-rules')
  t.match(created, { code: 0, note: /«Microsoft Entra ID» is left out.*clientId/ })
  t.notMatch(JSON.stringify(powerApps.received().at(-1)?.body), /connectionParameterSets|oAuthSettings/)
  t.match(powerApps.received().at(-1)?.body, { properties: { connectionParameters: { host: {}, api_key: {} } } })

  const filled = JSON.parse(JSON.stringify(own).replace('"clientId":""', '"clientId":"app"'))
  write('apiProperties.json', filled)
  t.match(await connector('update', '-s', 'settings.json', '--skip-rules', '--secret', 'keep-me'), { code: 0 })
  const sent = JSON.stringify(powerApps.received().at(-1)?.body)
  t.match(sent, /connectionParameterSets.*"clientSecret":"keep-me"/)
  t.match(JSON.stringify(filled), /"clientId":"app"/, 'the file is as it was')
})

t.test('a secret is asked for when a connector with OAuth is created, and is never sent empty', async t => {
  const { powerApps, log, write, json, connector, signIn } = await stage(t)
  await signIn()
  const secretsOf = () => powerApps.connectors()[0]?.clientSecrets
  const lastBody = () => JSON.stringify(powerApps.received().at(-1)?.body)

  for (const words of [[], ['--secret', '']]) {
    write('apiProperties.json', oauthProperties())
    const refused = await connector('create', '-s', 'sandbox.json', ...words)
    t.match(refused, { code: 1, note: /POWER_APPS_SECRET_MISSING: Please provide OAuth2 client secret using the --secret argument\./ })
  }
  t.equal(log.count(), 0)
  const created = await connector('create', '-s', 'sandbox.json', '--secret', 'keep-me')
  t.match(created, { code: 0 })
  t.notMatch(created.note, /keep-me/)
  t.same(secretsOf(), { token: 'keep-me', 'oauth/token': 'keep-me' })
  t.notMatch(JSON.stringify(json('settings.json')), /keep-me/)

  for (const empty of [undefined, null, '']) {
    write('apiProperties.json', oauthProperties(empty))
    t.match(await connector('update', '-s', 'settings.json'), { code: 0 })
    t.notMatch(lastBody(), /clientSecret/)
  }
  t.match(await connector('update', '-s', 'settings.json', '--secret', ''), {
    code: 0,
    note: /The secret is empty and counts as not given/
  })
  t.same(secretsOf(), { token: 'keep-me', 'oauth/token': 'keep-me' }, 'the stored ones stay')

  powerApps.nextAnswers.next(
    { status: 400, body: { error: { code: 'X', message: 'Bad secret new-one at https://a/b?sig=abc' } } },
    ({ method }) => method === 'PATCH'
  )
  const echoed = await connector('update', '-s', 'settings.json', '--secret', 'new-one')
  t.match(echoed, {
    code: 1,
    note: /POWER_APPS_REFUSED: Updating the connector failed \(.*HTTP 400, X\)\. Bad secret \*\*\* at https:\/\/a\/b\?sig=\*\*\*/
  })
})

t.test('an update without a script takes the script away, and one without an icon leaves the icon', async t => {
  const { powerApps, settings, write, connector, signIn } = await stage(t)
  await signIn()
  await connector('create', '-s', 'sandbox.json')
  const before = powerApps.connectors()[0]?.properties ?? {}
  t.match(before, { iconUri: /icon\.png\?/, scriptDefinitionUrl: /script\.csx\?/ })
  const { icon: _icon, script: _script, ...rest } = settings
  write('less.json', { ...rest, connectorId: powerApps.connectors()[0]?.name, icon: null })
  t.match(await connector('update', '-s', 'less.json'), { code: 0 })
  t.match(powerApps.received().at(-1), { body: { properties: { scriptDefinitionUrl: '', iconUri: undefined } } })
  const after = powerApps.connectors()[0]?.properties ?? {}
  t.match(after, { iconUri: before.iconUri, scriptDefinitionUrl: '' })
  t.match(await connector('download', '-s', 'less.json', '-d', 'there'), { code: 0 })
  t.notOk(existsSync('there/script.csx'))
  t.notMatch(JSON.parse(readFileSync('there/settings.json', 'utf8')), { script: String })
})

t.test('what breaks a rule is not sent, unless --skip-rules says so; what only warns is told', async t => {
  const { powerApps, log, write, connector, signIn } = await stage(t)
  await signIn()
  write('apiDefinition.swagger.json', { ...definition, schemes: ['ftp'] })
  const stopped = await connector('create', '-s', 'sandbox.json')
  t.match(stopped, {
    code: 1,
    note: /^Error : \w+ {2}#\/.*POWER_APPS_RULES_BROKEN: The connector breaks rules in \d+ places; nothing was sent/s
  })
  const validated = await connector('validate', '-s', 'sandbox.json', '--json')
  t.equal(validated.code, 1)
  t.match(JSON.parse(validated.out), { ok: false, findings: [{ level: 'error' }], service: [] })
  t.equal(log.count(), 0)
  t.match(await connector('create', '-s', 'sandbox.json', '--skip-rules'), { code: 0, note: /^Error : .*created successfully\.$/ms })
  t.equal(powerApps.connectors().length, 1)

  write('apiDefinition.swagger.json', { ...definition, info: { ...definition.info, contact: undefined } })
  t.match(await connector('validate', '-s', 'sandbox.json'), { code: 0, note: /^Warning : .*validated successfully\.$/ms })
})

t.test('what the service says of a definition is shown, and decides when it holds an error', async t => {
  const { powerApps, write, connector, signIn } = await stage(t)
  await signIn()
  const says = (answer: { status: number; body: unknown; headers?: Record<string, string> }) =>
    powerApps.nextAnswers.next(answer, ({ url }) => url.includes('validateApiSwagger'))
  const text = JSON.stringify('Warning : One.\r\nError : Two.')
  says({ status: 200, body: text, headers: { 'content-type': 'application/json' } })
  t.match(await connector('validate', '-s', 'sandbox.json'), { code: 1, note: /^Warning : One\.\nError : Two\.$/m })
  says({ status: 200, body: JSON.stringify('Warning : One.'), headers: { 'content-type': 'application/json' } })
  t.match(await connector('validate', '-s', 'sandbox.json'), { code: 0, note: /^Warning : One\.$/m })
  says({ status: 400, body: { error: { code: 'SwaggerCertificationFailedWithErrors', message: 'Failed: \nError : Three.' } } })
  t.match(await connector('validate', '-s', 'sandbox.json'), { code: 1, note: /^Error : Three\.$/m })
  says({ status: 400, body: { error: { code: 'Other', message: 'No.' } } })
  t.match(await connector('validate', '-s', 'sandbox.json'), { code: 1, note: /POWER_APPS_REFUSED: .* No\./ })

  write('apiDefinition.swagger.json', { ...definition, paths: { '/one': { get: { responses: { 200: { description: 'Good.' } } } } } })
  t.match(await connector('validate', '-s', 'sandbox.json', '--skip-rules'), {
    code: 1,
    note: /OperationIdRequired\. The operation 'GET \/one'/
  })
  const created = await connector('create', '-s', 'sandbox.json', '--skip-rules')
  t.match(created, { code: 1, note: /POWER_APPS_REFUSED: Validating the definition failed .*OperationIdRequired/ })
  t.equal(powerApps.connectors().length, 0)
})

t.test('files that cannot be used are named before anything is sent', async t => {
  const { log, settings, write, connector, signIn } = await stage(t)
  await signIn()
  const refusals: [string, Record<string, unknown>, RegExp][] = [
    ['no definition', { apiDefinition: null }, /API Definition must be specified\./],
    ['no properties', { apiProperties: '' }, /API Properties must be specified\./],
    ['a definition that is not there', { apiDefinition: 'gone.json' }, /The API definition «gone\.json» does not exist\./],
    ['a script that is not there', { script: 'gone.csx' }, /The script «gone\.csx» does not exist\./],
    ['a folder', { apiProperties: 'home' }, /The API properties «home» is not a file\./],
    ['no JSON', { apiDefinition: 'script.csx' }, /The API definition «script\.csx» is not JSON in UTF-8\./],
    ['something other than text', { icon: 7 }, /has something other than text under icon\./]
  ]
  for (const [what, change, message] of refusals) {
    write('changed.json', { ...settings, ...change })
    const refused = await connector('create', '-s', 'changed.json')
    t.match(refused, { code: 1, note: message }, what)
    t.match(refused.note, /POWER_APPS_FILE_UNUSABLE/)
  }
  write('no-description.json', { ...definition, info: { ...definition.info, description: undefined } })
  write('changed.json', { ...settings, apiDefinition: 'no-description.json' })
  t.match(await connector('create', '-s', 'changed.json', '--skip-rules'), { code: 1, note: /has no info\.description/ })
  write('bare.json', {})
  write('changed.json', { ...settings, apiProperties: 'bare.json' })
  t.match(await connector('create', '-s', 'changed.json', '--skip-rules'), { code: 1, note: /has no «properties»/ })
  t.equal(log.count(), 0)

  write('changed.json', { ...settings, icon: 'gone.png' })
  t.match(await connector('create', '-s', 'changed.json'), {
    code: 0,
    note: /The icon «gone\.png» does not exist; the connector gets none\./
  })
  write('with-mark.json', `\ufeff${JSON.stringify(definition)}`)
  write('changed.json', { ...settings, apiDefinition: 'with-mark.json' })
  t.match(await connector('create', '-s', 'changed.json', '-w'), { code: 0 }, 'a byte order mark is passed over')
})

t.test('the sandbox refuses stackOwner as Power Apps does', async t => {
  const { powerApps, settings, connector, signIn, json } = await stage(t)
  await signIn()
  const { access_token: token } = json('home/.paconn/accessTokens.json')
  const answer = await fetch(
    `${powerApps.url}/providers/Microsoft.PowerApps/apis?api-version=2016-11-01&$filter=environment eq '${settings.environment}'`,
    { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(properties) }
  )
  t.equal(answer.status, 400)
  t.match(await answer.text(), /Could not find member 'stackOwner' on object of type 'ApiPropertiesDefinition'/)
  t.match(await connector('create', '-s', 'sandbox.json'), { code: 0 }, 'which is why it is left out')
})
