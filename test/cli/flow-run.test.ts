import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { FlowActions } from '../../src/flow/flow-definition.ts'
import { run } from '../fixtures/terminal.ts'

const folder = t.testdir()
const packages = join(folder, 'packages')
mkdirSync(packages)
t.equal((await run(['connector', 'package', '--out', packages])).code, 0)
const zip = (name: string): string => join(packages, `${name}.zip`)

/** A flow of one's own as a file. */
function written(name: string, definition: object, connectionReferences: object = {}): string {
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify({ properties: { displayName: name, definition, connectionReferences } }))
  return file
}

async function flowRun(...words: string[]) {
  const { code, out, note } = await run(['flow', 'run', ...words, '--json'])
  return { code, note, out, result: out === '' ? undefined : JSON.parse(out) }
}

for (const [name, billable, writes] of [
  ['referral-to-lead', 3, 1],
  ['callback-to-lead', 5, 1],
  ['callback-to-lead-built-in', 5, 1]
] as const)
  t.test(`${name} makes the lead, and the same once more changes nothing`, async t => {
    const { code, result } = await flowRun(zip(name), '--times', '2')
    t.equal(code, 0)
    t.match(result, {
      ok: true,
      billableActions: billable,
      runs: [{ status: 'Succeeded', billableActions: billable }, { status: 'Succeeded' }],
      lead: { companyname: 'Larkspur Toys Ltd', lastname: 'Olsen', estimatedamount: 84_500 },
      leads: 1,
      requests: { crmWrites: writes, referralWrites: 1 },
      again: { isChanged: false, requests: { crmWrites: 0, referralWrites: 0, tokenRequests: 0 } }
    })
    t.equal(result.referral.externalReferenceId, result.lead.leadid)
    t.equal(result.runs.length, 2, 'the event and its echo')
  })

t.test('referral-to-dataverse writes by the Dataverse connector', async t => {
  const { code, result } = await flowRun(zip('referral-to-dataverse'), '--times', '2')
  t.equal(code, 0)
  t.match(result, {
    ok: true,
    billableActions: 5,
    again: { isChanged: false },
    lead: { subject: /./, lastname: 'Olsen' },
    leads: 1,
    referral: { externalReferenceId: result.lead.leadid }
  })
})

t.test('lead-to-referral carries a change of the lead over, once', async t => {
  const { code, result } = await flowRun(zip('lead-to-referral'), '--times', '2')
  t.equal(code, 0)
  t.match(result, {
    ok: true,
    referral: { dealValue: 91_250, closingDateTime: /^2027-09-30/ },
    requests: { referralWrites: 1 },
    again: { isChanged: false, runs: [{ status: 'Succeeded' }], requests: { referralWrites: 0 } }
  })
  t.match(await flowRun(zip('lead-to-referral'), '--tamper', 'body'), { code: 2, note: /cannot be forged|can be forged/ })
})

t.test('a flow of a solution runs as well, chosen by its name', async t => {
  const { code, note } = await flowRun(zip('flow-solution'))
  t.equal(code, 2)
  t.match(note, /--flow which one/)
  t.match(await flowRun(zip('flow-solution'), '--flow', 'none'), { code: 2, note: /no flow «none»/ })
  const [, name = ''] = /«([^»]*referral → lead)»/.exec(note) ?? []
  t.match(await flowRun(zip('flow-solution'), '--flow', name), { code: 0, result: { flow: name, runs: [{ status: 'Succeeded' }, {}] } })
})

t.test('a forged event comes to nothing', async t => {
  const byFlow = {
    body: 'CALLBACK_SIGNATURE_MISMATCH',
    certificate: 'CERTIFICATE_CHAIN_UNTRUSTED',
    host: 'CERTIFICATE_URL_FOREIGN',
    algorithm: 'CALLBACK_ALGORITHM_UNSUPPORTED'
  }
  for (const [how, failure] of Object.entries(byFlow)) {
    const { code, result } = await flowRun(zip('callback-to-lead'), '--tamper', how)
    t.equal(code, 0, how)
    t.match(result, {
      ok: true,
      refused: true,
      tamper: how,
      lead: undefined,
      requests: { tokenRequests: 0 },
      runs: [{ status: 'Failed', error: { code: failure } }]
    })
  }
  const { code, result } = await flowRun(zip('referral-to-lead'), '--tamper', 'body')
  t.equal(code, 0)
  t.match(result, { refused: true, runs: [], requests: { tokenRequests: 0 } })
})

