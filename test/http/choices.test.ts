import t from 'tap'
import { Failure } from '../../src/failure.ts'
import { choiceLists } from '../../src/schemas/choice.ts'
import type { Referral, ReferralQuery } from '../../src/schemas/referral.ts'
import { subscribableEvents } from '../../src/schemas/subscription.ts'
import { app, withKey } from '../fixtures/app.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { stageWithoutFlows } from '../fixtures/stage-without-flows.ts'

/** The service over these referrals, what was asked of them, and a way to ask for a list. */
async function service(t: Scope, ...referrals: Referral[]) {
  const asked: ReferralQuery[] = []
  let now = new Date('2026-03-01T00:00:00Z')
  const list = async (query: ReferralQuery) => {
    asked.push(query)
    return { value: referrals }
  }
  const built = await app(t, { referrals: { list } as never, now: () => now })
  const choices = async (path: string) => {
    const response = await built.inject({ url: `/v1/choices/${path}`, headers: withKey })
    return { status: response.statusCode, body: response.json() }
  }
  const values = async (path: string) => (await choices(path)).body.value.map(({ value }: { value: string }) => value)
  const at = (time: string): void => {
    now = new Date(time)
  }
  return { choices, values, asked, at }
}

const requiring = (kind: string, ...entries: unknown[]) =>
  ({ id: 'r', details: { requirements: { [kind]: entries } } }) as never as Referral

t.test('each list has values with a name', async t => {
  const { choices } = await service(t, requiring('products', { id: 'Dynamics365', name: 'Dynamics 365' }))
  for (const list of choiceLists) {
    const { status, body } = await choices(list)
    t.equal(status, 200, list)
    t.strictSame(Object.keys(body), ['value'])
    for (const choice of body.value) t.match(choice, { value: /./, name: /./ }, list)
  }
})

t.test('events are those that can be subscribed to, in words', async t => {
  const { values, choices, asked } = await service(t)
  t.strictSame(await values('events'), [...subscribableEvents])
  t.match((await choices('events')).body.value[0], { value: 'referral-created', name: 'A referral was created' })
  t.strictSame(await values('sales-stages'), ['Qualify', 'Develop', 'Propose', 'Close'])
  t.strictSame(asked, [], 'nobody was asked')
})

t.test('substatuses are those that go with the status', async t => {
  const { values, choices } = await service(t)
  t.strictSame(await values('statuses'), ['New', 'Active', 'Closed'])
  const all = ['Pending', 'Received', 'Accepted', 'Won', 'Lost', 'Declined', 'Expired']
  t.strictSame(await values('substatuses'), all)
  t.strictSame(await values('substatuses?status='), all, 'as long as none is chosen')
  t.strictSame(await values('substatuses?status=New'), ['Pending', 'Received'])
  t.strictSame(await values('substatuses?status=active'), ['Accepted'])
  t.strictSame(await values('substatuses?status=Closed'), ['Won', 'Lost', 'Declined', 'Expired'])
  t.match(await choices('substatuses?status=Done'), { status: 400, body: { code: 'REQUEST_INVALID', detail: /New, Active, Closed/ } })
  t.match(await choices(`substatuses?status=${'x'.repeat(51)}`), { status: 400, body: { code: 'VALUE_TOO_LONG' } })
})

t.test('an unknown list is refused, with the known ones', async t => {
  const { choices } = await service(t)
  for (const list of ['nothing', 'Events', '__proto__', '%20', 'x'.repeat(150)])
    t.match(await choices(list), { status: 400, body: { code: 'REQUEST_INVALID', message: /events, statuses, substatuses/ } }, list)
})

t.test('a catalog that nobody documents is gathered from the latest referrals, each entry once', async t => {
  const { choices, asked } = await service(
    t,
    requiring('solutions', { id: 'SOL-2', name: null, type: 'Solution' }, { id: 'SOL-1', name: 'Warehouse Planner' }),
    requiring('solutions', { id: 'sol-2', name: 'Anvil Shop' }, { id: 'SOL-1', name: 'Another name' }, { name: 'Only a name' }),
    requiring('solutions', {}, null, 'text', { id: '  ' }, { id: 7 }),
    requiring('industries', { id: 'Manufacturing' }),
    { id: 'r', details: null } as never,
    { id: 'r', details: { requirements: null } } as never,
    { id: 'r', details: { requirements: { solutions: null } } } as never,
    { id: 'r', details: { requirements: { solutions: {} } } } as never
  )
  t.strictSame(await choices('solution-areas'), {
    status: 200,
    body: {
      value: [
        { value: 'sol-2', name: 'Anvil Shop' },
        { value: 'Only a name', name: 'Only a name' },
        { value: 'SOL-1', name: 'Warehouse Planner' }
      ]
    }
  })
  t.strictSame((await choices('industries')).body.value, [{ value: 'Manufacturing', name: 'Manufacturing' }])
  t.strictSame((await choices('services')).body.value, [])
  t.strictSame(asked, [{ orderBy: 'updatedDateTime desc', top: 100 }], 'one request for all of them')
})

t.test('what was gathered is remembered for five minutes', async t => {
  const { choices, asked, at } = await service(t)
  await Promise.all([choices('products'), choices('services')])
  at('2026-03-01T00:04:59Z')
  await choices('products')
  t.equal(asked.length, 1)
  at('2026-03-01T00:05:00Z')
  await choices('products')
  t.equal(asked.length, 2)
})

t.test('a failure is told where the designer looks, and is not remembered', async t => {
  let isDown = true
  const list = async () => {
    if (isDown) throw new Failure('PARTNER_CENTER_UNREACHABLE', 'Partner Center did not answer.')
    return { value: [requiring('products', { id: 'Dynamics365' })] }
  }
  const built = await app(t, { referrals: { list } as never })
  const ask = async () => await built.inject({ url: '/v1/choices/products', headers: withKey })
  const failed = await ask()
  t.equal(failed.statusCode, 503)
  t.match(failed.json(), {
    message: 'PARTNER_CENTER_UNREACHABLE: Partner Center did not answer.',
    error: { code: 'PARTNER_CENTER_UNREACHABLE' }
  })
  isDown = false
  t.match((await ask()).json(), { value: [{ value: 'Dynamics365' }] })
})

t.test('with a real account the choices are what its referrals use', async t => {
  const { call, sandbox } = await stageWithoutFlows(t)
  sandbox.partnerCenter.createReferral()
  t.match(await call('GET', '/v1/choices/industries'), {
    status: 200,
    body: { value: [{ value: 'RetailAndConsumerGoods', name: 'Retail & Consumer Goods' }] }
  })
})
