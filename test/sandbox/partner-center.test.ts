import t from 'tap'
import { sandboxPartnerCenter, surroundings } from '../fixtures/sandbox-partner-center.ts'

const shared = await surroundings(t)
const path = '/v1.0/engagements/referrals'
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const deal = {
  name: 'A deal of our own',
  status: 'New',
  substatus: 'Pending',
  type: 'Independent',
  qualification: 'Direct',
  customerProfile: { name: 'Tailspin Looms' }
}
type Operation = { op?: unknown; path?: unknown; value?: unknown }
const replace = (place: string, value: unknown): Operation => ({ op: 'replace', path: place, value })

t.test('only a signed-in user with MFA and a token for this audience is let in', async t => {
  const { ask, tokens } = await sandboxPartnerCenter(t, shared)
  const refusals: [string, string, number, object][] = [
    ['no token', '', 401, { error: { code: 'unauthenticated' } }],
    ['a made-up token', 'made.up.token', 401, { error: { code: 'unauthenticated' } }],
    ["the registration API's audience", tokens.registration(), 401, { error: { code: 'unauthenticated' } }],
    ['a CRM audience', tokens.referrals({ aud: 'https://contoso.crm.dynamics.com' }), 401, { error: { code: 'unauthenticated' } }],
    ['an expired token', tokens.referrals({ exp: 1 }), 401, { error: { code: 'unauthenticated' } }],
    ['an application alone', tokens.referrals({ idtyp: 'app', upn: undefined }), 403, { error: { code: 'accessDenied' } }],
    ['a user without MFA', tokens.referrals({ amr: ['pwd'] }), 401, { error: { innerError: { code: '900421' } } }]
  ]
  for (const [what, token, status, body] of refusals) {
    const answer = await ask(path, { token })
    t.match(answer, { status, body }, what)
    if (status === 401) t.match(answer.headers['www-authenticate'], /^Bearer error="invalid_token"/, what)
  }
  t.match((await ask(path, { token: tokens.referrals({ amr: ['pwd'] }) })).headers['www-authenticate'], /MFA required/)
  t.match(await ask(path, { headers: { ValidateMfa: 'true' } }), { status: 200, headers: { ismfacompliant: 'true' } })
})

t.test('a referral is given in full, with the quotes of its ETag in the body', async t => {
  const { partnerCenter, ask } = await sandboxPartnerCenter(t, shared)
  const { id } = partnerCenter.createReferral()
  const headers = { 'client-request-id': 'c-1', 'ms-correlationid': 'm-1' }
  const answer = await ask(`${path}/${id.toUpperCase()}`, { headers })
  t.match(answer, { status: 200, headers: { 'request-id': guid, 'client-request-id': 'c-1', 'ms-correlationid': 'm-1' } })
  t.match(answer.body, {
    id,
    engagementId: guid,
    status: 'New',
    substatus: 'Pending',
    direction: 'Incoming',
    externalReferenceId: null,
    inviteContext: { invitedBy: { organizationId: 'msft' } },
    eTag: /^"[0-9a-f]{8}-0000-0000-0000-[0-9a-f]{8}0000"$/
  })
  t.equal(Date.parse(answer.body.expirationDateTime) - Date.parse(answer.body.createdDateTime), 14 * 86_400_000)
  t.match(await ask(`${path}/4111fffc-f9ee-4d53-bba6-569135228642`), {
    status: 404,
    body: { error: { code: 'itemNotFound', message: String, target: 'id', innerError: null } }
  })
  t.equal((await ask(`${path}/not-an-id`)).status, 404)
  t.match(await ask('/v1.0/other'), { status: 404, body: { error: { code: 'itemNotFound' } } })
})

