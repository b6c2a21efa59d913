import t from 'tap'
import { DataverseError, dataverseErrorFrom } from '../../src/dataverse/dataverse-error.ts'
import { toFailure } from '../../src/dataverse/to-failure.ts'
import { Failure, type FailureCode } from '../../src/failure.ts'

const now = new Date('2026-01-01T00:00:00Z')
const doing = 'The lead could not be written'
const answer = (status: number, code = '', message = 'Ada Lovelace, ada@contoso.example', headers: Record<string, string> = {}) =>
  Object.assign(new Error(message), { status, statusText: '', code, headers })

const rows: [string, unknown, FailureCode, RegExp][] = [
  ['the limit of requests', answer(429, '0x80072322', '', { 'retry-after': '7' }), 'CRM_BUSY', /number of requests/],
  ['the limit of execution time', answer(429, '0x80072321'), 'CRM_BUSY', /execution time/],
  ['the limit of concurrent requests', answer(429, '0x80072326'), 'CRM_BUSY', /concurrent/],
  ['a limit without a code', answer(429), 'CRM_BUSY', /limits the use/],
  ['a dead token', answer(401), 'CRM_DENIED', /sign-in/],
  [
    'a missing privilege',
    answer(403, '0x80040220', 'Principal user (Id=1) is missing prvCreateLead privilege'),
    'CRM_DENIED',
    /lacks the privilege prvCreateLead\./
  ],
  ['a refusal without a reason', answer(403), 'CRM_DENIED', /refused the application user\./],
  ['a timeout of the server', answer(408), 'CRM_UNREACHABLE', /HTTP 408/],
  ['an error of the server', answer(500, '0x80040216'), 'CRM_UNREACHABLE', /HTTP 500/],
  [
    'an HTML page with 503, whose message the library leaves undefined',
    Object.assign(new Error(), { message: undefined, status: 503, headers: { 'retry-after': '3' } }),
    'CRM_UNREACHABLE',
    /HTTP 503/
  ],
  ['a violated key', answer(412, '0x80060892'), 'CRM_DUPLICATE', /another record/],
  ['a violated key under another status', answer(400, '0x80060892'), 'CRM_DUPLICATE', /another record/],
  ['a duplicate detection rule', answer(412, '0x80040333'), 'CRM_DUPLICATE', /another record/],
  ['a failed precondition without a code', answer(412), 'CRM_DUPLICATE', /there already/],
  [
    'a key that the table does not have',
    answer(400, '0x80060888', "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.lead'. Ensure …"),
    'CRM_NOT_SET_UP',
    /alternate key/
  ],
  [
    'an environment without Sales',
    answer(404, '0x8006088a', "Resource not found for the segment 'leads'."),
    'CRM_NOT_SET_UP',
    /no lead table/
  ],
  [
    'an unknown column',
    answer(400, '0x0', "Microsoft.Crm.CrmException: Invalid property 'new_regoin' was found in entity 'Microsoft.Dynamics.CRM.lead'."),
    'CRM_COLUMN_UNKNOWN',
    /no column «new_regoin»\./
  ],
  [
    'an unknown lookup',
    answer(400, '0x80048d19', "An undeclared property 'new_Regoin' which only has property annotations in the payload …"),
    'CRM_COLUMN_UNKNOWN',
    /«new_Regoin»/
  ],
  [
    'an unknown selected column',
    answer(400, '0x0', "Could not find a property named 'new_x' on type 'lead'."),
    'CRM_COLUMN_UNKNOWN',
    /new_x/
  ],
  ['a missing record', answer(404, '0x80060891'), 'CRM_RECORD_MISSING', /not there/],
  ['a missing record by its id', answer(404, '0x80040217'), 'CRM_RECORD_MISSING', /not there/],
  [
    'a text that is too long',
    answer(
      400,
      '0x80044331',
      "The length of the 'emailaddress1' attribute of the 'lead' entity exceeded the maximum allowed length of '100'."
    ),
    'CRM_VALUE_REFUSED',
    /column «emailaddress1» \(0x80044331\)/
  ],
  ['an invalid argument', answer(400, '0x80040203'), 'CRM_VALUE_REFUSED', /a value \(0x80040203\)/],
  ['a refusal without a code', answer(400), 'CRM_VALUE_REFUSED', /refused a value\./],
  ['a path that is not there', answer(404), 'CRM_UNEXPECTED', /HTTP 404/],
  ['a redirect to a sign-in page', answer(302), 'CRM_UNEXPECTED', /HTTP 302/],
  ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'CRM_UNREACHABLE', /ECONNREFUSED/],
  ['a hung up socket', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }), 'CRM_UNREACHABLE', /ECONNRESET/],
  ['an unknown host', Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' }), 'CRM_UNREACHABLE', /EAI_AGAIN/],
  ['a strange certificate', Object.assign(new Error(), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'CRM_UNREACHABLE', /SELF_SIGNED/],
  ['a certificate of another host', Object.assign(new Error(), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'CRM_UNREACHABLE', /ALTNAME/],
  ['a deadline of ours', Object.assign(new Error(), { code: 'ETIMEDOUT' }), 'CRM_UNREACHABLE', /in time/],
  [
    "an answer that the library's parser trips over",
    new TypeError('Cannot read properties of null'),
    'CRM_UNEXPECTED',
    /could not be read/
  ],
  ['JSON that is cut short', new SyntaxError('Unexpected end of JSON input'), 'CRM_UNEXPECTED', /could not be read/],
  ['a failed batch: an array of errors', [answer(429, '0x80072322')], 'CRM_BUSY', /number of requests/],
  ['an array in an array, the reason not first', [new Error('x'), [answer(403)]], 'CRM_DENIED', /refused/],
  [
    'an item of a batch, its code under .error',
    Object.assign(new Error(), { status: 400, error: { code: '0x80044331', message: "the 'city' attribute" }, headers: {} }),
    'CRM_VALUE_REFUSED',
    /«city» \(0x80044331\)/
  ],
  ['nothing but an error', { error: {} }, 'CRM_UNEXPECTED', /could not be read/],
  ['an empty array', [], 'CRM_UNEXPECTED', /could not be read/],
  ['undefined', undefined, 'CRM_UNEXPECTED', /could not be read/],
  ['a text', 'oh', 'CRM_UNEXPECTED', /could not be read/]
]

for (const [name, thrown, code, says] of rows)
  t.test(`${name} is ${code}`, async t => {
    const failure = toFailure(thrown, doing, now)
    t.equal(failure.code, code)
    t.match(failure.message, says)
    t.match(failure.message, /^The lead could not be written: .*\.$/)
    t.notMatch(failure.message, /Ada|contoso/, "no customer's data is in the message")
    t.type(failure.cause, DataverseError)
  })

t.test('the pause that Dataverse asks for is kept', async t => {
  t.equal(toFailure(answer(429, '', '', { 'retry-after': '7' }), doing, now).retryAfterMs, 7000)
  t.equal(toFailure(answer(503, '', '', { 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }), doing, now).retryAfterMs, 60_000)
  t.equal(toFailure(answer(429, '', '', { 'retry-after': 'soon' }), doing, now).retryAfterMs, undefined)
})

t.test('a failure of the sign-in passes unchanged', async t => {
  const failure = new Failure('SIGN_IN_EXPIRED', 'The sign-in has expired.')
  t.equal(toFailure(failure, doing, now), failure)
})

t.test('the cause keeps the reason and the request id, and no header else', async t => {
  const thrown = answer(400, '0x80040203', 'because', { 'set-cookie': 'session=1', 'x-ms-service-request-id': 'abc' })
  const error = dataverseErrorFrom(thrown, now)
  t.match(error, { message: 'because', status: 400, code: '0x80040203', serviceRequestId: 'abc' })
  t.notMatch(JSON.stringify({ ...error }), /session/)
  t.equal(error.cause, undefined)
  t.equal(dataverseErrorFrom(error, now), error)
  const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
  t.equal(dataverseErrorFrom(reset, now).cause, reset)
  t.equal(dataverseErrorFrom(answer(400, '', 'x'.repeat(9999)), now).message.length, 1000)
})
