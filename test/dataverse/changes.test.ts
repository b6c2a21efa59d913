import t, { type Test } from 'tap'
import { type DataverseOptions, dataverseCrm } from '../../src/dataverse/crm.ts'
import type { Crm, CrmChange } from '../../src/ports.ts'
import { sandboxCrm } from '../fixtures/dataverse-crm.ts'
import { type LocalAnswer, localServer } from '../fixtures/local-server.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const lead = { subject: 'Surface rollout', lastName: 'Lovelace' }
const refusal = (status: number, code = '', message = 'because'): LocalAnswer => ({ status, body: { error: { code, message } } })

/** Follows the changes to their end. */
async function follow(crm: Crm, given?: string) {
  const pages: number[] = []
  const complete = new Set<boolean>()
  const changes: CrmChange[] = []
  let mark: string | undefined
  for await (const page of crm.changes(given)) {
    t.equal(mark, undefined, 'only the last page has a mark')
    pages.push(page.changes.length)
    complete.add(page.isComplete)
    changes.push(...page.changes)
    mark = page.mark
  }
  t.equal(complete.size, 1)
  return { pages, changes, isComplete: complete.has(true), mark: mark ?? '' }
}

t.test('the first reading gives every lead of a referral, and a mark', async t => {
  const { crm, dataverse, asked } = await sandboxCrm(t, { pageSize: 500 })
  for (let i = 0; i < 1100; i++) dataverse.createLead({ lastname: 'x', ...(i % 2 === 0 && { new_referralid: `referral-${i}` }) })
  const { pages, changes, isComplete, mark } = await follow(crm)
  t.strictSame([pages, isComplete], [[250, 250, 50], true])
  t.equal(new Set(changes.map(({ leadId }) => leadId)).size, 550)
  t.match(changes[0], { deleted: false, referralId: 'referral-0', lead: { state: 'Open' } })
  t.strictSame(asked(), Array(3).fill('GET leads 200'))
  t.match(mark, /^delta:new_referralid:http/)
})

t.test('a delta has what was created, changed and deleted since, and nothing else', async t => {
  const { crm, dataverse, requests } = await sandboxCrm(t)
  const [kept, changed, deleted] = await Promise.all(['kept', 'changed', 'deleted'].map(id => crm.upsertLead(id, { lead })))
  const first = await follow(crm)
  t.equal(first.changes.length, 3)
  t.strictSame(await follow(crm, first.mark).then(({ changes, isComplete }) => ({ changes, isComplete })), {
    changes: [],
    isComplete: false
  })

  const created = await crm.upsertLead('created', { lead: { ...lead, estimatedAmount: 0.125, currency: 'GBP' } })
  dataverse.updateLead(changed?.leadId ?? '', { estimatedamount: 10.006, estimatedclosedate: '2026-03-04' })
  dataverse.deleteLead(deleted?.leadId ?? '')
  dataverse.createLead({ lastname: 'no referral' })
  requests.clear()
  const next = await follow(crm, first.mark)
  t.strictSame(next.changes, [
    {
      leadId: created.leadId,
      deleted: false,
      referralId: 'created',
      lead: { leadId: created.leadId, state: 'Open', estimatedAmount: 0.13, currency: 'GBP' }
    },
    {
      leadId: changed?.leadId,
      deleted: false,
      referralId: 'changed',
      lead: { leadId: changed?.leadId, state: 'Open', estimatedAmount: 10.01, currency: 'USD', estimatedCloseDate: '2026-03-04' }
    },
    { leadId: deleted?.leadId, deleted: true }
  ])
  t.equal(next.isComplete, false)
  t.equal(requests.count({ method: 'GET' }), 2, 'one page, and the currency that nobody had written')
  t.strictSame((await follow(crm, next.mark)).changes, [])
  dataverse.qualify(kept?.leadId ?? '')
  t.match((await follow(crm, next.mark)).changes, [{ referralId: 'kept', lead: { state: 'Qualified' } }])
})

t.test('what changes while the pages are read is told at the latest in the next delta', async t => {
  const { crm, dataverse } = await sandboxCrm(t, { pageSize: 500 })
  const all = Array.from({ length: 700 }, (_, i) => dataverse.createLead({ lastname: 'x', new_referralid: `referral-${i}` }))
  const pages = crm.changes()
  await pages[Symbol.asyncIterator]().next()
  dataverse.updateLead(String(all[3]?.leadid), { estimatedamount: 3 })
  dataverse.deleteLead(String(all[4]?.leadid))
  let mark: string | undefined
  for await (const page of pages) mark = page.mark
  const { changes } = await follow(crm, mark)
  t.match(changes, [
    { referralId: 'referral-3', lead: { estimatedAmount: 3 } },
    { leadId: all[4]?.leadid, deleted: true }
  ])
})

