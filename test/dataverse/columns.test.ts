import t, { type Test } from 'tap'
import { columnsFromLead, cutText, otherColumns, textColumns } from '../../src/dataverse/columns.ts'
import { columnsFromCustom } from '../../src/dataverse/custom-columns.ts'
import { referralKey } from '../../src/dataverse/referral-key.ts'
import { requiredColumns } from '../../src/dataverse/required-columns.ts'
import { Failure, type FailureCode } from '../../src/failure.ts'
import { Lead } from '../../src/schemas/lead.ts'

const referralId = '4111fffc-f9ee-4d53-bba6-569135228642'
const failsWith = (t: Test, run: () => unknown, code: FailureCode, says: RegExp): void => {
  try {
    run()
    t.fail(`${code} was expected`)
  } catch (error) {
    t.ok(error instanceof Failure)
    t.match(error, { code, message: says })
  }
}

t.test('every field of a lead has a column', async t => {
  t.strictSame(Object.keys({ ...textColumns, ...otherColumns }).sort(), Object.keys(Lead.properties).sort())
})

t.test('the typed fields become the columns of the lead table', async t => {
  const { columns, notices } = columnsFromLead({
    subject: 'Surface rollout',
    firstName: 'Ada',
    lastName: 'Lovelace',
    companyName: 'Contoso',
    email: 'ada@contoso.example',
    phone: '+44 1',
    mobilePhone: '+44 2',
    jobTitle: 'Buyer',
    website: 'https://contoso.example',
    addressLine1: '1 Main St',
    addressLine2: 'Floor 2',
    city: 'London',
    stateOrProvince: 'LDN',
    postalCode: 'N1',
    country: 'GB',
    estimatedAmount: 1000.5,
    currency: 'GBP',
    estimatedCloseDate: '2026-12-31',
    numberOfEmployees: 30,
    rating: 'Warm',
    description: 'line 1\nline 2'
  })
  t.strictSame(columns, {
    subject: 'Surface rollout',
    firstname: 'Ada',
    lastname: 'Lovelace',
    companyname: 'Contoso',
    emailaddress1: 'ada@contoso.example',
    telephone1: '+44 1',
    mobilephone: '+44 2',
    jobtitle: 'Buyer',
    websiteurl: 'https://contoso.example',
    address1_line1: '1 Main St',
    address1_line2: 'Floor 2',
    address1_city: 'London',
    address1_stateorprovince: 'LDN',
    address1_postalcode: 'N1',
    address1_country: 'GB',
    description: 'line 1\nline 2',
    estimatedamount: 1000.5,
    numberofemployees: 30,
    estimatedclosedate: '2026-12-31',
    leadqualitycode: 2
  })
  t.strictSame(notices, [])
})

t.test('what is absent is not written, and an empty text clears its column', async t => {
  t.strictSame(columnsFromLead({ city: '', jobTitle: '  \n ' }).columns, { address1_city: null, jobtitle: null })
})

for (const [field, { column, maxLength, tooLong }] of Object.entries(textColumns))
  t.test(
    `${field} keeps ${maxLength} characters, and one more is ${tooLong === 'cut' ? 'cut off' : 'too many for the whole value'}`,
    async t => {
      const fits = 'x'.repeat(maxLength)
      t.strictSame(columnsFromLead({ [field]: fits }), { columns: { [column]: fits }, notices: [] })
      const { columns, notices } = columnsFromLead({ [field]: `${fits}y` })
      t.strictSame(columns, tooLong === 'cut' ? { [column]: fits } : {})
      t.strictSame(notices.length, 1)
      t.match(notices[0], `${field} was ${tooLong === 'cut' ? 'cut' : 'left out'}`)
    }
  )

t.test('Dataverse counts UTF-16 code units, and no character is split in two', async t => {
  t.equal(cutText('ab😀', 3), 'ab')
  t.equal(cutText('ab😀', 4), 'ab😀')
  const lastName = columnsFromLead({ lastName: `${'x'.repeat(49)}😀` }).columns.lastname
  t.equal(lastName, 'x'.repeat(49))
  t.match(columnsFromLead({ description: '😀'.repeat(1500) }).columns, { description: '😀'.repeat(1000) })
})

t.test('characters that Dataverse cannot keep are taken out', async t => {
  const { columns } = columnsFromLead({ subject: 'a\u0000b\u000Bc\r\nd\uD800e', description: 'a\u0007b\r\n\tc\uDC00' })
  t.strictSame(columns, { subject: 'abc d\uFFFDe', description: 'ab\r\n\tc\uFFFD' })
})

for (const [name, lead] of [
  ['a negative amount', { estimatedAmount: -1 }],
  ['an amount beyond the column', { estimatedAmount: 1e12 + 1 }],
  ['an amount that is no number', { estimatedAmount: Number.NaN }],
  ['half an employee', { numberOfEmployees: 1.5 }],
  ['too many employees', { numberOfEmployees: 1e9 + 1 }],
  ['a date with a time', { estimatedCloseDate: '2026-12-31T00:00:00Z' }],
  ['a day that no month has', { estimatedCloseDate: '2026-02-30' }],
  ['a month that no year has', { estimatedCloseDate: '2026-13-01' }],
  ['a day before Dataverse begins', { estimatedCloseDate: '1752-12-31' }],
  ['a rating nobody knows', { rating: 'Lukewarm' as 'Warm' }],
  ["a rating of Object's", { rating: 'toString' as 'Warm' }]
] as const)
  t.test(`${name} is left out with a notice`, async t => {
    const { columns, notices } = columnsFromLead(lead)
    t.strictSame(columns, {})
    t.match(notices, [`${Object.keys(lead)[0]} was left out`])
  })

