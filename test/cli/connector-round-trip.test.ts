import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { definition, icon, oauthProperties, properties, script, stage } from '../power-apps/stage.ts'

const filter = (environment: string): string => `?api-version=2016-11-01&%24filter=environment%20eq%20%27${environment}%27`

t.test('a connector is created, updated and downloaded as it was', async t => {
  const { powerApps, log, folder, settings, read, json, connector, asked } = await stage(t)
  const { environment } = settings

  const login = await connector('login', '--settings', 'sandbox.json')
  t.match(login, { code: 0, out: /^To sign in, use a web browser to open the page .* and enter the code/, note: /^Login successful\.$/m })
  t.equal(statSync(join(folder, 'home/.paconn/accessTokens.json')).mode & 0o777, 0o600)
  t.same(asked(), ['POST /common/oauth2/devicecode', 'POST /common/oauth2/token', 'POST /common/oauth2/token'])
  log.clear()

  const validated = await connector('validate', '-s', 'sandbox.json')
  t.match(validated, { code: 0, out: '', note: /^apiDefinition\.swagger\.json validated successfully\.$/m })
  t.match(powerApps.received().at(-1), {
    method: 'POST',
    url: `/providers/Microsoft.PowerApps/objectIds/${powerApps.signIn.oid}/validateApiSwagger?api-version=2016-11-01&enableConnectorCertificationRules=true`,
    headers: { authorization: 'Bearer ***', 'x-ms-origin': 'paconn-cli', 'content-type': 'application/json' },
    body: definition
  })
  log.clear()

  const created = await connector('create', '--settings', 'sandbox.json')
  t.match(created, { code: 0, out: '' })
  const [stored] = powerApps.connectors()
  const id = stored?.name ?? ''
  t.match(created.note, `${id} created successfully.`)
  t.same(asked(), [
    'POST /providers/Microsoft.PowerApps/objectIds/OID/validateApiSwagger',
    'POST /providers/Microsoft.PowerApps/objectIds/OID/generateResourceStorage',
    'PUT /CONTAINER/icon.png',
    'PUT /CONTAINER/script.csx',
    'POST /providers/Microsoft.PowerApps/apis'
  ])
  const [validation, storage, iconPut, scriptPut, creation] = powerApps.received().slice(-5)
  t.match(validation?.url, /validateApiSwagger\?api-version=2016-11-01$/)
  t.same(storage?.body, { environment: { name: environment } })
  t.notOk(storage?.headers['x-ms-origin'], 'paconn does not say its name here')
  t.match(iconPut?.headers, { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2019-02-02', 'x-ms-blob-content-type': 'image/png' })
  t.notOk(iconPut?.headers.authorization, 'the storage gets no token')
  t.notOk(scriptPut?.headers['x-ms-blob-content-type'])
  t.equal(creation?.url, `/providers/Microsoft.PowerApps/apis${filter(environment)}`)
  const { stackOwner: _stackOwner, ...sent } = properties.properties
  const body = creation?.body as { properties: Record<string, string> }
  t.match(body, {
    properties: {
      ...sent,
      openApiDefinition: definition,
      backendService: { serviceUrl: `https://${definition.host}${definition.basePath}` },
      environment: { name: environment },
      displayName: definition.info.title,
      description: definition.info.description
    }
  })
  t.notOk('stackOwner' in body.properties)
  t.equal(json('apiProperties.json').properties.stackOwner, 'Contoso', 'the file keeps it')
  t.same(powerApps.storage.blob(body.properties.iconUri ?? '')?.bytes, icon)
  t.same(powerApps.storage.blob(body.properties.scriptDefinitionUrl ?? '')?.bytes.toString(), script)

  const written = read('settings.json').toString()
  t.same(Object.keys(JSON.parse(written)).slice(0, 8), [
    ...['connectorId', 'environment', 'apiProperties', 'apiDefinition', 'icon', 'powerAppsUrl', 'powerAppsApiVersion', 'script']
  ])
  t.equal(written, JSON.stringify(JSON.parse(written), null, 2))
  t.match(JSON.parse(written), { connectorId: id, environment, icon: 'icon.png', powerAppsApiVersion: '2016-11-01' })
  log.clear()

  const updated = await connector('update', '--settings', 'settings.json')
  t.match(updated, { code: 0, out: '' })
  t.match(updated.note, `${id} updated successfully.`)
  const patch = powerApps.received().at(-1)
  t.match(patch, { method: 'PATCH', url: `/providers/Microsoft.PowerApps/apis/${id}${filter(environment)}` })
  t.notMatch(patch?.body, { properties: { displayName: String } }, 'an update does not rename')
  t.equal(powerApps.connectors().length, 1)
  log.clear()

  const downloaded = await connector('download', '-s', 'settings.json', '--dest', 'new/place')
  t.match(downloaded, { code: 0, out: '' })
  t.match(downloaded.note, `The connector is downloaded to ${process.cwd()}/new/place.`)
  t.same(asked(), [
    `GET /providers/Microsoft.PowerApps/apis/${id}`,
    'GET /CONTAINER/apiDefinition.swagger.json',
    'GET /CONTAINER/icon.png',
    'GET /CONTAINER/script.csx'
  ])
  t.ok(
    powerApps
      .received()
      .slice(-3)
      .every(({ headers }) => headers.authorization === undefined),
    'files are fetched without a token'
  )
  t.same(read('new/place/icon.png'), icon)
  t.equal(read('new/place/script.csx').toString(), script)
  t.same(json('new/place/apiDefinition.swagger.json'), definition)
  t.same(json('new/place/apiProperties.json'), { properties: sent })
  t.notMatch(read('new/place/apiProperties.json').toString(), /[^\n\x20-\x7e]/, 'in ASCII, which paconn reads on any system')
  t.same(json('new/place/settings.json'), json('settings.json'))

  t.match(await connector('logout'), { code: 0, note: 'Logout successful.\n' })
  t.throws(() => statSync(join(folder, 'home/.paconn/accessTokens.json')))
  t.match(await connector('update', '-s', 'settings.json'), {
    code: 1,
    note: /POWER_APPS_NOT_SIGNED_IN: Nobody has signed in\. Sign in first/
  })
  t.match(await connector('logout'), { code: 0, note: 'Nobody had signed in.\n' })
})

t.test('every option of paconn, long and short, leads to the same', async t => {
  const { powerApps, settings, connector, signIn, json, write } = await stage(t)
  await signIn()
  const { environment, powerAppsUrl } = settings
  const place = ['--pau', powerAppsUrl, '--pav', '2016-11-01']
  const files = [
    '--api-prop',
    'apiProperties.json',
    '--api-def',
    'apiDefinition.swagger.json',
    '--icon',
    'icon.png',
    '--script',
    'script.csx'
  ]
  const shortFiles = ['-p', 'apiProperties.json', '-d', 'apiDefinition.swagger.json', '-i', 'icon.png', '-x', 'script.csx']
  const shortPlace = ['-u', powerAppsUrl, '-v', '2016-11-01']

  t.match(await connector('login', '-i', json('home/.paconn/accessTokens.json')._client_id, '-a', powerAppsUrl, '-f'), { code: 0 })
  t.match(
    await connector(
      'login',
      '--clid',
      '11111111-2222-3333-4444-555555555555',
      '--tenant',
      'contoso.com',
      '--authority_url',
      powerAppsUrl,
      '--resource',
      'https://service.powerapps.com/',
      '--force'
    ),
    { code: 0 }
  )
  t.match(json('home/.paconn/accessTokens.json'), {
    _client_id: '11111111-2222-3333-4444-555555555555',
    _authority: `${powerAppsUrl}/contoso.com`
  })
  t.match(await connector('login', '-t', 'common', '-r', 'https://service.powerapps.com/', '-a', powerAppsUrl, '-f'), { code: 0 })

  t.match(await connector('validate', '--api-def', 'apiDefinition.swagger.json', ...place), { code: 0 })
  t.match(await connector('validate', '-d', 'apiDefinition.swagger.json', ...shortPlace), { code: 0 })
  t.match(await connector('create', '--env', environment, ...files, ...place), { code: 0 })
  t.match(await connector('create', '-e', environment, ...shortFiles, ...shortPlace, '-w'), { code: 0 })
  t.match(await connector('create', '-e', environment, ...files, ...place, '--overwrite-settings'), { code: 0 })
  t.equal(powerApps.connectors().length, 3)
  const { name = '' } = powerApps.connectors()[2] ?? {}
  t.equal(json('settings.json').connectorId, name)

  t.match(await connector('update', '--env', environment, '--cid', name, ...files, ...place), { code: 0 })
  t.match(await connector('update', '-e', environment, '-c', name, ...shortFiles, ...shortPlace), { code: 0 })
  t.match(await connector('download', '--env', environment, '--cid', name, '--dest', 'a', ...place), { code: 0 })
  t.match(await connector('download', '-e', environment, '-c', name, '-d', 'a', ...shortPlace, '-w'), { code: 0 })
  t.match(await connector('download', '-e', environment, '-c', name, '-d', 'a', ...place, '--overwrite'), { code: 0 })
  t.match(await connector('download', '-e', environment, '-c', name, ...place), { code: 0 })
  t.same(json(`${name}/apiDefinition.swagger.json`), definition, 'without a place the folder is named after the connector')

  write('apiProperties.json', oauthProperties())
  t.match(await connector('create', '-e', environment, ...files, ...place, '-w', '--secret', 'first'), { code: 0 })
  const { name: oauth = '' } = powerApps.connectors()[3] ?? {}
  t.match(await connector('update', '-e', environment, '-c', oauth, ...files, ...place, '-r', 'second'), { code: 0 })
  t.same(powerApps.connectors()[3]?.clientSecrets, { token: 'second', 'oauth/token': 'second' })
})

t.test('with a settings file the options for ids, files and addresses are ignored', async t => {
  const { powerApps, connector, signIn } = await stage(t)
  await signIn()
  const ignored = [
    '--env',
    'elsewhere',
    '--api-def',
    'nothing.json',
    '--api-prop',
    'nothing.json',
    '--icon',
    'x',
    '--pau',
    'https://nothing.invalid'
  ]
  t.match(await connector('create', '-s', 'sandbox.json', ...ignored), { code: 0 })
  t.equal(powerApps.connectors().length, 1)
  t.match(await connector('update', '-s', 'settings.json', '--cid', 'another', ...ignored), { code: 0 })
})

t.test('what a machine reads stands alone on stdout', async t => {
  const { powerApps, settings, connector } = await stage(t)
  const login = await connector('login', '-s', 'sandbox.json', '--json')
  t.match(JSON.parse(login.out), { user: powerApps.signIn.username, expiresOn: /^20\d\d-/ })
  t.match(login.note, /enter the code/)
  t.same(JSON.parse((await connector('validate', '-s', 'sandbox.json', '--json')).out), { ok: true, findings: [], service: [] })
  const created = JSON.parse((await connector('create', '-s', 'sandbox.json', '--json')).out)
  t.same(created, { connectorId: powerApps.connectors()[0]?.name, environment: settings.environment })
  t.same(JSON.parse((await connector('update', '-s', 'settings.json', '--json')).out), created)
  const downloaded = JSON.parse((await connector('download', '-s', 'settings.json', '-d', 'there', '--json')).out)
  t.match(downloaded, { ...created, folder: /there$/ })
  t.same(downloaded.files, ['apiProperties.json', 'apiDefinition.swagger.json', 'icon.png', 'script.csx', 'settings.json'])
})