t.test('a deal of the own partner is posted as pending and comes back accepted', async t => {
  const { partnerCenter, ask } = await sandboxPartnerCenter(t, shared)
  const created = await ask(path, { method: 'POST', body: { ...deal, id: 'mine', eTag: 'mine', details: { dealValue: 10 } } })
  t.match(created, {
    status: 201,
    headers: { location: new RegExp(`^https://api.partner.microsoft.com${path}/${created.body.id}$`) },
    body: {
      id: guid,
      eTag: /^"/,
      status: 'Active',
      substatus: 'Accepted',
      direction: 'Outgoing',
      name: deal.name,
      details: { dealValue: 10 }
    }
  })
  t.same((await ask(`${path}/${created.body.id}`)).body, created.body)
  for (const [what, body, target] of [
    ['no body', undefined, 'name'],
    ['no name', { ...deal, name: '' }, 'name'],
    ['no customer', { ...deal, customerProfile: {} }, 'customerProfile/name'],
    ['a stage to begin with', { ...deal, status: 'Active', substatus: 'Accepted' }, 'status']
  ] as const) {
    t.match(await ask(path, { method: 'POST', body }), { status: 400, body: { error: { code: 'invalidRequest', target } } }, what)
  }
  t.match(await ask(path, { method: 'POST', body: '{"name":' }), { status: 400, body: { error: { code: 'invalidRequest' } } })
  t.equal(partnerCenter.referrals().length, 1)
})

t.test('a patch changes what may be changed, and answers only as much as is preferred', async t => {
  const { partnerCenter, ask } = await sandboxPartnerCenter(t, shared)
  const before = partnerCenter.createReferral()
  const patch = (body: unknown, headers: Record<string, string> = {}) => ask(`${path}/${before.id}`, { method: 'PATCH', body, headers })

  const silent = await patch([{ op: 'add', path: '/externalReferenceId', value: 'lead-1' }])
  t.match(silent, { status: 204, body: '' })
  const after = partnerCenter.referral(before.id)
  t.match(after, { externalReferenceId: 'lead-1', name: before.name })
  t.not(after?.eTag, before.eTag)

  const full = await patch(
    [
      replace('/details/dealValue', '10000'),
      replace('/details/closingDateTime', '2030-01-31'),
      replace('/details/currency', 'GBP'),
      replace('/details/notes', 'Agreed.'),
      { op: 'add', path: '/details/requirements/solutions/-', value: { id: 'SOL-2' } },
      { op: 'add', path: '/customerProfile/team/-', value: { firstName: 'Noor' } },
      replace('/team', [{ firstName: 'Kim', email: 'kim@partner.example' }]),
      replace('/salesStage', '40'),
      { op: 'add', path: '/registrations/-', value: { type: 'AzureIPCoSell', contract: {}, solutionDetails: [{}] } },
      { op: 'add', path: '/registrations/0/contract/value', value: 5 },
      { op: 'add', path: '/registrations/0/solutionDetails/0/isDeployedOnAzure', value: true }
    ],
    { prefer: 'return=representation', 'if-match': String(after?.eTag) }
  )
  t.match(full, {
    status: 200,
    body: {
      details: {
        dealValue: 10000,
        closingDateTime: '2030-01-31T00:00:00Z',
        currency: 'GBP',
        requirements: { solutions: [{}, { id: 'SOL-2' }] }
      },
      customerProfile: { team: [{}, {}, { firstName: 'Noor' }] },
      team: [{ firstName: 'Kim' }],
      registrations: [{ contract: { value: 5 }, solutionDetails: [{ isDeployedOnAzure: true }] }]
    }
  })
  t.equal(full.body.team.length, 1)
  t.same(full.body, partnerCenter.referral(before.id))

  const refused: [string, unknown, string | null][] = [
    ['no operations', [], null],
    ['no array', { name: 'x' }, null],
    ['an operation of another kind', [{ op: 'remove', path: '/salesStage' }], 'op'],
    ['a path that is not open', [replace('/name', 'x')], 'path'],
    ['the id', [replace('/id', 'x')], 'path'],
    ['a prototype', [replace('/registrations/0/contract/__proto__', 'x')], 'path'],
    ['a number that is none', [replace('/details/dealValue', 'much')], '/details/dealValue'],
    ['a date that is none', [replace('/details/closingDateTime', 'soon')], '/details/closingDateTime'],
    ['a list that is none', [replace('/team', 'Kim')], '/team'],
    ['an end to replace', [replace('/team/-', {})], '/team/-'],
    [
      'what sellers have seen',
      [replace('/consent/consentToShareReferralWithMicrosoftSellers', false)],
      '/consent/consentToShareReferralWithMicrosoftSellers'
    ],
    ['a good one and a bad one', [replace('/salesStage', '60'), replace('/name', 'x')], 'path']
  ]
  for (const [what, body, target] of refused)
    t.match(await patch(body), { status: 400, body: { error: { code: 'invalidRequest', target } } }, what)
  t.same(partnerCenter.referral(before.id), full.body, 'a refused patch changes nothing')

  const bare = partnerCenter.createReferral({ name: 'Says nothing' })
  t.match(await ask(`${path}/${bare.id}`, { method: 'PATCH', body: [replace('/details/notes', 'x')] }), {
    status: 400,
    body: { error: { target: '/details/notes' } }
  })
  const part = (value: unknown) => ask(`${path}/${bare.id}`, { method: 'PATCH', body: [{ op: 'add', path: '/details', value }] })
  t.match(await part({ notes: 'x', secret: 1 }), { status: 400, body: { error: { target: '/details' } } })
  t.equal((await part({ notes: 'x', dealValue: '5' })).status, 204, 'the part as a whole can be added')
  t.match((await ask(`${path}/${bare.id}`)).body, { details: { notes: 'x', dealValue: 5 } })
  t.match(await part({ notes: 'y' }), { status: 400 }, 'once')
})

