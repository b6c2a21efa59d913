import t from 'tap'
import { correlationId } from '../../src/partner-center/correlation-id.ts'
import { jsonPatch } from '../../src/partner-center/json-patch.ts'
import { listQuery, nextPage } from '../../src/partner-center/list-query.ts'
import { retryPause } from '../../src/partner-center/retry-pause.ts'
import { safeMessage } from '../../src/partner-center/safe-message.ts'
import { checkTransition } from '../../src/partner-center/status-machine.ts'
import { retryAfterMs } from '../../src/retry-after.ts'
import type { Referral, ReferralQuery } from '../../src/schemas/referral.ts'
import type { ReferralEdits } from '../../src/schemas/referral-edits.ts'

const referral: Referral = {
  id: '4111fffc-f9ee-4d53-bba6-569135228642',
  eTag: '"00006d10-0000-0000-0000-5c70aa630000"',
  status: 'Active',
  substatus: 'Accepted',
  externalReferenceId: null,
  details: { dealValue: 50000, currency: 'USD', closingDateTime: '2026-11-14T00:00:00Z', notes: 'As agreed.' },
  consent: { consentToContact: true }
}

t.test('an edit becomes an operation: replace where the field is, null too, and add where it is not', async t => {
  const of = (edits: ReferralEdits, read: Referral = referral) => jsonPatch(read, edits)
  const only = (op: string, path: string, value: unknown) => [{ op, path, value }]
  for (const [edits, operations] of [
    [{ externalReferenceId: 'lead-1' }, only('replace', '/externalReferenceId', 'lead-1')],
    [{ salesStage: 'Qualify' }, only('add', '/salesStage', 'Qualify')],
    [{ campaignId: 'c' }, only('add', '/campaignId', 'c')],
    [{ referralProgram: 'p' }, only('add', '/referralProgram', 'p')],
    [{ statusReason: 'r' }, only('add', '/statusReason', 'r')],
    [{ dealValue: 10000 }, only('replace', '/details/dealValue', '10000')],
    [{ dealValue: 1234567.89 }, only('replace', '/details/dealValue', '1234567.89')],
    [{ dealValue: 1e12 }, only('replace', '/details/dealValue', '1000000000000')],
    [{ currency: 'eur' }, only('replace', '/details/currency', 'EUR')],
    [{ closingDateTime: '2026-12-01T02:00:00+02:00' }, only('replace', '/details/closingDateTime', '2026-12-01T00:00:00.000Z')],
    [{ notes: 'New.' }, only('replace', '/details/notes', 'New.')],
    [{ consentToShareReferralWithMicrosoftSellers: true }, only('add', '/consent/consentToShareReferralWithMicrosoftSellers', true)]
  ] as [ReferralEdits, object[]][]) {
    t.same(of(edits).operations, operations, JSON.stringify(edits))
    t.same(of(edits).changed, Object.keys(edits))
  }
})

t.test('what is the same already is left out', async t => {
  for (const [edits, read] of [
    [{ status: 'Active', notes: 'As agreed.' }, referral],
    [{ dealValue: 50000 }, referral],
    [{ dealValue: 50000 }, { details: { dealValue: '50000.00' as unknown as number } }],
    [{ currency: 'usd' }, referral],
    [{ closingDateTime: '2026-11-14T01:00:00.000+01:00' }, referral],
    [{}, referral]
  ] as [ReferralEdits, Referral][])
    t.same(jsonPatch(read, edits), { operations: [], changed: [] }, JSON.stringify(edits))
})

t.test('a referral without the parts an edit is about gets them added', async t => {
  // RFC 6902 section 4.1: what a value is added to must exist.
  for (const details of [undefined, null, 'odd'])
    t.same(jsonPatch({ id: 'x', status: 'New', details } as Referral, { dealValue: 1, currency: 'eur', status: 'Active' }), {
      operations: [
        { op: 'replace', path: '/status', value: 'Active' },
        { op: 'add', path: '/details', value: { dealValue: 1, currency: 'EUR' } }
      ],
      changed: ['status', 'dealValue', 'currency']
    })
  t.same(jsonPatch({ consent: null }, { consentToShareReferralWithMicrosoftSellers: true, notes: 'x' }).operations, [
    { op: 'add', path: '/details', value: { notes: 'x' } },
    { op: 'add', path: '/consent', value: { consentToShareReferralWithMicrosoftSellers: true } }
  ])
  t.match(jsonPatch({ details: { dealValue: '' as unknown as number } }, { dealValue: 0 }).changed, ['dealValue'])
})

