import { randomUUID } from 'node:crypto'
import t from 'tap'
import { request } from 'undici'
import { type Sent, sandboxDataverse, sandboxWithKey } from '../fixtures/sandbox-dataverse.ts'

const guid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/
const byKey = (value: string) => `leads(new_referralid='${value}')`
const representation = { prefer: 'return=representation' }
const refused = (status: number, code: string, message: RegExp = /./) => ({ status, body: { error: { code, message } } })

t.test('an upsert by alternate key creates and then updates', async t => {
  const { dataverse, log, root, ask } = await sandboxWithKey(t)
  const patch = (path: string, sent: Sent = {}) => ask(path, { method: 'PATCH', body: { subject: 'Ten seats', lastname: 'Ray' }, ...sent })

  const created = await patch(`${byKey('r-1')}?$select=leadid,statecode`, { headers: representation })
  t.match(created, { status: 201, headers: { 'preference-applied': 'return=representation', 'odata-version': '4.0', etag: /^W\/"\d+"$/ } })
  t.match(created.headers['content-type'], /^application\/json; odata\.metadata=/)
  t.same(Object.keys(created.body).sort(), ['@odata.context', '@odata.etag', 'leadid', 'statecode'])
  t.equal((await patch(`${byKey('r-1')}?$select=leadid`, { headers: representation })).status, 200)

  const plain = await patch(byKey('r-1'))
  t.match(
    plain,
    { status: 204, body: '', headers: { 'odata-entityid': `${root}${byKey('r-1')}` } },
    'without Prefer the key is echoed, not the id'
  )
  t.equal((await patch(byKey('r-2'))).status, 204, 'for a new row as well')
  t.equal(dataverse.leads().length, 2)
  t.match(dataverse.lead(created.body.leadid), {
    new_referralid: 'r-1',
    subject: 'Ten seats',
    fullname: 'Ray',
    statecode: 0,
    statuscode: 1
  })
  t.equal((await patch(byKey('R-1'), { headers: representation })).status, 200, 'keys match without regard to case')
  t.equal(log.count({ system: 'dataverse', method: 'PATCH' }), 5)
})