t.test('other events', async t => {
  const updated = await flowRun(zip('callback-to-lead'), '--event', 'referral-updated')
  t.match(updated, { code: 0, result: { leads: 1 } })
  for (const event of ['test-created', 'related-referral-created'])
    t.match(await flowRun(zip('callback-to-lead'), '--event', event), {
      code: 0,
      result: { runs: [{ status: 'Succeeded' }], leads: 0, requests: { tokenRequests: 0 } }
    })
})

t.test('people get the history, with what every action got and gave', async t => {
  const { code, out } = await run(['flow', 'run', zip('callback-to-lead')])
  t.equal(code, 0, out)
  t.match(out, /^Partner Center callback → lead: referral-created from Partner Center\n/)
  t.match(
    out,
    /Run 1: Succeeded, 5 billable actions\n {2}▸ \S+ {2}Request\n {6}got "«secured»"\n {2}✓ Try {2}Scope {2}Succeeded {2}\(\d+ ms\)\n/
  )
  t.match(out, /\n {4}✓ Validate_the_callback {2}OpenApiConnection .*\n {8}in {2}"«secured»"\n {8}out "«secured»"\n/)
  t.match(out, /companyname +Larkspur Toys Ltd/)
  t.match(out, /externalReferenceId +[0-9a-f-]{36}/)
  t.match(out, /token requests 1 · .* CRM writes 1\./)
})