t.test('a mark that is too old leads to a full reading', async t => {
  const { crm, dataverse, asked, logged } = await sandboxCrm(t)
  await crm.upsertLead('one', { lead })
  const { mark } = await follow(crm)
  dataverse.expireDeltaTokens()
  const again = await follow(crm, mark)
  t.match(again, { isComplete: true, changes: [{ referralId: 'one' }] })
  t.strictSame(asked().slice(-2), ['GET leads 400', 'GET leads 200'])
  t.match(logged.filter(({ level }) => level === 'warn').at(-1), { message: /does not take the mark any more/ })
  t.match(await follow(crm, again.mark), { isComplete: false, changes: [] })
})

t.test('without change tracking the leads are asked for by date, and the log says once what that misses', async t => {
  const clock = { ms: Date.parse('2026-01-01T12:00:00Z') }
  const { crm, dataverse, asked, logged } = await sandboxCrm(t, { now: () => new Date(clock.ms) })
  dataverse.setChangeTracking(false)
  dataverse.createLead({ lastname: 'no referral' })
  t.match(await follow(crm), { isComplete: true, changes: [], mark: /^modified:.*since=1970/ })
  await crm.upsertLead('one', { lead })
  const { leadId } = await crm.upsertLead('two', { lead })
  const first = await follow(crm)
  t.match(first, { isComplete: true, mark: /^modified:new_referralid:http.*since=\d{4}-/ })
  t.strictSame(first.changes.map(change => !change.deleted && change.referralId).sort(), ['one', 'two'])
  dataverse.deleteLead(leadId)
  const second = await follow(crm, first.mark)
  t.match(second, { isComplete: false, changes: [{ referralId: 'one' }] }, 'the last two minutes are read again')
  t.equal(second.mark, first.mark, 'a quiet reading does not go back')
  t.strictSame(asked().filter(line => line === 'GET leads 400').length, 1, 'it is not asked each time whether it is on now')
  t.equal(logged.filter(({ message }) => message.includes('Change tracking is off')).length, 1)

  dataverse.setChangeTracking(true)
  clock.ms += 60 * 60 * 1000
  const third = await follow(crm, second.mark)
  t.match(third, { isComplete: true, changes: [{ referralId: 'one' }], mark: /^delta:/ }, 'once it is on, it is used')
})

t.test('the setup and the check say that changes are not tracked', async t => {
  const { crm, dataverse, lines, setUp } = await sandboxCrm(t)
  t.notOk(lines.some(line => line.includes('tracking')))
  dataverse.setChangeTracking(false)
  await setUp()
  t.match(lines.at(-1), /^Change tracking is off .* deleted leads are not seen/)
  t.match(await crm.check(), /is active\. Change tracking is off/)
})

t.test('a user who may not read leads is denied, not taken for an old mark', async t => {
  const { crm, dataverse } = await sandboxCrm(t)
  const { mark } = await follow(crm)
  dataverse.deny('prvReadLead')
  await t.rejects(follow(crm, mark), { code: 'CRM_DENIED', message: /prvReadLead/ })
})

t.test('a limit in mid-pages is a pause for the caller, who still has the old mark', async t => {
  const { crm, dataverse } = await sandboxCrm(t, { pageSize: 500 })
  for (let i = 0; i < 600; i++) dataverse.createLead({ lastname: 'x', new_referralid: `referral-${i}` })
  const pages = crm.changes()[Symbol.asyncIterator]()
  t.equal((await pages.next()).value?.changes.length, 500)
  dataverse.limit('requests', { retryAfterSeconds: 300, times: 1 })
  await t.rejects(pages.next(), { code: 'CRM_BUSY', retryAfterMs: 300_000 })
})

t.test('an environment without the referral column is not set up', async t => {
  for (const isTracked of [true, false]) {
    const { crm, dataverse } = await sandboxCrm(t, { isNew: true })
    dataverse.setChangeTracking(isTracked)
    await t.rejects(follow(crm), { code: 'CRM_NOT_SET_UP', message: /no column «new_referralid»/ })
  }
})

async function start(t: Test, answers: LocalAnswer[], options: Partial<DataverseOptions> = {}) {
  const server = await localServer(t, ...answers)
  const { log, lines, text } = memoryLog()
  const url = `${server.url}/`
  const crm = dataverseCrm({ url, getToken: async () => 'token', referralColumn: 'new_referralid', log, ...options })
  return { crm, server, lines, text, leadsUrl: `${url}api/data/v9.2/leads` }
}
const list = (more: object = {}, value: unknown[] = []): LocalAnswer => ({ body: { value, ...more } })
const id = (number: number) => `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`