t.test('closing is two operations of one patch, the status first', async t => {
  t.same(jsonPatch(referral, { substatus: 'Won', status: 'Closed' }).operations, [
    { op: 'replace', path: '/status', value: 'Closed' },
    { op: 'replace', path: '/substatus', value: 'Won' }
  ])
})

t.test('the status machine', async t => {
  const substatusOf: Record<string, string> = { New: 'Pending', Active: 'Accepted', Closed: 'Won' }
  const check = (status: string | null, edits: ReferralEdits) => () =>
    checkTransition({ ...referral, status, substatus: substatusOf[status ?? ''] ?? null }, edits)

  for (const [status, edits] of [
    ['New', { substatus: 'Received' }],
    ['New', { status: 'Active', substatus: 'Accepted' }],
    ['New', { status: 'Closed', substatus: 'Declined' }],
    ['Active', { status: 'Closed', substatus: 'Won' }],
    ['Active', { status: 'Closed', substatus: 'Lost' }],
    ['Active', { status: 'Closed', substatus: 'Error' }],
    ['Active', { notes: 'n' }],
    ['active', { status: 'Closed', substatus: 'Lost' }],
    [null, { notes: 'n' }],
    [null, { status: 'Active', substatus: 'Accepted' }],
    ['SomethingNew', { substatus: 'Won' }]
  ] as [string | null, ReferralEdits][])
    t.doesNotThrow(check(status, edits), `${status} takes ${JSON.stringify(edits)}`)

  for (const [status, edits, message] of [
    ['Active', { status: 'New', substatus: 'Pending' }, /from Active to New/],
    ['New', { status: 'Active' }, /Active needs a substatus with it: Accepted\./],
    ['Active', { status: 'Closed' }, /Closed needs a substatus with it: Won, Lost, Declined, Expired\./],
    ['Active', { substatus: 'Won' }, /Won does not go with the status Active/],
    ['New', { substatus: 'Accepted' }, /Accepted does not go with the status New/],
    ['New', { status: 'Closed', substatus: 'Accepted' }, /does not go with the status Closed/],
    [null, { status: 'Active', substatus: 'Won' }, /does not go/]
  ] as [string | null, ReferralEdits, RegExp][])
    t.throws(check(status, edits), { code: 'REFERRAL_TRANSITION_REFUSED', message }, `${status} refuses ${JSON.stringify(edits)}`)

  for (const edits of [{ notes: 'n' }, { status: 'Active', substatus: 'Accepted' }, { substatus: 'Lost' }] as ReferralEdits[])
    t.throws(check('Closed', edits), { code: 'REFERRAL_CLOSED' })
})

t.test('a query is encoded so that every OData server reads it alike', async t => {
  for (const [query, text] of [
    [{}, ''],
    [{ filter: "status eq 'New'" }, '$filter=status%20eq%20%27New%27'],
    [
      { filter: "team/any(t:t/email eq 'a+b&c@d.example#')" },
      '$filter=team%2Fany%28t%3At%2Femail%20eq%20%27a%2Bb%26c%40d.example%23%27%29'
    ],
    [
      { filter: 'updatedDateTime gt 2026-01-01T00:00:00+02:00', orderBy: 'updatedDateTime asc', top: 10, skip: 0 },
      '$filter=updatedDateTime%20gt%202026-01-01T00%3A00%3A00%2B02%3A00&$orderby=updatedDateTime%20asc&$top=10&$skip=0'
    ],
    [{ filter: "name eq '\ud800'" }, '$filter=name%20eq%20%27%EF%BF%BD%27']
  ] as [ReferralQuery, string][])
    t.equal(listQuery(query), text)
})

t.test('of a next link only the token is taken, letter by letter', async t => {
  for (const [link, token] of [
    ['http://api.partner.microsoft.com/v1.0/referrals?$skiptoken=k181pEdP0ykypkieJfcxX', 'k181pEdP0ykypkieJfcxX'],
    ['https://evil.example/?%24skiptoken=a%2Bb%3D%3D#x', 'a%2Bb%3D%3D'],
    ['?$skipToken=a+b==', 'a+b=='],
    ['referrals?x=1&$skiptoken=t&y=2', 't']
  ] as const)
    t.equal(listQuery({ next: nextPage(link, {}) ?? '' }), `$skiptoken=${token}`, link)
})

t.test('options of ours that the link repeats are sent again, in our own words', async t => {
  const query: ReferralQuery = { filter: "status eq 'New'", orderBy: 'createdDateTime desc', top: 5 }
  const first = nextPage("http://h/r?$filter=status eq 'Closed'&$top=99&$skiptoken=one", query)
  t.equal(listQuery({ next: first ?? '' }), '$filter=status%20eq%20%27New%27&$top=5&$skiptoken=one')
  const second = nextPage('http://h/r?$filter=x&$skiptoken=two', { next: first ?? '' })
  t.equal(listQuery({ next: second ?? '' }), '$filter=status%20eq%20%27New%27&$skiptoken=two')
})

