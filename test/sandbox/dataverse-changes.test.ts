import t, { type Test } from 'tap'
import { lead as definition, sandboxWithKey } from '../fixtures/sandbox-dataverse.ts'

const refused = (status: number, code: string, message: RegExp = /./) => ({ status, body: { error: { code, message } } })
const select = '$select=leadid,lastname,_transactioncurrencyid_value'

async function start(t: Test, prefer = 'odata.track-changes') {
  const sandbox = await sandboxWithKey(t)
  const get = (link: string) => sandbox.ask(link.replace(sandbox.root, ''), { headers: { prefer } })
  return { ...sandbox, get }
}

t.test('a tracked list ends with a delta link, and the link with what has changed since', async t => {
  const { dataverse, root, ask, get } = await start(t)
  const [ann, bob] = ['Ann', 'Bob'].map(lastname => String(dataverse.createLead({ lastname }).leadid)) as [string, string]
  const first = await get(`leads?${select}`)
  t.match(first, {
    status: 200,
    headers: { 'preference-applied': 'odata.track-changes' },
    body: { value: [{ leadid: ann }, { leadid: bob }] }
  })
  const link = String(first.body['@odata.deltaLink'])
  t.ok(link.startsWith(`${root}leads?${select}&$deltatoken=`))
  t.match((await get(link)).body, { value: [], '@odata.context': /\/\$delta$/ })

  const zoe = String(dataverse.createLead({ lastname: 'Zoe' }).leadid)
  dataverse.updateLead(ann, { lastname: 'Anna' })
  dataverse.deleteLead(bob)
  const deleted = { '@odata.context': `${root}$metadata#leads/$deletedEntity`, id: bob, reason: 'deleted' }
  const next = await ask(link.replace(root, ''))
  t.match(next.body.value, [{ leadid: zoe }, { leadid: ann, lastname: 'Anna' }, deleted], 'the link says enough without the header')
  t.strictSame(Object.keys(next.body.value[0]).sort(), ['@odata.etag', '_transactioncurrencyid_value', 'lastname', 'leadid'])
  t.match((await get(link)).body.value, next.body.value, 'a link may be followed again')
  t.match((await get(String(next.body['@odata.deltaLink']))).body.value, [])
})

t.test('tracked lists and deltas come in pages, and none is missed that changes in between', async t => {
  const { dataverse, get } = await start(t, 'odata.track-changes, odata.maxpagesize=2')
  const leads = ['a', 'b', 'c', 'd', 'e'].map(lastname => String(dataverse.createLead({ lastname }).leadid))
  const names: string[] = []
  let { body } = await get(`leads?${select}`)
  dataverse.updateLead(leads[0] ?? '', { lastname: 'a2' })
  for (;;) {
    names.push(...body.value.map(({ lastname }: { lastname: string }) => lastname))
    t.ok(body.value.length <= 2)
    t.equal('@odata.nextLink' in body, !('@odata.deltaLink' in body))
    if (!body['@odata.nextLink']) break
    body = (await get(body['@odata.nextLink'])).body
  }
  t.strictSame(names, ['a', 'b', 'c', 'd', 'e', 'a2'])
  for (const id of leads.slice(1)) dataverse.deleteLead(id)
  const delta = (await get(body['@odata.deltaLink'])).body
  t.match(delta.value, [{ lastname: 'a2' }, { id: leads[1], reason: 'deleted' }])
  const rest = (await get(delta['@odata.nextLink'])).body
  t.match(rest.value, [{ id: leads[2] }, { id: leads[3] }])
  t.match((await get(rest['@odata.nextLink'])).body, { value: [{ id: leads[4] }], '@odata.deltaLink': /deltatoken/ })
})

t.test('what cannot be asked for together with change tracking is refused', async t => {
  const { dataverse, ask, get } = await start(t)
  for (const option of ["$filter=lastname eq 'x'", '$orderby=lastname', '$expand=ownerid', '$top=1', '$count=true'])
    t.match(await get(`leads?${select}&${encodeURI(option)}`), refused(400, '0x80060888', /not supported when change tracking/), option)
  t.match(await get('leads?$select=nosuch'), refused(400, '0x80060888', /nosuch/))
  for (const token of ['x', '1!2', '']) t.equal((await get(`leads?$deltatoken=${token}`)).status, 400, token)
  t.match(await get('transactioncurrencies'), refused(400, '0x80040203', /Change tracking is not enabled for entity 'transactioncurrency'/))
  dataverse.deny('prvReadLead')
  t.match(await get('leads'), refused(403, '0x80040220'))
  t.equal((await ask('transactioncurrencies?$top=1')).body.value.length, 1, 'plain lists are as before')
})

