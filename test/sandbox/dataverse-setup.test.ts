import { DynamicsWebApi } from 'dynamics-web-api'
import t from 'tap'
import { lead, sandboxDataverse, sandboxWithKey, textColumn } from '../fixtures/sandbox-dataverse.ts'

const keys = `${lead}/Keys`
const attributes = `${lead}/Attributes`
const key = { '@odata.type': 'Microsoft.Dynamics.CRM.EntityKeyMetadata', SchemaName: 'new_referralkey', KeyAttributes: ['new_referralid'] }
const upsert = { method: 'PATCH', body: { subject: 'x' } } as const
const refused = (status: number, code: string, message: RegExp = /./) => ({ status, body: { error: { code, message } } })

t.test('a new environment has neither column nor key, and a key is usable once its index is active', async t => {
  const { ask, root } = await sandboxDataverse(t)
  const byKey = "leads(new_referralid='r-1')"
  t.match(await ask(`${attributes}(LogicalName='new_referralid')`), refused(404, '0x80040217'))
  t.same((await ask(keys)).body.value, [])
  t.match(await ask(keys, { method: 'POST', body: key }), refused(400, '0x80040203', /does not contain an attribute named new_referralid/))
  const column = await ask(attributes, {
    method: 'POST',
    body: textColumn('new_ReferralId'),
    headers: { 'MSCRM.SolutionUniqueName': 'referrals' }
  })
  t.match(column, { status: 204, headers: { 'odata-entityid': new RegExp(`^${root}EntityDefinitions\\(.{36}\\)/Attributes\\(.{36}\\)$`) } })
  t.match(await ask(byKey, upsert), refused(400, '0x80060888', /^The key in the request URI is not valid/))
  t.match(await ask(keys, { method: 'POST', body: key }), { status: 204, headers: { 'odata-entityid': /\/Keys\(.{36}\)$/ } })
  for (const status of ['Pending', 'InProgress', 'Active']) {
    t.match(await ask(byKey, upsert), refused(400, '0x80060888'), 'not usable yet')
    const { body } = await ask(`${keys}?$select=LogicalName,KeyAttributes,EntityKeyIndexStatus`)
    t.match(body.value, [{ LogicalName: 'new_referralkey', KeyAttributes: ['new_referralid'], EntityKeyIndexStatus: status }])
  }
  t.match(await ask(`${keys}(LogicalName='new_referralkey')`), { status: 200, body: { EntityKeyIndexStatus: 'Active' } })
  t.equal((await ask(byKey, upsert)).status, 204)
  t.equal((await ask('PublishXml', { method: 'POST', body: { ParameterXml: '<importexportxml/>' } })).status, 204)
})

t.test('an index that the rows contradict fails, and can be built again', async t => {
  const { dataverse, ask } = await sandboxDataverse(t, { indexReads: 0 })
  await ask(attributes, { method: 'POST', body: textColumn('new_referralid') })
  dataverse.createLead({ new_referralid: 'r-1' })
  const second = dataverse.createLead({ new_referralid: 'R-1' })
  dataverse.createLead({})
  dataverse.createLead({})
  await ask(keys, { method: 'POST', body: key })
  const status = async () => (await ask(keys)).body.value[0].EntityKeyIndexStatus
  const reactivate = () =>
    ask('ReactivateEntityKey', { method: 'POST', body: { EntityLogicalName: 'lead', EntityKeyLogicalName: 'new_referralkey' } })
  t.equal(await status(), 'Failed')
  await reactivate()
  t.equal(await status(), 'Failed', 'as long as the rows do')
  dataverse.deleteLead(String(second.leadid))
  dataverse.failNextKeyIndex()
  await reactivate()
  t.equal(await status(), 'Failed')
  t.equal((await reactivate()).status, 204)
  t.equal(await status(), 'Active')
  t.match(await reactivate(), refused(400, '0x80040203'), 'only what failed is built again')
})

