import t from 'tap'
import { evaluate } from '../../../src/flow/expression/evaluate.ts'
import type { Json } from '../../../src/flow/json.ts'
import { scopeWith } from '../fixtures/scope.ts'

const scope = scopeWith({ variables: { Object: { a: 1, b: { c: null } }, List: [3, 1, 2], Texts: ['b', 'a'], None: [] } })

const tables: Record<string, [expression: string, expected: Json][]> = {
  'comparisons are strict about types': [
    ["equals('', null)", false],
    ['equals(null, null)', true],
    ["equals('1', 1)", false],
    ["equals('a', 'A')", false],
    ['equals(createArray(1, json(\'{"a":1,"b":2}\')), createArray(1, json(\'{"b":2,"a":1}\')))', true],
    ["equals('Closed', '''Closed''')", false],
    ['greater(2, 1)', true],
    ['greaterOrEquals(1, 1)', true],
    ["less('a', 'b')", true],
    ['lessOrEquals(2, 1)', false],
    ['and(equals(1,1), not(equals(1,2)))', true],
    ['or(equals(1,2), equals(1,1))', true],
    ["coalesce(null, '', 'x')", ''],
    ['coalesce(null, null)', null],
    ["isInt('-12')", true],
    ["isInt('1.5')", false],
    ["isFloat('1.5e3')", true]
  ],
  texts: [
    ["concat('a', null, 1, equals(1,1))", 'a1True'],
    ['concat(createArray(1), createArray(2))', [1, 2]],
    ["toLower('ÄB')", 'äb'],
    ["trim('  a ')", 'a'],
    ["replace('a.b.a', 'a', '$&')", '$&.b.$&'],
    ["split('a,b,,c', ',')", ['a', 'b', '', 'c']],
    ["substring('hello', 1, 3)", 'ell'],
    ["substring('hello', 1)", 'ello'],
    ["slice('hello', -3)", 'llo'],
    ["startsWith('Referral-Created', 'referral-')", true],
    ["endsWith('abc', 'BC')", true],
    ["indexOf('Hello', 'L')", 2],
    ["lastIndexOf('Hello', 'l')", 3],
    ["nthIndexOf('123456789123465789', '1', 2)", 9],
    ["nthIndexOf('12', '3', 1)", -1],
    ['guid()', '01234567-89ab-4cde-8f01-23456789abcd'],
    ["guid('N')", '0123456789ab4cde8f0123456789abcd']
  ],
  'lists and objects': [
    ['empty(null)', true],
    ["empty('')", true],
    ["empty(variables('None'))", true],
    ["empty(json('{}'))", true],
    ["empty(variables('Object'))", false],
    ["length('abc')", 3],
    ["first(variables('List'))", 3],
    ["first(variables('None'))", null],
    ["last('abc')", 'c'],
    ["contains(variables('List'), 2)", true],
    ["contains(variables('Object'), 'b')", true],
    ["contains('Abc', 'b')", true],
    ["contains('Abc', 'B')", false],
    ["join(variables('List'), '-')", '3-1-2'],
    ["skip(variables('List'), 1)", [1, 2]],
    ["take(variables('List'), 2)", [3, 1]],
    ["sort(variables('List'))", [1, 2, 3]],
    ["reverse(variables('Texts'))", ['a', 'b']],
    ['range(2, 3)', [2, 3, 4]],
    ["chunk(variables('List'), 2)", [[3, 1], [2]]],
    ["chunk('abcde', 2)", ['ab', 'cd', 'e']],
    ['union(createArray(1, 2), createArray(2, 3))', [1, 2, 3]],
    ['intersection(createArray(1, 2), createArray(2, 3))', [2]],
    ["setProperty(json('{\"a\":1}'), 'a', 2)", { a: 2 }],
    ["addProperty(json('{}'), 'a', null)", { a: null }],
    ['removeProperty(json(\'{"a":1,"b":2}\'), \'a\')', { b: 2 }],
    ["array('x')", ['x']],
    ["min(variables('List'))", 1],
    ['max(1, 5, 3)', 5]
  ],
  'numbers and conversions': [
    ['div(7, 2)', 3],
    ['div(7.5, 2)', 3.75],
    ['mod(7, 3)', 1],
    ['add(sub(5, 2), mul(2, 3))', 9],
    ["int(' 12 ')", 12],
    ["float('1.50')", 1.5],
    ["bool('TRUE')", true],
    ['bool(0)', false],
    ['string(null)', ''],
    ['string(equals(1,2))', 'False'],
    ["string(variables('Object'))", '{"a":1,"b":{"c":null}}'],
    ['json(\'[1,"a"]\')', [1, 'a']],
    ["base64('é')", 'w6k='],
    ["base64(variables('List'))", 'WzMsMSwyXQ=='],
    ["base64ToString('w6k=')", 'é'],
    ["decodeBase64('w6k=')", 'é'],
    ["binary('a')", { '$content-type': 'application/octet-stream', $content: 'YQ==' }],
    ["json(base64ToBinary('eyJhIjoxfQ=='))", { a: 1 }],
    ["dataUriToString(dataUri('hé'))", 'hé']
  ],
  addresses: [
    ["uriComponent('a b/(c)*''ü')", 'a%20b%2F%28c%29%2A%27%C3%BC'],
    ["encodeURIComponent('x y')", 'x%20y'],
    ["decodeUriComponent('x%20y')", 'x y'],
    ["uriHost('https://www.localhost.example:8080/a?b=c')", 'www.localhost.example'],
    ["uriPath('https://h.example/a/b?c=d')", '/a/b'],
    ["uriPathAndQuery('https://h.example/a?c=d')", '/a?c=d'],
    ["uriPort('https://h.example/')", 443],
    ["uriScheme('https://h.example/')", 'https']
  ],
  times: [
    ['utcNow()', '2026-03-04T05:06:07.0890000Z'],
    ["utcNow('yyyy-MM-dd')", '2026-03-04'],
    ["formatDateTime('2018-03-15T13:27:36Z')", '2018-03-15T13:27:36.0000000Z'],
    ["formatDateTime('2018-03-15T13:27:36+02:00', 's')", '2018-03-15T11:27:36'],
    ["formatDateTime('2018-03-05 03:07', 'ddd d MMM yy h:m:ss tt')", 'Mon 5 Mar 18 3:7:00 AM'],
    ["formatDateTime('2018-03-05', 'dddd, MMMM dd''th'' \\d')", 'Monday, March 05th d'],
    ["formatDateTime('2018-03-05T00:00:00.120Z', 'fff FFF K zzz')", '120 12 Z +00:00'],
    ["formatDateTime('Wed, 15 May 2019 10:00:00 GMT', 'u')", '2019-05-15 10:00:00Z'],
    ["addDays('2020-02-28', 1)", '2020-02-29T00:00:00.0000000Z'],
    ["addHours('2018-03-15T00:00:00Z', -1, 'HH:mm')", '23:00'],
    ["addMinutes('2018-03-15T00:00:00Z', 90, 'HH:mm')", '01:30'],
    ["addSeconds('2018-03-15T00:00:00Z', 1, 'ss')", '01'],
    ["addToTime('2018-01-31T00:00:00Z', 1, 'Month', 'yyyy-MM-dd')", '2018-02-28'],
    ["subtractFromTime('2020-02-29T00:00:00Z', 1, 'Year', 'yyyy-MM-dd')", '2019-02-28'],
    ["getPastTime(1, 'Week', 'yyyy-MM-dd')", '2026-02-25'],
    ["getFutureTime(5, 'Day', 'D')", 'Monday, March 9, 2026'],
    ["startOfDay('2018-03-15T13:30:30Z')", '2018-03-15T00:00:00.0000000Z'],
    ["startOfMonth('2018-03-15T13:30:30Z', 'yyyy-MM-dd')", '2018-03-01'],
    ["dayOfWeek('2018-03-15T13:27:36Z')", 4],
    ["dayOfYear('2018-03-15T13:27:36Z')", 74],
    ["dateDifference('2018-07-20', '2018-07-22T01:02:03Z')", '2.01:02:03'],
    ["sub(ticks('2018-01-02'), ticks('2018-01-01'))", 864_000_000_000]
  ]
}

