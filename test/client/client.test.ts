import { fileURLToPath } from 'node:url'
import t from 'tap'
import ts from 'typescript'
import { ReferralClientError, referralClient } from '../../src/client/client.ts'
import { localServer } from '../fixtures/local-server.ts'

const referralId = '9f7a2a2e-2a4e-4c7b-8f39-6d7c2c1f7a10'
const path = { referralId }

const problem = {
  type: 'about:blank',
  title: 'Conflict',
  status: 409,
  code: 'REFERRAL_CLOSED',
  detail: 'The referral is closed.',
  advice: 'Leave it as it is.',
  message: 'The referral is closed. (REFERRAL_CLOSED)',
  requestId: 'r-1'
}

t.test('an operation is called with the key, and its answer comes back', async t => {
  const server = await localServer(t, { body: { id: referralId, status: 'New' } })
  const client = referralClient({ baseUrl: `${server.url}/`, apiKey: 'k-1' })
  const { data } = await client.GET('/v1/referrals/{referralId}', { params: { path } })
  t.match(data, { id: referralId, status: 'New' })
  t.match(server.received, [{ method: 'GET', url: `/v1/referrals/${referralId}`, headers: { 'x-api-key': 'k-1' } }])
  t.notOk(server.received[0]?.headers.authorization)
})

t.test('a body is sent as JSON', async t => {
  const server = await localServer(t, { body: { leadId: 'l-1', referralId, outcome: 'created', notices: [] } })
  const client = referralClient({ baseUrl: server.url, apiKey: 'k-1' })
  const { data } = await client.PUT('/v1/leads/{referralId}', {
    params: { path },
    body: { lastName: 'Müller', customColumns: { new_a: 1 } }
  })
  t.equal(data?.outcome, 'created')
  t.match(server.received, [{ method: 'PUT', headers: { 'content-type': 'application/json' } }])
  t.strictSame(JSON.parse(server.received[0]?.body ?? ''), { lastName: 'Müller', customColumns: { new_a: 1 } })
})

t.test('a token is asked for before each request', async t => {
  const server = await localServer(t, { body: { ok: true, caller: 'app', version: '1' } })
  const tokens = ['first', 'second']
  const client = referralClient({ baseUrl: server.url, token: async () => tokens.shift() ?? '' })
  await client.GET('/v1/connection')
  await client.GET('/v1/connection')
  t.strictSame(
    server.received.map(({ headers }) => headers.authorization),
    ['Bearer first', 'Bearer second']
  )
  t.notOk(server.received[0]?.headers['x-api-key'])
})

t.test('an error is thrown with what the service says of it', async t => {
  const server = await localServer(t, { status: 409, headers: { 'content-type': 'application/problem+json' }, body: problem })
  const client = referralClient({ baseUrl: server.url, apiKey: 'k-1' })
  const error = await client
    .PATCH('/v1/referrals/{referralId}', { params: { path }, body: { notes: 'Hello' } })
    .catch((thrown: unknown) => thrown)
  if (!(error instanceof ReferralClientError)) return t.fail('no ReferralClientError was thrown')
  t.equal(error.status, 409)
  t.strictSame(error.problem, problem)
  t.equal(error.message, 'REFERRAL_CLOSED: The referral is closed. Leave it as it is.')
})

t.test('an error of somebody in between is thrown without a problem', async t => {
  for (const body of ['<html>Bad gateway</html>', '', { message: 'no problem details' }]) {
    const server = await localServer(t, { status: 502, body })
    const client = referralClient({ baseUrl: server.url, apiKey: 'k-1' })
    await t.rejects(client.GET('/v1/connection'), { status: 502, problem: undefined, message: 'The service answered 502.' })
  }
})

t.test('the key is not carried along to where a redirect points', async t => {
  const elsewhere = await localServer(t, { body: {} })
  const server = await localServer(t, { status: 307, headers: { location: `${elsewhere.url}/v1/connection` } })
  const client = referralClient({ baseUrl: server.url, apiKey: 'k-1' })
  await t.rejects(client.GET('/v1/connection'), { message: 'The service answered 307.' })
  t.strictSame(elsewhere.received, [])
})

t.test('the types know the paths, the bodies and the answers', async t => {
  const call = (text: string) => `import { referralClient } from './client.ts'
const client = referralClient({ baseUrl: 'http://127.0.0.1', apiKey: 'k' })
const path = { referralId: '' }
${text}`
  const right = "void client.PATCH('/v1/referrals/{referralId}', { params: { path }, body: { status: 'Active' } })"
  const answer = "const { data } = await client.POST('/v1/referrals/{referralId}/sync', { params: { path } })\n"
  const cases: { what: string; text: string; isRight: boolean }[] = [
    { what: 'a call', text: right, isRight: true },
    { what: 'a field of the answer', text: `${answer}export const outcome: string | undefined = data?.outcome`, isRight: true },
    { what: 'another path', text: right.replace('/v1/referrals', '/v1/referral'), isRight: false },
    { what: 'another method', text: right.replace('PATCH', 'DELETE'), isRight: false },
    { what: 'another value', text: right.replace("'Active'", "'Open'"), isRight: false },
    { what: 'another type', text: right.replace("'Active'", '7'), isRight: false },
    { what: 'no parameters', text: right.replace('params: { path }, ', ''), isRight: false },
    { what: 'a field the answer does not have', text: `${answer}export const lead = data?.leads`, isRight: false }
  ]
  const folder = fileURLToPath(new URL('../../src/client/', import.meta.url))
  const texts = new Map(cases.map(({ text }, index) => [`${folder}case-${index}.ts`, call(text)]))
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      module: 'nodenext',
      target: 'ES2023',
      types: ['node'],
      allowImportingTsExtensions: true
    },
    folder
  )
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = name => texts.has(name) || fileExists(name)
  host.readFile = name => texts.get(name) ?? readFile(name)
  host.getSourceFile = (name, version, ...rest) => {
    const text = texts.get(name)
    return text === undefined ? getSourceFile(name, version, ...rest) : ts.createSourceFile(name, text, version)
  }
  const program = ts.createProgram([...texts.keys()], options, host)
  for (const [index, { what, isRight }] of cases.entries()) {
    const found = program.getSemanticDiagnostics(program.getSourceFile(`${folder}case-${index}.ts`))
    const said = found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')).join('; ')
    t.equal(found.length === 0, isRight, `${what}: ${said || 'nothing to say'}`)
  }
})