t.test('a condition makes an upsert create only or update only', async t => {
  const { dataverse, ask } = await sandboxWithKey(t)
  const patch = (headers: Record<string, string>, key = byKey('r-1')) =>
    ask(`${key}?$select=leadid`, { method: 'PATCH', body: { subject: 'x' }, headers: { ...representation, ...headers } })

  t.match(
    await patch({ 'if-match': '*' }),
    refused(404, '0x80060891', /^A record with the specified key values does not exist in lead entity$/)
  )
  const { status, body } = await patch({ 'if-none-match': '*' })
  t.equal(status, 201)
  t.match(await patch({ 'if-none-match': '*' }), refused(412, '0x80040237', /^A record with matching key values already exists\.$/))
  t.equal((await patch({ 'if-match': '*' })).status, 200)
  const stale = body['@odata.etag']
  t.match(
    await patch({ 'if-match': stale }),
    refused(412, '0x80060882', /^The version of the existing record doesn't match the RowVersion property provided\.$/)
  )
  const { headers } = await ask(byKey('r-1'))
  t.equal((await patch({ 'if-match': String(headers.etag) })).status, 200)

  const id = randomUUID()
  t.match(
    await patch({ 'if-match': '*' }, `leads(${id})`),
    refused(404, '0x80040217', new RegExp(`Entity 'lead' With Id = ${id} Does Not Exist`))
  )
  t.match(await patch({}, `leads(${id})`), { status: 201, body: { leadid: id } }, 'an upsert by id creates with that id')
  t.equal(dataverse.leads().length, 2)
})

t.test('leads are created, read, listed and deleted', async t => {
  const { dataverse, root, ask } = await sandboxWithKey(t)
  const made = await ask('leads', { method: 'POST', body: { lastname: 'Ray', new_referralid: 'r-1' } })
  t.match(made, { status: 204, headers: { 'odata-entityid': new RegExp(`^${root}leads\\(${guid.source}\\)$`) } })
  t.match(await ask('leads', { method: 'POST', body: { lastname: 'Roe' }, headers: representation }), {
    status: 201,
    body: { leadid: guid, lastname: 'Roe', subject: null, _ownerid_value: dataverse.userId, createdon: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/ }
  })
  t.match(
    await ask('leads', { method: 'POST', body: { lastname: 'Two', new_referralid: 'r-1' } }),
    refused(412, '0x80060892', /^A record that has the attribute values new_referralkey already exists\./)
  )
  const { status, headers, body } = await ask(`${byKey('r-1')}?$select=lastname`)
  t.match({ status, body }, { status: 200, body: { lastname: 'Ray', leadid: guid, '@odata.etag': headers.etag } })
  t.match(await ask(byKey('r-1'), { headers: { 'if-none-match': String(headers.etag) } }), { status: 304, body: '' })
  t.match(await ask(byKey('r-9')), refused(404, '0x80060891'))
  t.match(await ask(`leads(${randomUUID()})`), refused(404, '0x80040217'))
  t.match(await ask(`leads(leadid=${body.leadid})`), { status: 200 })
  t.match(await ask(byKey('r-1'), { method: 'DELETE', headers: { 'if-match': 'W/"1"' } }), refused(412, '0x80060882'))
  t.equal((await ask(byKey('r-1'), { method: 'DELETE' })).status, 204)
  t.match(await ask(byKey('r-1'), { method: 'DELETE' }), refused(404, '0x80060891'))
  t.equal(dataverse.leads().length, 1)
})

t.test('a list is filtered, ordered, counted and paged', async t => {
  const { dataverse, root, ask } = await sandboxWithKey(t)
  const eur = (await ask("transactioncurrencies?$filter=isocurrencycode eq 'EUR'&$select=transactioncurrencyid")).body.value[0]
    .transactioncurrencyid
  for (const [lastname, estimatedamount, city] of [
    ['Ann', 5, 'Oslo'],
    ["O'Neil", 50, null],
    ['Zoe', 500, 'Bergen']
  ] as const)
    dataverse.createLead({
      lastname,
      estimatedamount,
      address1_city: city,
      estimatedclosedate: '2026-03-01',
      'transactioncurrencyid@odata.bind': `/transactioncurrencies(${eur})`
    })
  dataverse.disqualify(String(dataverse.leads()[0]?.leadid))
  const names = async (filter: string) => {
    const { body } = await ask(`leads?$select=lastname&$orderby=lastname desc&$filter=${encodeURIComponent(filter)}`)
    return body.value?.map((row: { lastname: string }) => row.lastname).join(' ') ?? body.error.message
  }
  const filters: [string, string][] = [
    ["lastname eq 'ann'", 'Ann'],
    ["lastname eq 'O''Neil'", "O'Neil"],
    ["lastname ne 'Ann' and estimatedamount gt 50", 'Zoe'],
    ['estimatedamount ge 50 and estimatedamount lt 500', "O'Neil"],
    ["(lastname eq 'Ann' or lastname eq 'Zoe') and not (estimatedamount le 5)", 'Zoe'],
    ["lastname eq 'x' or lastname eq 'y' or lastname eq 'Zoe'", 'Zoe'],
    ['address1_city eq null', "O'Neil"],
    ["address1_city ne 'Oslo'", "Zoe O'Neil"],
    ['statecode eq 2', 'Ann'],
    ["contains(lastname,'O')", "Zoe O'Neil"],
    ["startswith(lastname,'z') or endswith(lastname,'N')", 'Zoe Ann'],
    [`_transactioncurrencyid_value eq ${eur} and estimatedclosedate ge 2026-03-01`, "Zoe O'Neil Ann"],
    ["Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['Ann','Zoe'])", 'Zoe Ann'],
    ["nosuch eq 'x'", "Could not find a property named 'nosuch' on type 'Microsoft.Dynamics.CRM.lead'."],
    ['transactioncurrencyid eq null', "Could not find a property named 'transactioncurrencyid' on type 'Microsoft.Dynamics.CRM.lead'."]
  ]
  for (const [filter, expected] of filters) t.equal(await names(filter), expected, filter)
  for (const broken of ["lastname eq 'Ann", 'lastname', 'lastname like 1', 'lastname eq 1 2', '(lastname eq 1', 'eq eq eq', '#'])
    t.equal((await ask(`leads?$filter=${encodeURIComponent(broken)}`)).status, 400, broken)

  const first = await ask('leads?$select=lastname&$orderby=estimatedamount&$count=true', { headers: { prefer: 'odata.maxpagesize=2' } })
  t.match(first.body, { '@odata.count': 3, value: [{ lastname: 'Ann' }, { lastname: "O'Neil" }] })
  t.ok(first.body['@odata.nextLink'].startsWith(`${root}leads?`))
  const second = await ask(first.body['@odata.nextLink'].slice(root.length), { headers: { prefer: 'odata.maxpagesize=2' } })
  t.match(second.body.value, [{ lastname: 'Zoe' }])
  t.notOk('@odata.nextLink' in second.body)
  t.equal((await ask('leads?$top=1')).body.value.length, 1)
  for (const query of ['$top=x', '$skip=1', '$orderby=nosuch', '$orderby=lastname up', '$select=lastname,nosuch'])
    t.equal((await ask(`leads?${query}`)).status, 400, query)
})

t.test('what a column cannot hold is refused', async t => {
  const { dataverse, ask } = await sandboxWithKey(t)
  const post = (body: unknown) => ask('leads', { method: 'POST', body })
  const literal = (type: string) =>
    refused(400, '0x80048d19', new RegExp(`Cannot convert the literal '.*' to the expected type 'Edm\\.${type}'\\.$`))
  const refusals: [unknown, object][] = [
    [
      { nosuch: 1 },
      refused(
        400,
        '0x80048d19',
        /Invalid property 'nosuch' was found in entity 'Microsoft\.Dynamics\.CRM\.lead'\. ---> .*does not exist on type/
      )
    ],
    [{ Subject: 'x' }, refused(400, '0x80048d19', /Invalid property 'Subject'/)],
    [
      { subject: 'x'.repeat(301) },
      refused(400, '0x80044331', /'subject' attribute of the 'lead' entity exceeded the maximum allowed length of '300'\.$/)
    ],
    [{ description: 'x'.repeat(2001) }, refused(400, '0x80044331')],
    [{ subject: 5 }, literal('String')],
    [{ numberofemployees: '5' }, literal('Int32')],
    [{ numberofemployees: 5.5 }, literal('Int32')],
    [{ numberofemployees: -1 }, refused(400, '0x80044330')],
    [{ estimatedamount: '5' }, literal('Decimal')],
    [{ estimatedamount: -1 }, refused(400, '0x80044330', /'estimatedamount' on record of type 'lead' is outside the valid range/)],
    [{ estimatedamount: 1.1e12 }, refused(400, '0x80044330')],
    [{ estimatedclosedate: '2026-03-01T00:00:00Z' }, literal('Date')],
    [{ estimatedclosedate: '2026-02-30' }, literal('Date')],
    [{ estimatedclosedate: '1752-01-01' }, refused(400, '0x80040239')],
    [
      { leadqualitycode: 9 },
      refused(400, '0x8004431a', /^A validation error occurred\. The value 9 of 'leadqualitycode' .*Accepted Values: 1,2,3$/)
    ],
    [{ leadqualitycode: 'Hot' }, literal('Int32')],
    [{ donotemail: 'yes' }, literal('Boolean')],
    [{ statuscode: 3 }, refused(400, '0x80048408', /^3 is not a valid status code for state code LeadState\.Open/)],
    [{ transactioncurrencyid: randomUUID() }, refused(400, '0x80048d19', /Invalid property 'transactioncurrencyid'/)],
    [{ _transactioncurrencyid_value: randomUUID() }, refused(400, '0x80048d19', /Use Navigation properties instead/)],
    [
      { 'transactioncurrencyid@odata.bind': `/transactioncurrencies(${randomUUID()})` },
      refused(404, '0x80040217', /^Entity 'transactioncurrency' With Id = /)
    ],
    [
      { 'transactioncurrencyid@odata.bind': `/leads(${randomUUID()})` },
      refused(400, '0x80048d19', /undeclared property 'transactioncurrencyid'/)
    ],
    [
      { 'transactioncurrencyid@odata.bind': "/transactioncurrencies(isocurrencycode='EUR')" },
      refused(400, '0x80060888', /^The key in the request URI is not valid/)
    ],
    [{ 'customerid@odata.bind': `/accounts(${randomUUID()})` }, refused(400, '0x80048d19', /undeclared property 'customerid'/)],
    [{ 'customerid_account@odata.bind': `/accounts(${randomUUID()})` }, refused(404, '0x80040217', /^Entity 'account'/)],
    [{ 'ownerid@odata.bind': null }, refused(400, '0x80040203', /'ownerid' attribute .* required/)],
    ['{"subject":', refused(400, '0x80048d19')],
    ['', refused(400, '0x80048d19')],
    [[], refused(400, '0x80048d19')]
  ]
  for (const [body, expected] of refusals) t.match(await post(body), expected, JSON.stringify(body).slice(0, 80))
  t.equal(dataverse.leads().length, 0)

  t.equal(
    (await post({ subject: null, description: '', new_referralid: 'r-1' })).status,
    204,
    'subject and lastname are for forms to insist on'
  )
  t.match(dataverse.leads()[0], { description: null })
  dataverse.addLeadColumn({
    '@odata.type': 'Microsoft.Dynamics.CRM.BooleanAttributeMetadata',
    SchemaName: 'new_consent',
    DisplayName: { LocalizedLabels: [{ Label: 'x', LanguageCode: 1033 }] },
    RequiredLevel: { Value: 'SystemRequired' }
  })
  t.match(await post({ subject: 'x' }), refused(400, '0x80040203', /'new_consent'/), 'a column that the system requires is another matter')
  t.equal(
    (await post({ subject: 'x', new_consent: false, statecode: 1, fullname: 'nobody', createdon: 5, '@odata.type': 'x' })).status,
    204
  )
  t.match(dataverse.leads()[1], { statecode: 0, statuscode: 1, fullname: null }, 'a new lead is open')
})

t.test("money is in the lead's currency, or in the organization's own", async t => {
  const { dataverse, ask } = await sandboxWithKey(t)
  const { body } = await ask('transactioncurrencies?$orderby=isocurrencycode')
  const [eur, gbp, usd] = body.value
  t.match([eur, gbp, usd], [{ isocurrencycode: 'EUR' }, { isocurrencycode: 'GBP' }, { isocurrencycode: 'USD', exchangerate: 1 }])
  dataverse.createLead({ estimatedamount: 10.006 })
  t.match(dataverse.leads()[0], { estimatedamount: 10.01, transactioncurrencyid: usd.transactioncurrencyid, estimatedamount_base: 10.01 })
  await ask(byKey('r-1'), {
    method: 'PATCH',
    body: { estimatedamount: 92, 'transactioncurrencyid@odata.bind': `/transactioncurrencies(${eur.transactioncurrencyid})` }
  })
  t.match(dataverse.leads()[1], { estimatedamount: 92, transactioncurrencyid: eur.transactioncurrencyid, estimatedamount_base: 100 })
  t.match(await ask(byKey('r-1')), { body: { _transactioncurrencyid_value: eur.transactioncurrencyid } })
  await ask(byKey('r-1'), {
    method: 'PATCH',
    body: { 'transactioncurrencyid@odata.bind': `${dataverse.url}api/data/v9.2/transactioncurrencies(${gbp.transactioncurrencyid})` }
  })
  t.match(dataverse.leads()[1], { transactioncurrencyid: gbp.transactioncurrencyid })
  dataverse.createLead({ lastname: 'no money' })
  t.match(dataverse.leads()[2], { transactioncurrencyid: null })
  t.match(await ask('transactioncurrencies', { method: 'POST', body: {} }), refused(403, '0x80040220'))
})

t.test('qualified and disqualified leads are read-only until they are reactivated', async t => {
  const { dataverse, ask } = await sandboxWithKey(t)
  const patch = (body: object) => ask(byKey('r-1'), { method: 'PATCH', body })
  await patch({ lastname: 'Ray' })
  const id = String(dataverse.leads()[0]?.leadid)
  const qualify = (body: object) => ask(`leads(${id})/Microsoft.Dynamics.CRM.QualifyLead`, { method: 'POST', body })
  const all = { CreateAccount: true, CreateContact: false, CreateOpportunity: true, Status: -1 }
  t.match(await qualify({ ...all, CreateAccount: undefined }), refused(400, '0x80040203', /CreateAccount/))
  t.match(await qualify({ ...all, Status: 4 }), refused(400, '0x80048408', /LeadState\.Qualified/))
  t.match(await qualify(all), { status: 200, body: { value: [{ accountid: guid }, { opportunityid: guid }] } })
  t.match(await qualify(all), refused(400, '0x80040203'))
  t.match(await patch({ lastname: 'Roe' }), refused(400, '0x80040203', /Qualified/))
  t.match(await ask(`${byKey('r-1')}?$select=statecode`), { status: 200, body: { statecode: 1 } }, 'they can be read')
  t.equal((await patch({ statecode: 0, lastname: 'Roe' })).status, 204)
  t.match(dataverse.lead(id), { statecode: 0, statuscode: 1, lastname: 'Roe' })
  t.match(await patch({ statuscode: 5 }), refused(400, '0x80048408'))
  t.equal((await patch({ statecode: 2 })).status, 204)
  t.match(dataverse.lead(id), { statecode: 2, statuscode: 4 })
  t.match(await patch({ lastname: 'Ray' }), refused(400, '0x80040203', /Disqualified/))
  dataverse.updateLead(id, { statecode: 0, statuscode: 2 })
  dataverse.qualify(id)
  t.match(dataverse.lead(id), { statecode: 1, statuscode: 3 })
  t.match(await ask(`leads(${randomUUID()})/Microsoft.Dynamics.CRM.QualifyLead`, { method: 'POST', body: all }), refused(404, '0x80040217'))
})

t.test('duplicates are looked for only when the request asks for it', async t => {
  const { dataverse, ask } = await sandboxWithKey(t)
  dataverse.createLead({ emailaddress1: 'ann@example.com' })
  const patch = (suppress: string) =>
    ask(byKey('r-1'), {
      method: 'PATCH',
      body: { emailaddress1: 'Ann@example.com' },
      headers: { 'MSCRM.SuppressDuplicateDetection': suppress }
    })
  t.match(await patch('false'), refused(412, '0x80040333', /a duplicate of the current record already exists/))
  t.equal((await patch('true')).status, 204)
})

t.test('what is asked the wrong way is answered in the words of the Web API', async t => {
  const { entra, dataverse, root, token, ask } = await sandboxWithKey(t)
  for (const value of ['a/b', 'a%2Fb', 'a%3Cb', 'a*b', 'a%25b', 'a%26b', 'a:b', 'a%5Cb', 'a%3Fb', 'a+b', 'a%zz'])
    t.equal((await ask(byKey(value))).status, 400, value)
  t.match(
    await ask("leads(lastname='Ray')"),
    refused(400, '0x80060888', /^The key in the request URI is not valid for resource 'Microsoft\.Dynamics\.CRM\.lead'\. Ensure/)
  )
  t.match(await ask("leads(new_referralid='a',lastname='b')"), refused(400, '0x80060888'))
  t.match(await ask('leads()('), refused(400, '0x80060888'))
  t.match(await ask('Leads'), refused(404, '0x8006088a', /^Resource not found for the segment 'Leads'\.$/))
  t.match(await ask(`leads(${randomUUID()})/Microsoft.Dynamics.CRM.Nothing`, { method: 'POST', body: {} }), refused(404, '0x8006088a'))
  t.match(await ask('WhoAmI', { method: 'POST', body: {} }), refused(404, '', /^No HTTP resource was found that matches the request URI/))
  t.match(await ask('leads', { method: 'DELETE' }), refused(404, ''))
  t.match(await ask(byKey('r-1'), { method: 'POST', body: {} }), refused(404, ''))
  t.match(await ask('WhoAmI()'), { status: 200, body: { UserId: dataverse.userId, OrganizationId: guid, BusinessUnitId: guid } })
  t.equal((await request(root.replace('v9.2', 'v7.0'), { headers: { authorization: `Bearer ${token()}` } })).statusCode, 404)

  for (const authorization of [
    '',
    'Bearer x',
    `Bearer ${entra.issueToken({ aud: 'https://api.partner.microsoft.com' })}`,
    `Basic ${token()}`
  ]) {
    const answer = await ask('WhoAmI', { headers: { authorization } })
    t.match(answer, { status: 401, headers: { 'www-authenticate': /^Bearer authorization_uri=https:.*, resource_id=http:/ } })
  }
  const withSlash = entra.issueToken({ aud: dataverse.url })
  t.equal((await ask('WhoAmI', { headers: { authorization: `Bearer ${withSlash}` } })).status, 200)
  dataverse.deny('prvCreateLead')
  t.match(await ask(byKey('r-1'), { method: 'PATCH', body: {} }), refused(403, '0x80040220', /is missing prvCreateLead privilege/))
  dataverse.setMember(false)
  t.match(await ask('WhoAmI'), refused(403, '0x80072560', /^The user is not a member of the organization\.$/))
  const { ask: askPlain } = await sandboxDataverse(t, { hasSales: false })
  t.match(await askPlain('leads'), refused(404, '0x8006088a', /'leads'/))
})
