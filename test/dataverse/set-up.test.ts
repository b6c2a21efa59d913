import t, { type Test } from 'tap'
import { type DataverseOptions, dataverseCrm } from '../../src/dataverse/crm.ts'
import { type LocalAnswer, localServer } from '../fixtures/local-server.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const refusal = (status: number, code = '', message = 'because'): LocalAnswer => ({ status, body: { error: { code, message } } })
const done: LocalAnswer = { status: 204 }
const table: LocalAnswer = { body: { LogicalName: 'lead', DisplayName: { UserLocalizedLabel: { Label: 'Lead', LanguageCode: 1031 } } } }
const column: LocalAnswer = { body: { LogicalName: 'new_referralid', AttributeType: 'String' } }
const none = refusal(404, '0x80040217')
const noKeys: LocalAnswer = {
  body: { value: [{ LogicalName: 'other', KeyAttributes: ['new_referralid', 'city'], EntityKeyIndexStatus: 'Active' }] }
}
const key = (state: string | number): LocalAnswer => ({
  body: { value: [{ LogicalName: 'new_referralid_key', KeyAttributes: ['new_referralid'], EntityKeyIndexStatus: state }] }
})

async function start(t: Test, answers: LocalAnswer[], options: Partial<DataverseOptions> = {}) {
  const server = await localServer(t, ...answers)
  const waits: number[] = []
  const lines: string[] = []
  const crm = dataverseCrm({
    url: `${server.url}/`,
    getToken: async () => 'token',
    referralColumn: 'new_referralid',
    log: memoryLog().log,
    wait: async ms => waits.push(ms),
    ...options
  })
  const posted = () => server.received.filter(({ method }) => method === 'POST').map(({ url, body }) => ({ url, body: JSON.parse(body) }))
  return { crm, server, waits, lines, posted, setUp: () => crm.setUp(line => lines.push(line)) }
}

t.test('an environment without anything gets the column and the key, and the setup waits until the key is active', async t => {
  const answers = [table, none, done, noKeys, done, key('Pending'), key('Pending'), key('InProgress'), key('Active')]
  const { setUp, server, waits, lines, posted } = await start(t, answers, { solution: 'contoso_core' })
  await setUp()
  t.strictSame(lines, [
    'The column «new_referralid» was created.',
    'The alternate key on «new_referralid» was created.',
    "The alternate key's index is being built (Pending).",
    "The alternate key's index is being built (InProgress).",
    'The alternate key is active: leads can be written.'
  ])
  t.equal(waits.length, 3)
  const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1031 }] })
  t.match(posted(), [
    {
      url: "/api/data/v9.2/EntityDefinitions(LogicalName='lead')/Attributes",
      body: {
        '@odata.type': 'Microsoft.Dynamics.CRM.StringAttributeMetadata',
        SchemaName: 'new_referralid',
        MaxLength: 100,
        DisplayName: label('Partner Center Referral ID')
      }
    },
    {
      url: "/api/data/v9.2/EntityDefinitions(LogicalName='lead')/Keys",
      body: { SchemaName: 'new_referralid_key', KeyAttributes: ['new_referralid'], DisplayName: label('Partner Center Referral') }
    }
  ])
  for (const { headers } of server.received.filter(({ method }) => method === 'POST'))
    t.equal(headers['mscrm.solutionuniquename'], 'contoso_core')
})

t.test('a second run changes nothing', async t => {
  const { setUp, lines, posted } = await start(t, [table, column, key('Active')])
  await setUp()
  t.strictSame(posted(), [])
  t.strictSame(lines.slice(0, 2), ['The column «new_referralid» is there.', 'The alternate key on «new_referralid» is there.'])
})

t.test('a run that was broken off goes on where it was', async t => {
  const { setUp, posted, server } = await start(t, [table, column, noKeys, done, key(2)])
  await setUp()
  t.match(posted(), [{ url: /Keys$/ }])
  t.notOk(server.received.some(({ headers }) => headers['mscrm.solutionuniquename']))
})

t.test('a column or key that another setup makes in the meantime is as good', async t => {
  const { setUp, posted } = await start(t, [table, none, refusal(400), column, noKeys, refusal(400), key('Active')])
  await setUp()
  t.equal(posted().length, 2)
})

t.test('an index that failed is started once more', async t => {
  const { setUp, posted, lines } = await start(t, [table, column, key('Failed'), key('Failed'), done, key('InProgress'), key('Active')])
  await setUp()
  t.strictSame(posted(), [
    { url: '/api/data/v9.2/ReactivateEntityKey', body: { EntityLogicalName: 'lead', EntityKeyLogicalName: 'new_referralid_key' } }
  ])
  t.match(lines[2], /started once more/)
})

t.test('an index that fails again is a failure that says why', async t => {
  const { setUp } = await start(t, [table, column, key('Failed'), key('Failed'), done, key('Failed')])
  await t.rejects(setUp(), { code: 'CRM_NOT_SET_UP', message: /two leads carry the same referral id/ })
})

t.test('the setup does not wait for ever', async t => {
  const { setUp, waits } = await start(t, [table, column, key('Pending')])
  await t.rejects(setUp(), { code: 'CRM_NOT_SET_UP', message: /after 10 minutes/ })
  t.ok(waits.reduce((sum, ms) => sum + ms, 0) <= 11 * 60 * 1000)
})

for (const [name, answers, code, says] of [
  ['an environment without leads', [none], 'CRM_NOT_SET_UP', /no lead table/],
  ['a column of another type', [table, { body: { AttributeType: 'Lookup' } }], 'CRM_NOT_SET_UP', /not a text column/],
  [
    'a refused column',
    [table, none, refusal(400, '0x80048403', 'The prefix new_ is not valid.'), none],
    'CRM_NOT_SET_UP',
    /could not be created: The prefix new_ is not valid\./
  ],
  [
    'a user who may not customize',
    [table, none, refusal(403, '', 'missing prvCreateAttribute privilege'), none],
    'CRM_DENIED',
    /prvCreateAttribute/
  ],
  ['an error of the server', [refusal(503)], 'CRM_UNREACHABLE', /HTTP 503/]
] as [string, LocalAnswer[], string, RegExp][])
  t.test(`${name} ends the setup with ${code}`, async t => {
    const { setUp } = await start(t, answers)
    await t.rejects(setUp(), { code, message: says })
  })

t.test('the check proves the sign-in and the key', async t => {
  const { crm, server } = await start(t, [{ body: { UserId: '1' } }, key('Active')])
  t.match(await crm.check(), /^Signed in to 127\.0\.0\.1:\d+; the alternate key on «new_referralid» is active\.$/)
  t.match(server.received[0], { method: 'GET', url: '/api/data/v9.2/WhoAmI()' })
})

for (const [name, answers, code, says] of [
  ['a refused sign-in', [refusal(401)], 'CRM_DENIED', /sign-in/],
  ['a user without a role', [refusal(403)], 'CRM_DENIED', /application user/],
  ['a missing key', [{ body: {} }, noKeys], 'CRM_NOT_SET_UP', /no alternate key/],
  ['a key that is not ready', [{ body: {} }, key('InProgress')], 'CRM_NOT_SET_UP', /InProgress, not Active/],
  [
    'a server that is something else',
    [{ body: '<html>', headers: { 'content-type': 'text/html' } }, { body: 'ok' }],
    'CRM_NOT_SET_UP',
    /no alternate key/
  ]
] as [string, LocalAnswer[], string, RegExp][])
  t.test(`the check finds ${name}`, async t => {
    const { crm } = await start(t, answers)
    await t.rejects(crm.check(), { code, message: says })
  })