t.test('a new lead gets a topic and a last name when it has none', async t => {
  t.strictSame(requiredColumns({ subject: 'S', lastName: 'L' }, referralId), { columns: {}, notices: [] })
  t.match(requiredColumns({ companyName: 'Contoso' }, referralId), {
    columns: { subject: 'Contoso', lastname: 'Contoso' },
    notices: [/no topic/, /no last name/]
  })
  t.match(requiredColumns({ lastName: ' ' }, referralId).columns, { subject: `Referral ${referralId}`, lastname: 'Unknown' })
  t.equal(requiredColumns({ companyName: 'x'.repeat(80) }, referralId).columns.lastname, 'x'.repeat(50))
})

t.test('custom columns are passed through as they are', async t => {
  const columns = {
    new_region: 'EMEA',
    new_score: 1.5,
    new_isbig: true,
    new_gone: null,
    new_day: '2026-01-02T03:04:05+02:00',
    'new_Region@odata.bind': '/new_regions(4111fffc-f9ee-4d53-bba6-569135228642)',
    'ownerid@odata.bind': 'systemusers(4111fffc-f9ee-4d53-bba6-569135228642)',
    'campaignid@odata.bind': null
  }
  t.strictSame(columnsFromCustom(columns, 'new_referralid'), columns)
})

for (const [name, value, code] of [
  ['New_Region', 'x', 'CRM_COLUMN_UNKNOWN'],
  ['new region', 'x', 'CRM_COLUMN_UNKNOWN'],
  ['1new', 'x', 'CRM_COLUMN_UNKNOWN'],
  ['', 'x', 'CRM_COLUMN_UNKNOWN'],
  ['x'.repeat(101), 'x', 'CRM_COLUMN_UNKNOWN'],
  ['@odata.type', 'x', 'CRM_COLUMN_UNKNOWN'],
  ['@odata.id', 'leads(1)', 'CRM_COLUMN_UNKNOWN'],
  ['new_region@odata.type', 'x', 'CRM_COLUMN_UNKNOWN'],
  ['new_region@odata.bind@odata.bind', 'x', 'CRM_COLUMN_UNKNOWN'],
  ['oDataNextLink', 'x', 'CRM_COLUMN_UNKNOWN'],
  ['new_region_Formatted', 'x', 'CRM_COLUMN_UNKNOWN'],
  ['__proto__', 'x', 'CRM_COLUMN_UNKNOWN'],
  ['emailaddress1', 'x', 'REQUEST_INVALID'],
  ['transactioncurrencyid@odata.bind', '/transactioncurrencies(4111fffc-f9ee-4d53-bba6-569135228642)', 'REQUEST_INVALID'],
  ['new_referralid', 'x', 'REQUEST_INVALID'],
  ['leadid', 'x', 'REQUEST_INVALID'],
  ['statecode', 1, 'REQUEST_INVALID'],
  ['new_region', { a: 1 }, 'VALUE_WRONG_TYPE'],
  ['new_region', ['a'], 'VALUE_WRONG_TYPE'],
  ['new_region', undefined, 'VALUE_WRONG_TYPE'],
  ['new_region', Number.POSITIVE_INFINITY, 'VALUE_WRONG_TYPE'],
  ['new_Region@odata.bind', '/new_regions(1)', 'VALUE_WRONG_TYPE'],
  ['new_Region@odata.bind', 'https://elsewhere.example/new_regions(4111fffc-f9ee-4d53-bba6-569135228642)', 'VALUE_WRONG_TYPE'],
  ['new_Region@odata.bind', '$1', 'VALUE_WRONG_TYPE'],
  ['new_Region@odata.bind', 7, 'VALUE_WRONG_TYPE']
] as const)
  t.test(`a custom column «${name.slice(0, 40)}» of ${JSON.stringify(value)} is refused with ${code}`, async t => {
    const customColumns = Object.fromEntries([[name, value]]) as Record<string, string>
    failsWith(t, () => columnsFromCustom(customColumns, 'new_referralid'), code, /column|lookup/)
  })

t.test('a referral id becomes a key as it is', async t => {
  t.equal(referralKey('new_referralid', referralId), `new_referralid='${referralId}'`)
  t.equal(referralKey('new_referralid', 'A_b.c-1'), "new_referralid='A_b.c-1'")
})

for (const id of [
  '',
  "a'b",
  'a"b',
  'a,b',
  'a#b',
  'a?b',
  'a/b',
  'a%20b',
  'a b',
  'ä',
  'a)',
  'a:b',
  'a\\b',
  'a+b',
  'a&b',
  'a*b',
  'a<b',
  'a\n',
  'x'.repeat(101)
])
  t.test(`the key value ${JSON.stringify(id.slice(0, 12))} is refused`, async t => {
    failsWith(t, () => referralKey('new_referralid', id), 'REFERRAL_ID_MALFORMED', /referral id/)
  })
