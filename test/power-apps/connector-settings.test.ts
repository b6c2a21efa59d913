import { join } from 'node:path'
import t from 'tap'
import { readSettings, settingsFrom, settingsText } from '../../src/power-apps/connector-settings.ts'

const made = `{
  "connectorId": "shared_one-5f190e9222f2887669-5f39d539149a98086a",
  "environment": "Default-2f3c5f39-5d16-4bd1-ae0b-0f0f5b3e1b0b",
  "apiProperties": "apiProperties.json",
  "apiDefinition": "apiDefinition.swagger.json",
  "icon": "f\\u00fcr/icon.png",
  "powerAppsUrl": "https://api.powerapps.com",
  "powerAppsApiVersion": "2016-11-01",
  "script": "script.csx"
}`

t.test('a file of paconn is read, and written again as it was', async t => {
  const file = join(t.testdir({ 'settings.json': made }), 'settings.json')
  t.equal(settingsText(readSettings(file)), made)
})

t.test('what is missing, empty or null has the value of paconn', async t => {
  const file = join(t.testdir({ 'settings.json': '\ufeff{"connectorId": null, "environment": "", "other": {"x": 1}}' }), 'settings.json')
  const settings = readSettings(file)
  t.same(settings, settingsFrom({}))
  t.match(settings, {
    powerAppsUrl: 'https://api.powerapps.com',
    powerAppsApiVersion: '2016-11-01',
    flowUrl: 'https://api.flow.microsoft.com',
    flowApiVersion: '2016-11-01',
    clientId: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
    tenant: 'common',
    authorityUrl: 'https://login.microsoftonline.com/',
    resource: 'https://service.powerapps.com/'
  })
  t.same(JSON.parse(settingsText(settings)), {
    connectorId: null,
    environment: null,
    apiProperties: null,
    apiDefinition: null,
    icon: null,
    powerAppsUrl: 'https://api.powerapps.com',
    powerAppsApiVersion: '2016-11-01'
  })
})

t.test('addresses of another cloud are kept', async t => {
  const settings = settingsFrom({
    environment: 'e',
    flowUrl: 'https://gov.api.flow.microsoft.us',
    authorityUrl: 'https://login.microsoftonline.us/'
  })
  t.match(JSON.parse(settingsText(settings)), {
    flowUrl: 'https://gov.api.flow.microsoft.us',
    authorityUrl: 'https://login.microsoftonline.us/'
  })
})

t.test('what is no file of settings is refused', async t => {
  const folder = t.testdir({ list: '[]', text: 'x', number: '{"environment": 1}' })
  for (const name of ['list', 'text', 'number', 'gone'])
    t.throws(() => readSettings(join(folder, name)), { code: 'POWER_APPS_FILE_UNUSABLE', message: new RegExp(`«.*${name}»`) })
})