t.test('what is secured can be looked at, and a key never', async t => {
  const { code, out } = await run(['flow', 'run', zip('callback-to-lead-built-in'), '--reveal'])
  t.equal(code, 0, out)
  t.notMatch(out, /«secured»/)
  t.match(out, /Settings {2}Compose .*\n {6}in {2}\{"serviceUrl":"http:\/\/127\.0\.0\.1:\d+","apiKey":"\*\*\*"\}/)
  t.match(out, /Validate_the_callback {2}Http .*\n.*\n {8}out \{"statusCode":200,"body":\{"valid":true/)
})

const of2019: FlowActions = {
  Password: { type: 'InitializeVariable', inputs: { variables: [{ name: 'p', type: 'String', value: '<<UserPassword>>' }] } },
  Token: {
    type: 'Http',
    runAfter: { Password: ['Succeeded'] },
    inputs: {
      method: 'POST',
      uri: 'https://login.windows.net/common/oauth2/token',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: "grant_type=password&client_id=<<AAD-Application (client) ID>>&\nscope=openid&resource=https://@{uriHost(triggerBody()?['ResourceUri'])}&password=@{variables('p')}&username=<<UserId>>"
    }
  },
  Validate: { type: 'Http', runAfter: { Token: ['Succeeded'] }, inputs: { method: 'POST', uri: '<<CertificateValidationURl>>' } },
  Get: {
    type: 'Http',
    runAfter: { Validate: ['Succeeded'] },
    inputs: {
      method: 'GET',
      uri: "  @{triggerBody()?['ResourceUri']}",
      headers: { Authorization: "Bearer @{body('Token')?['access_token']}" }
    }
  },
  Record: {
    type: 'ApiConnection',
    runAfter: { Get: ['Succeeded'] },
    inputs: {
      host: { connection: { name: "@parameters('$connections')['crm']['connectionId']" } },
      method: 'get',
      path: "/leads/@{encodeURIComponent(encodeURIComponent(body('Get')?['externalReferenceId']))}"
    }
  }
}
const sample2019 = written(
  'Sample of 2019',
  { triggers: { manual: { type: 'Request', kind: 'Http', inputs: { method: 'POST' } } }, actions: of2019 },
  { crm: { connectionName: 'x', id: '/providers/Microsoft.PowerApps/apis/shared_dynamicscrmonline' } }
)

t.test('a flow of 2019 runs up to where it really fails, and its secrets are not shown', async t => {
  const { code, result, out } = await flowRun(sample2019)
  t.equal(code, 1)
  t.match(result, {
    ok: false,
    billableActions: 5,
    notes: [/^Filled in from the sandbox: UserPassword, /, /opened to anyone/, /password alone/],
    runs: [
      {
        status: 'Failed',
        actions: [
          { inputs: { variables: [{ value: '***' }] } },
          { code: 'OK' },
          { outputs: { body: 'OK' } },
          { outputs: { body: { externalReferenceId: null } } },
          { name: 'Record', code: 'BadRequest', error: { code: 'InvalidTemplate', message: /encodeURIComponent/ } }
        ]
      }
    ],
    requests: { tokenRequests: 1, referralReads: 1 }
  })
  t.notMatch(out, /eyJ|Sandbox-password/)
  const people = await run(['flow', 'run', sample2019])
  t.notMatch(people.out, /eyJ|Sandbox-password/)
  t.match(
    await flowRun(sample2019, '--tamper', 'body'),
    { code: 1, result: { ok: false, refused: false } },
    'a forged event gets all the way in'
  )
})

t.test('today such a sign-in is refused', async t => {
  const { code, result } = await flowRun(
    sample2019,
    '--fill',
    'UserId=referrals@contoso-partner.onmicrosoft.com,UserPassword=Sandbox-needs-MFA-1'
  )
  t.equal(code, 1)
  t.match(result.runs[0].actions, [
    {},
    { name: 'Token', status: 'Failed', code: 'BadRequest', error: { message: /AADSTS50076/ } },
    { status: 'Skipped' }
  ])
  t.notMatch(JSON.stringify(result), 'Sandbox-needs-MFA-1')
})

t.test('a flow that does not say who may call it is called in vain', async t => {
  const file = written('Unsaid', {
    triggers: { manual: { type: 'Request', kind: 'Http', inputs: {} } },
    actions: { A: { type: 'Compose', inputs: 1 } }
  })
  const { code, result } = await flowRun(file)
  t.equal(code, 1)
  t.match(result, { ok: false, runs: [], notes: [/answered 401/] })
})

t.test('what a clock starts', async t => {
  const file = written('Nightly', { triggers: { R: { type: 'Recurrence' } }, actions: { A: { type: 'Compose', inputs: 1 } } })
  t.match(await flowRun(file, '--times', '3'), { code: 0, result: { runs: [{ status: 'Succeeded' }], again: { runs: [{}, {}] } } })
})

t.test('what cannot be run says why', async t => {
  const http = (uri: string) => ({
    triggers: { R: { type: 'Recurrence' } },
    actions: { A: { type: 'Http', inputs: { method: 'GET', uri } } }
  })
  const over = (operationId: string) => ({
    triggers: { R: { type: 'Recurrence' } },
    actions: { A: { type: 'OpenApiConnection', inputs: { host: { connectionName: 'c', operationId } } } }
  })
  const teams = { c: { id: '/providers/Microsoft.PowerApps/apis/shared_teams' } }
  const table: [words: string[], note: RegExp][] = [
    [[join(folder, 'none.zip')], /cannot be read/],
    [[written('Broken', { triggers: {} })], /no definition of a flow|is not an object/],
    [
      [written('Unknown', { triggers: { R: { type: 'Recurrence' } }, actions: { A: { type: 'Workflow' } } })],
      /cannot be run here: .*'Workflow'/
    ],
    [[written('Open', http('https://<<HOST>>/'))], /leaves open «HOST»/],
    [[written('Teams', over('PostMessage'), teams)], /«shared_teams» is neither .* PostMessage/],
    [[zip('referral-to-lead'), '--fill', 'X=1'], /no placeholder «X»/],
    [[zip('referral-to-lead'), '--fill', 'X'], /NAME=VALUE/],
    [[zip('referral-to-lead'), '--times', '0'], /--times is a whole number/],
    [[zip('referral-to-lead'), '--times', '2', '--tamper', 'body'], /leave out --times/],
    [[zip('referral-to-lead'), '--referral', join(folder, 'none.json')], /cannot be read as JSON/],
    [[zip('referral-to-lead'), '--event', 'other'], /--event is one of/]
  ]
  for (const [words, note] of table) t.match(await flowRun(...words), { code: 2, note }, words.slice(1).join(' '))
  t.match(await flowRun(written('Elsewhere', http('https://<<HOST>>/')), '--fill', 'HOST=evil.example'), {
    code: 1,
    result: { runs: [{ actions: [{ code: 'HostNotInSandbox' }] }] }
  })
})