t.test('definitions that Dataverse would refuse are refused', async t => {
  const { ask } = await sandboxWithKey(t)
  const column = (more: object) => ask(attributes, { method: 'POST', body: { ...textColumn('new_other'), ...more } })
  for (const [broken, message] of [
    [{ SchemaName: 'referralid' }, /valid customization prefix/],
    [{ SchemaName: undefined }, /schema name/],
    [{ SchemaName: 'new_referralid' }, /already exists/],
    [{ MaxLength: 4001 }, /between 1 and 4000/],
    [{ MaxLength: undefined }, /MaxLength/],
    [{ DisplayName: undefined }, /display name/],
    [{ DisplayName: { LocalizedLabels: [{ Label: 'x', LanguageCode: 1031 }] } }, /1033/],
    [{ '@odata.type': 'Microsoft.Dynamics.CRM.LookupAttributeMetadata' }, /type/]
  ] as const)
    t.match(await column(broken), refused(400, '0x80040203', message), JSON.stringify(broken))

  t.equal((await column({ SchemaName: 'new_long', MaxLength: 451 })).status, 204)
  const other = (more: object) => ask(keys, { method: 'POST', body: { SchemaName: 'new_otherkey', KeyAttributes: ['lastname'], ...more } })
  for (const [broken, message] of [
    [{ SchemaName: 'otherkey' }, /valid customization prefix/],
    [{ SchemaName: 'new_ReferralKey' }, /already has the key/],
    [{ KeyAttributes: ['new_referralid'] }, /same attributes/],
    [{ KeyAttributes: [] }, /1 to 16/],
    [{ KeyAttributes: ['description'] }, /type Memo/],
    [{ KeyAttributes: ['new_long'] }, /900 bytes/],
    [{ KeyAttributes: ['nosuch'] }, /does not contain/]
  ] as const)
    t.match(await other(broken), refused(400, '0x80040203', message), JSON.stringify(broken))
  const more = [
    'subject',
    'firstname',
    'companyname',
    'emailaddress1',
    'telephone1',
    'mobilephone',
    'jobtitle',
    'websiteurl',
    'leadsourcecode'
  ]
  for (const name of more) t.equal((await other({ SchemaName: `new_${name}`, KeyAttributes: [name] })).status, 204, name)
  t.match(await other({}), refused(400, '0x80040203', /maximum number of keys/))
})

t.test('metadata is read with the casts and properties that it has', async t => {
  const { ask } = await sandboxWithKey(t)
  const label = { UserLocalizedLabel: { LanguageCode: 1033 } }
  t.match((await ask(`${lead}?$select=LogicalName,DisplayName`)).body, { LogicalName: 'lead', DisplayName: label, MetadataId: /.{36}/ })
  t.notOk('EntitySetName' in (await ask(`${lead}?$select=LogicalName`)).body)
  t.match(await ask("EntityDefinitions(LogicalName='nosuch')"), refused(404, '0x80040217'))
  t.equal((await ask('EntityDefinitions?$select=LogicalName')).body.value.length, 2)
  const column = `${attributes}(LogicalName='new_referralid')`
  t.match((await ask(column)).body, {
    '@odata.type': '#Microsoft.Dynamics.CRM.StringAttributeMetadata',
    AttributeType: 'String',
    IsCustomAttribute: true
  })
  t.match(
    await ask(`${column}?$select=MaxLength`),
    refused(400, '0x80060888', /'MaxLength' on type 'Microsoft\.Dynamics\.CRM\.AttributeMetadata'/)
  )
  t.match((await ask(`${column}/Microsoft.Dynamics.CRM.StringAttributeMetadata?$select=MaxLength`)).body, { MaxLength: 100 })
  t.match(await ask(`${column}/Microsoft.Dynamics.CRM.PicklistAttributeMetadata`), refused(404, '0x80040217'))
  t.match(await ask(`${column}?$expand=OptionSet`), refused(400, '0x80060888', /'OptionSet'/))
  const rating = `${attributes}(LogicalName='leadqualitycode')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet`
  t.match((await ask(rating)).body.OptionSet.Options, [
    { Value: 1, Label: { UserLocalizedLabel: { Label: 'Hot' } } },
    { Value: 2 },
    { Value: 3 }
  ])
  t.ok((await ask(`${attributes}?$select=LogicalName`)).body.value.length > 40)
  t.match(await ask(keys, { method: 'DELETE' }), refused(404, ''))
  t.match(await ask(`${lead}/Nothing`), refused(404, '0x8006088a'))
})