t.test('an ETag that is not the present one is refused as documented, and so is one without its quotes', async t => {
  const { partnerCenter, ask } = await sandboxPartnerCenter(t, shared)
  const { id, eTag } = partnerCenter.createReferral()
  const patch = (ifMatch: string) =>
    ask(`${path}/${id}`, { method: 'PATCH', body: [replace('/salesStage', '20')], headers: { 'if-match': ifMatch } })
  partnerCenter.updateReferral(id, {})
  for (const ifMatch of [eTag, String(partnerCenter.referral(id)?.eTag).replaceAll('"', '')]) {
    const { status, body } = await patch(ifMatch)
    t.equal(status, 412)
    t.match(body, {
      error: {
        code: 'preconditionFailed',
        message: /^A precondition .+ does not match/,
        target: 'ETag',
        innerError: { code: '99918', message: 'One of the specified pre-condition is not met. Etag value did not Match', details: null }
      }
    })
  }
  t.equal((await patch(String(partnerCenter.referral(id)?.eTag))).status, 204)
  t.equal((await patch('*')).status, 204)
})

t.test('the status machine', async t => {
  const { partnerCenter, ask } = await sandboxPartnerCenter(t, shared)
  const stages: [string, string][] = [
    ['New', 'Pending'],
    ['New', 'Received'],
    ['Active', 'Accepted'],
    ['Closed', 'Won'],
    ['Closed', 'Lost'],
    ['Closed', 'Declined'],
    ['Closed', 'Expired']
  ]
  const order = ['New', 'Active', 'Closed']
  for (const [from, sub] of stages)
    for (const [to, substatus] of stages) {
      const { id } = partnerCenter.createReferral({})
      if (sub !== 'Pending') partnerCenter.updateReferral(id, { status: from, substatus: sub })
      const body = [replace('/status', to), replace('/substatus', substatus)]
      const { status } = await ask(`${path}/${id}`, { method: 'PATCH', body })
      const isAllowed = from !== 'Closed' && order.indexOf(to) >= order.indexOf(from)
      t.equal(status, isAllowed ? 204 : 400, `${from}/${sub} → ${to}/${substatus}`)
    }
  const { id } = partnerCenter.createReferral()
  const patch = (...body: Operation[]) => ask(`${path}/${id}`, { method: 'PATCH', body })
  t.match(
    await patch(replace('/status', 'Active')),
    { status: 400, body: { error: { target: 'substatus' } } },
    'each status has substatuses of its own'
  )
  t.match(await patch(replace('/status', 'Open')), { status: 400, body: { error: { target: 'status' } } })
  await patch(replace('/status', 'Active'), replace('/substatus', 'Accepted'))
  t.match(partnerCenter.referral(id), { acceptedDateTime: /Z$/, expirationDateTime: null, closedDateTime: null })
  await patch(replace('/status', 'Closed'), replace('/substatus', 'Won'))
  t.match(partnerCenter.referral(id), { closedDateTime: /Z$/ })
  t.match(await patch(replace('/externalReferenceId', 'late')), {
    status: 400,
    body: { error: { code: 'invalidRequest', target: 'status' } }
  })
})