t.test('delta links grow old, and change tracking may be off', async t => {
  const { dataverse, ask, get } = await start(t)
  const tracked = () => ask(`${definition}?$select=ChangeTrackingEnabled`).then(({ body }) => body.ChangeTrackingEnabled)
  const old = String((await get('leads')).body['@odata.deltaLink'])
  dataverse.expireDeltaTokens()
  t.match(await get(old), refused(400, '0x80044352', /full sync/))
  const present = String((await get('leads')).body['@odata.deltaLink'])
  t.equal((await get(present)).status, 200)
  t.equal(await tracked(), true)
  dataverse.setChangeTracking(false)
  t.equal(await tracked(), false)
  for (const link of ['leads', present]) t.match(await get(link), refused(400, '0x80040203', /not enabled for entity 'lead'/))
  t.equal((await ask('leads')).status, 200)
  dataverse.setChangeTracking(true)
  t.equal((await get(present)).status, 200)
})

t.test('the history tells every write, and who did it', async t => {
  const { dataverse, ask } = await sandboxWithKey(t)
  const patch = (body: object) => ask("leads(new_referralid='r-1')", { method: 'PATCH', body })
  await patch({ lastname: 'Ray' })
  await patch({ lastname: 'Roe' })
  t.equal((await patch({ lastname: 5 })).status, 400)
  const id = String(dataverse.leads()[0]?.leadid)
  dataverse.updateLead(id, { lastname: 'Rae' })
  await ask("leads(new_referralid='r-1')", { method: 'DELETE' })
  const other = dataverse.createLead({ lastname: 'x' })
  dataverse.deleteLead(String(other.leadid))
  dataverse.deleteLead(String(other.leadid))
  t.strictSame(dataverse.history(id.toUpperCase()), [
    { leadId: id, kind: 'created', isRequest: true, columns: { new_referralid: 'r-1', lastname: 'Ray' } },
    { leadId: id, kind: 'updated', isRequest: true, columns: { new_referralid: 'r-1', lastname: 'Roe' } },
    { leadId: id, kind: 'updated', isRequest: false, columns: { lastname: 'Rae' } },
    { leadId: id, kind: 'deleted', isRequest: true, columns: {} }
  ])
  t.equal(dataverse.history().length, 6)
})

t.test('answers take as long as they are told to', async t => {
  const { dataverse, ask, log } = await sandboxWithKey(t)
  dataverse.setDelay(600_000)
  let isAnswered = false
  const slow = ask('WhoAmI').then(
    () => {
      isAnswered = true
    },
    () => undefined
  )
  while (log.count({ system: 'dataverse' }) < 1) await new Promise(resolve => setImmediate(resolve))
  dataverse.setDelay(0)
  t.equal((await ask('WhoAmI')).status, 200)
  t.notOk(isAnswered)
  await dataverse.close()
  await slow
})

t.test('keys hold among thousands of leads, through changes of their values and deletions', async t => {
  const { dataverse, ask } = await sandboxWithKey(t)
  const ids = Array.from({ length: 5000 }, (_, i) => String(dataverse.createLead({ lastname: 'x', new_referralid: `R-${i}` }).leadid))
  const find = async (key: string) => (await ask(`leads(new_referralid='${key}')?$select=leadid`)).body.leadid
  t.equal(await find('r-4711'), ids[4711])
  t.throws(() => dataverse.createLead({ lastname: 'x', new_referralid: 'r-4711' }), { code: '0x80060892' })
  t.throws(() => dataverse.updateLead(ids[1] ?? '', { new_referralid: 'r-4711' }), { code: '0x80060892' })
  dataverse.updateLead(ids[4711] ?? '', { new_referralid: 'moved' })
  t.equal(await find('r-4711'), undefined)
  t.equal(await find('moved'), ids[4711])
  dataverse.updateLead(ids[1] ?? '', { new_referralid: 'r-4711' })
  dataverse.deleteLead(ids[1] ?? '')
  t.equal(await find('r-4711'), undefined)
  dataverse.updateLead(ids[2] ?? '', { new_referralid: null })
  dataverse.updateLead(ids[3] ?? '', { new_referralid: null })
  t.equal(await find('r-2'), undefined)
  t.equal(dataverse.leads().length, 4999)
})