t.test('service protection: three limits, each with its code and Retry-After', async t => {
  let now = new Date('2026-03-01T00:00:00Z')
  const { dataverse, ask } = await sandboxDataverse(t, { now: () => now, maxRequests: 5 })
  for (const [kind, code, message] of [
    ['requests', '0x80072322', /^Number of requests exceeded the limit of 6000 over time window of 300 seconds\.$/],
    ['time', '0x80072321', /^Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds/],
    ['concurrency', '0x80072326', /^Number of concurrent requests exceeded the limit of 52\.$/]
  ] as const) {
    dataverse.limit(kind, { retryAfterSeconds: 9, times: 1 })
    t.match(await ask('WhoAmI'), { ...refused(429, code, message), headers: { 'retry-after': '9' } })
  }
  t.match(await ask('WhoAmI'), { status: 200, headers: { 'x-ms-ratelimit-burst-remaining-xrm-requests': '4' } })

  dataverse.limit('requests', { retryAfterSeconds: 10 })
  t.match(await ask('WhoAmI'), { status: 429, headers: { 'retry-after': '10' } })
  t.match(await ask('WhoAmI'), { status: 429, headers: { 'retry-after': '11' } }, 'sending on makes the pause longer')
  now = new Date('2026-03-01T00:00:12Z')
  t.equal((await ask('WhoAmI')).status, 200)

  for (let n = 0; n < 3; n++) t.equal((await ask('WhoAmI')).status, 200)
  t.match(await ask('WhoAmI'), { ...refused(429, '0x80072322'), headers: { 'retry-after': '288' } }, 'the limit of five minutes is kept')
  now = new Date('2026-03-01T00:05:01Z')
  t.equal((await ask('WhoAmI')).status, 200)
  dataverse.limit('time', { retryAfterSeconds: 100 })
  dataverse.liftLimits()
  t.equal((await ask('WhoAmI')).status, 200)
})

t.test('a fifty-third request at the same time is refused at once', async t => {
  const { dataverse, ask } = await sandboxDataverse(t)
  const release = dataverse.hold()
  const all = Array.from({ length: 53 }, () => ask('WhoAmI'))
  t.match(await Promise.race(all), { ...refused(429, '0x80072326'), headers: { 'retry-after': /^\d+$/ } })
  release()
  const statuses = (await Promise.all(all)).map(({ status }) => status)
  t.equal(statuses.filter(status => status === 200).length, 52)
})

t.test('dynamics-web-api sets up, upserts by key, and reads the refusals', async t => {
  const { dataverse, token, log } = await sandboxDataverse(t)
  const api = new DynamicsWebApi({ serverUrl: dataverse.url, onTokenRefresh: async () => token(), propagateErrors: true })
  await api.createAttribute({ entityKey: "LogicalName='lead'", data: textColumn('new_referralid') as never })
  await api.create({ collection: 'EntityDefinitions', key: "LogicalName='lead'", navigationProperty: 'Keys', data: key })
  const readKeys = () =>
    api.retrieve<{ value: { EntityKeyIndexStatus: string }[] }>({
      collection: 'EntityDefinitions',
      key: "LogicalName='lead'",
      navigationProperty: 'Keys'
    })
  const seen: (string | undefined)[] = []
  for (let n = 0; n < 3; n++) seen.push((await readKeys()).value[0]?.EntityKeyIndexStatus)
  t.same(seen, ['Pending', 'InProgress', 'Active'])
  const column = await api.retrieveAttribute<{ AttributeType: string }>({
    entityKey: "LogicalName='lead'",
    attributeKey: "LogicalName='new_referralid'"
  })
  t.equal(column.AttributeType, 'String')

  const upsertLead = (data: object, more: object = {}) =>
    api.upsert<object, unknown>({ collection: 'leads', key: "new_referralid='r-1'", data, ...more })
  t.equal(await upsertLead({ lastname: 'Ray' }), undefined, 'the echoed key is no id')
  t.match(await upsertLead({ lastname: 'Roe' }, { returnRepresentation: true, select: ['leadid', 'statecode'] }), {
    leadid: dataverse.leads()[0]?.leadid,
    statecode: 0
  })
  t.match(await rejection(upsertLead({}, { ifnonematch: '*' })), { status: 412, code: '0x80040237' })
  t.match(await rejection(upsertLead({ nosuch: 1 })), { status: 400, code: '0x80048d19', message: /Invalid property 'nosuch'/ })
  dataverse.limit('requests', { retryAfterSeconds: 7, times: 1 })
  t.match(await rejection(upsertLead({})), { status: 429, code: '0x80072322', headers: { 'retry-after': '7' } })
  dataverse.nextAnswers.next({ status: 503, headers: { 'content-type': 'text/html' }, body: '<html></html>' })
  t.match(await rejection(upsertLead({})), { status: 503 })
  const found = await api.retrieveMultiple<{ lastname: string }>({
    collection: 'leads',
    select: ['lastname'],
    filter: "new_referralid eq 'r-1'"
  })
  t.match(found.value, [{ lastname: 'Roe' }])
  await api.deleteRecord({ collection: 'leads', key: "new_referralid='r-1'" })
  t.same(dataverse.leads(), [])
  t.equal(log.count({ system: 'dataverse', status: 429 }), 1)
})

/** What a promise was rejected with. */
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    error => error
  )