t.test('what nobody answers for 14 days is closed as expired, and that is an event too', async t => {
  const before = shared.clock.now
  t.teardown(() => {
    shared.clock.now = before
  })
  const { partnerCenter, ask } = await sandboxPartnerCenter(t, shared)
  const { id, eTag } = partnerCenter.createReferral()
  const answered = partnerCenter.createReferral()
  partnerCenter.updateReferral(answered.id, { status: 'Active', substatus: 'Accepted' })
  partnerCenter.register({ webhookUrl: 'http://127.0.0.1:9/', events: ['referral-updated'], signatureInMsHeader: true })
  shared.clock.now = new Date(before.getTime() + 14 * 86_400_000 + 1000)
  const expired = await ask(`${path}/${id}`)
  t.match(expired.body, { status: 'Closed', substatus: 'Expired' })
  t.not(expired.body.eTag, eTag)
  t.match((await ask(`${path}/${answered.id}`)).body, { status: 'Active' })
  t.match(partnerCenter.deliveries(), [{ event: { EventName: 'referral-updated', ResourceUri: new RegExp(id) } }])
})

t.test('a list finds by filter', async t => {
  const before = shared.clock.now
  t.teardown(() => {
    shared.clock.now = before
  })
  const { partnerCenter, ask } = await sandboxPartnerCenter(t, shared)
  const add = (draft: object): string => {
    shared.clock.now = new Date(shared.clock.now.getTime() + 60_000)
    return partnerCenter.createReferral(draft).id
  }
  const engagementId = '37ef26aa-1d15-4533-9f93-a69bd33ab1e5'
  const one = add({ name: "O'Brien and sons", engagementId, qualification: 'SalesQualified', details: { dealValue: 100 } })
  const two = add({ name: 'Two', customerProfile: { address: { country: 'US' } }, details: { dealValue: 200.5 }, favorite: true })
  const three = add({ name: 'Three', team: [{ email: 'a@p.example' }, { email: 'kim@p.example' }], details: null })
  const own = (await ask(path, { method: 'POST', body: deal })).body.id as string
  const since = String(partnerCenter.referral(two)?.createdDateTime)

  const all = [one, two, three, own]
  const cases: [string, string[]][] = [
    [`engagementId eq '${engagementId}'`, [one]],
    [`engagementId eq ${engagementId}`, [one]],
    ["status eq 'New' and qualification eq 'SalesQualified'", [one]],
    ["customerProfile/address/country eq 'US' and direction eq 'Incoming'", [two]],
    ["team/any(t:t/email eq 'kim@p.example')", [three]],
    ["team/any(member:member/email eq 'kim@p.example' or member/email eq 'x') and status eq 'New'", [three]],
    ["(direction eq 'Incoming' and substatus eq 'Pending')", [one, two, three]],
    ["name eq 'O''Brien and sons'", [one]],
    ["name eq 'o''brien and sons'", []],
    ["status ne 'New'", [own]],
    ["not (status eq 'New') or name eq 'Two'", [two, own]],
    ["name eq 'Two' or name eq 'Three' and status eq 'Active'", [two]],
    [`createdDateTime gt ${since}`, [three, own]],
    [`createdDateTime ge ${since}`, [two, three, own]],
    [`createdDateTime lt ${since}`, [one]],
    [`createdDateTime le ${since} and createdDateTime ge 2020-01-01`, [one, two]],
    ['details/dealValue gt 100', [two]],
    ['details/dealValue le 200.5', [one, two]],
    ['details/dealValue eq null', [three, own]],
    ['favorite eq true', [two]],
    ['campaignId eq null', all]
  ]
  for (const [filter, ids] of cases) {
    const { status, body } = await ask(`${path}?$filter=${encodeURIComponent(filter)}`)
    t.equal(status, 200, filter)
    t.same(
      body.value?.map(({ id }: { id: string }) => id),
      ids,
      filter
    )
  }
  const unclear = [
    'status is New',
    "status eq 'New",
    'status eq',
    "(status eq 'New'",
    'nonsense eq 1',
    "team/any(t:u/email eq 'x')",
    'status eq 5',
    `createdDateTime gt '${since}'`,
    "contains(name,'x')",
    ''
  ]
  for (const filter of unclear) {
    t.match(
      await ask(`${path}?$filter=${encodeURIComponent(filter)}`),
      { status: 400, body: { error: { code: 'invalidRequest', target: '$filter' } } },
      filter
    )
  }
})