for (const [name, rows] of Object.entries(tables)) {
  t.test(name, async t => {
    for (const [expression, expected] of rows) t.same(evaluate(`@${expression}`, scope), expected, expression)
  })
}

t.test('names of functions are found whatever their capitals', async t => {
  t.equal(evaluate("@TOUPPER('a')", scope), 'A')
  t.equal(evaluate("@EncodeURIComponent('a b')", scope), 'a%20b')
})

t.test('wrong values fail', async t => {
  const cases: [expression: string, message: RegExp][] = [
    ['toLower(1)', /of type 'Integer'/],
    ["int('1.5')", /cannot be converted to the target type/],
    ['int(null)', /cannot be converted/],
    ["float('')", /cannot be converted/],
    ["bool('yes')", /cannot be converted/],
    ['json(null)', /expects its parameter to be a string or an XML value/],
    ['base64(null)', /'Null'/],
    ["base64ToString('%')", /base64/],
    ['uriHost(null)', /'Null'/],
    ["uriHost('nowhere')", /cannot be converted/],
    ["decodeUriComponent('%')", /cannot be converted/],
    ['div(1, 0)', /divide by zero/],
    ["substring('abc', 2, 5)", /out of range/],
    ["replace('a', '', 'b')", /not empty/],
    ["join(null, ',')", /'Null'/],
    ["contains(null, 'a')", /first argument 'collection'/],
    ["addProperty(json('{\"a\":1}'), 'a', 2)", /already exists/],
    ["formatDateTime(null, 'o')", /'Null'/],
    ["formatDateTime('yesterday')", /not valid/],
    ["formatDateTime('2018-01-01', 'Q')", /format 'Q'/],
    ["formatDateTime('2018-01-01', 'D', 'de-DE')", /en-US only/],
    ["addDays('2018-01-01', 1e12)", /out of range/],
    ["addToTime('2018-01-01', 1, 'Fortnight')", /time unit/],
    ['range(0, 1000000)', /100000/]
  ]
  for (const [expression, message] of cases) t.throws(() => evaluate(`@${expression}`, scope), { message }, expression)
})