t.test('the last page has no next, and a next page without a token is no last page', async t => {
  for (const link of [undefined, null, '']) t.equal(nextPage(link, {}), undefined)
  for (const link of ['http://h/r?$skip=100', 'http://h/r', 'http://h/r?$skiptoken=', 'http://h/r?$skiptoken=a b', 42])
    t.throws(() => nextPage(link, {}), { code: 'PARTNER_CENTER_UNEXPECTED' }, String(link))
})

t.test('a next that we did not make is refused and never followed', async t => {
  const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  for (const next of [
    'https://evil.example/?$skiptoken=x',
    '',
    'null',
    made(null),
    made({}),
    made({ token: 7 }),
    made({ token: 'a&$filter=x' }),
    made({ token: 'a#b' }),
    made({ token: 'a b' }),
    made({ token: 'a\r\nhost: evil' })
  ])
    t.throws(() => listQuery({ next }), { code: 'REQUEST_INVALID' }, next)
})

t.test("Partner Center's explanation is shown only when it repeats nothing", async t => {
  const sent = {
    dealValue: 1234,
    notes: 'Customer is looking to leverage things',
    team: [{ email: 'jane@contoso.example' }],
    status: 'Closed',
    c: 'US'
  }
  for (const message of ['The field dealValue must be positive.', 'Cannot change to Closed.', 'Country US is not supported.'])
    t.equal(safeMessage(message, sent), message)
  for (const message of [
    'The value 1234 is too small.',
    "Notes 'customer is looking to lev…' are too long.",
    'Contact someone@else.example instead.',
    'Call 0800 123 4567 for help.',
    'x'.repeat(201),
    'two\nlines',
    '',
    undefined,
    { message: 'object' }
  ])
    t.equal(safeMessage(message, sent), undefined, String(message).slice(0, 50))
})

t.test('Retry-After is seconds or an HTTP date', async t => {
  const now = new Date('2026-03-01T08:00:00Z')
  for (const [header, ms] of [
    ['3', 3000],
    [' 120 ', 120_000],
    ['0', 0],
    ['999999999', 86_400_000],
    ['Sun, 01 Mar 2026 08:00:05 GMT', 5000],
    ['Sun, 01 Mar 2026 07:00:00 GMT', 0],
    ['Sun, 99 Mar 2026 07:00:00 GMT', undefined],
    ['2026-03-01T08:00:05Z', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined]
  ] as const)
    t.equal(retryAfterMs(header, now), ms, String(header))
})

t.test('what is asked again, and when', async t => {
  const now = new Date('2026-03-01T08:00:00Z')
  const answer = (status: number, retryAfter?: string) => ({ answer: { status, header: () => retryAfter, body: '' } })
  const error = (code: string) => ({ error: Object.assign(new Error(code), { code }) })
  for (const [outcome, more, pause] of [
    [answer(429, '2'), {}, 2000],
    [answer(503, '5'), {}, 5000],
    [answer(503, '6'), {}, undefined],
    [answer(503), {}, undefined],
    [answer(500, '1'), {}, undefined],
    [answer(429, '1'), { retries: 1 }, 1000],
    [answer(429, '1'), { retries: 2 }, undefined],
    [answer(429, '1'), { isRepeatable: false }, undefined],
    [error('ECONNRESET'), {}, 100],
    [error('UND_ERR_SOCKET'), { retries: 1 }, 300],
    [error('ECONNRESET'), { isRepeatable: false }, undefined],
    [error('ECONNREFUSED'), {}, undefined],
    [error('UND_ERR_HEADERS_TIMEOUT'), {}, undefined],
    [{ error: new Error('other') }, {}, undefined]
  ] as const)
    t.equal(retryPause(outcome, { retries: 0, isRepeatable: true, now, ...more }), pause, JSON.stringify([outcome, more]))
})

t.test('a correlation id is a GUID, the same one for the same id', async t => {
  t.equal(correlationId('4111FFFC-f9ee-4d53-bba6-569135228642'), '4111fffc-f9ee-4d53-bba6-569135228642')
  t.equal(correlationId('req-7'), correlationId('req-7'))
  t.not(correlationId('req-7'), correlationId('req-8'))
  t.match(correlationId('req-7'), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.not(correlationId(undefined), correlationId(undefined))
})