t.test('a list is ordered, cut and counted', async t => {
  const before = shared.clock.now
  t.teardown(() => {
    shared.clock.now = before
  })
  const { partnerCenter, ask } = await sandboxPartnerCenter(t, shared)
  const ids: string[] = []
  for (const name of ['a', 'b', 'c', 'd']) {
    shared.clock.now = new Date(shared.clock.now.getTime() + 1000)
    ids.push(partnerCenter.createReferral({ name }).id)
  }
  shared.clock.now = new Date(shared.clock.now.getTime() + 1000)
  partnerCenter.updateReferral(String(ids[0]), { salesStage: '10' })
  shared.clock.now = new Date(shared.clock.now.getTime() + 1000)
  partnerCenter.updateReferral(String(ids[1]), { salesStage: '10' })
  const names = async (query: string) => (await ask(`${path}?${query}`)).body.value.map(({ name }: { name: string }) => name).join('')
  t.equal(await names(''), 'abcd')
  t.equal(await names('$orderby=createdDateTime%20desc'), 'dcba')
  t.equal(await names('$orderby=updatedDateTime'), 'cdab')
  t.equal(await names('$orderby=createdDateTime&$top=2&$skip=1'), 'bc')
  t.match((await ask(`${path}?$count=true&$top=1&$filter=${encodeURIComponent("name ne 'a'")}`)).body, {
    '@odata.count': 3,
    value: [{ name: 'b' }]
  })
  const page = (await ask(`${path}?$select=id,name&$top=1`)).body
  t.same(page, { '@odata.context': page['@odata.context'], value: [{ id: ids[0], name: 'a' }] })
  for (const query of ['$orderby=name', '$top=many', '$skip=-1', '$select=secret', '$search=x', '$skiptoken=x', '$top=1&$top=2'])
    t.match(await ask(`${path}?${query}`), { status: 400, body: { error: { code: 'invalidRequest' } } }, query)
})

t.test('the link to the next page is the trap of the documentation', async t => {
  const { partnerCenter, ask } = await sandboxPartnerCenter(t, shared)
  for (const name of 'abcdefg') partnerCenter.createReferral({ name })
  partnerCenter.setPageSize(3)
  const seen: string[] = []
  let query = `$filter=${encodeURIComponent("name ne 'c'")}&$top=5`
  for (;;) {
    const { body } = await ask(`${path}?${query}`)
    seen.push(...body.value.map(({ name }: { name: string }) => name))
    const link: string | undefined = body['@odata.nextLink']
    if (link === undefined) break
    const [, token] = /^http:\/\/api\.partner\.microsoft\.com\/v1\.0\/referrals\?\$skiptoken=([^&]+)$/.exec(link) ?? []
    t.ok(token, 'plain http, a part of the path missing, and nothing but the token')
    t.match(token, /%2B/, 'which does not survive being decoded once too often')
    t.equal((await ask(`${path}?$skiptoken=${decodeURIComponent(String(token))}`)).status, 400)
    query = `$skiptoken=${token}`
  }
  t.same(seen.join(''), 'abdef', 'filter and top hold over the pages')
})

t.test('any answer can be made wrong', async t => {
  const { partnerCenter, ask } = await sandboxPartnerCenter(t, shared)
  partnerCenter.nextAnswers.next({ status: 429, headers: { 'retry-after': '7' }, body: { error: { code: 'serviceNotAvailable' } } })
  t.match(await ask(path), { status: 429, headers: { 'retry-after': '7', 'request-id': guid } })
  t.equal((await ask(path)).status, 200)
})
