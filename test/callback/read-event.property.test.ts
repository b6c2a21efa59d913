import fc from 'fast-check'
import t from 'tap'
import { readEvent } from '../../src/callback/read-event.ts'
import { Failure } from '../../src/failure.ts'
import type { ReferralEvent } from '../../src/schemas/callback.ts'
import { holds } from '../fixtures/arbitraries/holds.ts'

function read(body: Uint8Array | string): ReferralEvent | undefined {
  try {
    return readEvent(Buffer.from(body))
  } catch (error) {
    if (error instanceof Failure && error.code === 'CALLBACK_EVENT_MALFORMED') return undefined
    throw error
  }
}

const guid = fc.uuid()
const fieldName = fc.constantFrom(
  'EventName',
  'eventName',
  'ResourceUri',
  'ResourceName',
  'AuditUri',
  'AuditUrl',
  'ResourceChangeUtcDate',
  '__proto__',
  'constructor'
)
const address = fc
  .tuple(guid, fc.constantFrom('', '/', '?a=/x', '#/x', '/more', 'x'))
  .map(([id, end]) => `https://api.partnercenter.microsoft.com/engagements/v1/referrals/${id}${end}`)
const fieldValue = fc.oneof(
  fc.constantFrom<unknown[]>(
    'referral-created',
    'related-referral-updated',
    'referral',
    'Referral',
    'subscription-updated',
    '',
    ' ',
    null,
    0,
    [],
    {}
  ),
  address,
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.integer({ min: 90, max: 3000 }).map(length => 'x'.repeat(length))
)
const event = fc.array(fc.tuple(fieldName, fieldValue), { maxLength: 8 }).map(entries => Object.fromEntries(entries))

t.test('bytes of any kind are read or refused, never anything else', async t => {
  await holds(
    t,
    5000,
    fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.json().map(text => Buffer.from(text))
    ),
    body => {
      read(body)
      return true
    }
  )
})

t.test('what is read was sent, in bounds, and without control characters', async t => {
  const limits = { name: 100, resourceName: 200, resourceUri: 2048, auditUri: 2048, changedAt: 100, referralId: 36 }
  let count = 0
  await holds(t, 8000, event, sent => {
    const found = read(JSON.stringify(sent))
    if (found === undefined) return true
    count += 1
    const values = Object.values(sent)
    return Object.entries(found).every(
      ([name, value]) =>
        value.length > 0 &&
        value.length <= (limits[name as keyof typeof limits] ?? 0) &&
        !/\p{Cc}/u.test(value) &&
        (name === 'referralId' ? values.some(text => String(text).toLowerCase().includes(value)) : values.includes(value))
    )
  })
  t.ok(count > 500, `${count} were read`)
})

t.test("a referral's id is the last part of its path, and of a referral's only", async t => {
  const uri = fc.tuple(
    fc.webUrl({ validSchemes: ['https'] }),
    guid,
    fc.constantFrom('', '/'),
    fc.constantFrom('', '?a=b', '#c', '?x=/', '#/y/z')
  )
  await holds(t, 2000, fc.tuple(uri, fc.boolean()), ([[base, id, slash, end], isReferral]) => {
    const resourceUri = `${base.replace(/[?#].*/, '').replace(/\/$/, '')}/${id}${slash}${end}`
    const found = read(JSON.stringify({ EventName: 'x', ResourceName: isReferral ? 'Referral' : 'Customer', ResourceUri: resourceUri }))
    return found?.referralId === (isReferral ? new URL(resourceUri).pathname.replace(/\/$/, '').split('/').at(-1) : undefined)
  })
})

t.test('two fields that differ by case only are refused, whatever they hold', async t => {
  await holds(t, 500, fc.tuple(fieldName, fieldValue, fieldValue), ([name, one, two]) => {
    const body = `{"EventName":"referral-created","${name}":${JSON.stringify(one)},"${name.toUpperCase()}":${JSON.stringify(two)}}`
    return name === name.toUpperCase() || read(body) === undefined
  })
})