t.test('the request is what change tracking allows, in pages of 500 to 5000', async t => {
  for (const [pageSize, sent] of [
    [undefined, 2000],
    [1, 500],
    [9999, 5000]
  ]) {
    const { crm, server } = await start(t, [list()], { pageSize })
    await follow(crm)
    t.equal(server.received[0]?.headers.prefer, `odata.maxpagesize=${sent},odata.track-changes`)
    t.equal(
      server.received[0]?.url,
      '/api/data/v9.2/leads?$select=leadid,statecode,estimatedamount,_transactioncurrencyid_value,estimatedclosedate,modifiedon,new_referralid'
    )
  }
})

t.test('a mark that leads to another host is never followed, and no token goes there', async t => {
  const other = await localServer(t, list())
  const { crm, server, lines } = await start(t, [list()])
  for (const mark of [`delta:new_referralid:${other.url}/api/data/v9.2/leads?$deltatoken=1`, 'delta:new_referralid:garbage', ''])
    t.match(await follow(crm, mark), { isComplete: true })
  t.equal(other.received.length, 0)
  for (const { url } of server.received) t.notMatch(url, /deltatoken/)
  t.ok(lines.some(({ message }) => message.includes('belongs to other settings')))
})

t.test('a link in an answer that leads to another host is a failure', async t => {
  const other = await localServer(t, list())
  for (const name of ['@odata.nextLink', '@odata.deltaLink']) {
    const { crm } = await start(t, [list({ [name]: `${other.url}/api/data/v9.2/leads?$skiptoken=1` })])
    await t.rejects(follow(crm), { code: 'CRM_UNEXPECTED', message: /leads away/ })
  }
  t.equal(other.received.length, 0)
})

t.test('pages that lead to themselves end', async t => {
  const { crm, server, leadsUrl } = await start(t, [])
  server.now(list({ '@odata.nextLink': `${leadsUrl}?$skiptoken=1` }))
  await t.rejects(follow(crm), { code: 'CRM_UNEXPECTED', message: /again and again/ })
})

t.test('an environment that answers without a delta link is read by date from then on', async t => {
  const rows = [
    { leadid: id(1), statecode: 0, new_referralid: 'one', modifiedon: '2026-01-02T03:04:05Z' },
    { leadid: id(2), statecode: 0, new_referralid: 'two', modifiedon: '2026-01-02T03:06:05.5Z' },
    { leadid: id(3), statecode: 0, new_referralid: null, modifiedon: null }
  ]
  const { crm, server } = await start(t, [list({}, rows)])
  const { mark, changes } = await follow(crm)
  t.equal(changes.length, 2)
  t.match(mark, /since=2026-01-02T03:04:05Z$/)
  t.match(await follow(crm, mark), { isComplete: false })
  t.match(
    new URL(server.received[1]?.url ?? '', server.url).searchParams.get('$filter'),
    'new_referralid ne null and modifiedon gt 2026-01-02T03:04:05Z'
  )
})

t.test('a deleted lead is told by an id or by an address that ends in one', async t => {
  const deleted = [
    { '@odata.context': 'x/$deletedEntity', id: id(10).toUpperCase(), reason: 'deleted' },
    { id: `leads(${id(11)})`, reason: 'deleted' },
    { id: 'nothing', reason: 'deleted' },
    { id: id(12), reason: 'changed' }
  ]
  const { crm } = await start(t, [list({}, deleted)])
  t.strictSame((await follow(crm)).changes, [
    { leadId: id(10), deleted: true },
    { leadId: id(11), deleted: true }
  ])
})

for (const [name, answer, code] of [
  ['a page of a proxy', { body: '<html>', headers: { 'content-type': 'text/html' } }, 'CRM_UNEXPECTED'],
  ['a row without an id', list({}, [{ new_referralid: 'one' }]), 'CRM_UNEXPECTED'],
  ['an error of the server', refusal(503), 'CRM_UNREACHABLE'],
  ['a refused user', refusal(403), 'CRM_DENIED'],
  ['a missing table', refusal(404, '0x8006088a', "Resource not found for the segment 'leads'."), 'CRM_NOT_SET_UP']
] as [string, LocalAnswer, string][])
  t.test(`${name} instead of changes is ${code}`, async t => {
    const { crm } = await start(t, [answer])
    await t.rejects(follow(crm), { code })
  })
