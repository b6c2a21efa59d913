import t from 'tap'
import { type ChangeMark, markFrom, markText, ownLink } from '../../src/dataverse/change-mark.ts'

const leadsUrl = 'https://contoso.crm.dynamics.com/api/data/v9.2/leads'
const place = { leadsUrl, referralColumn: 'new_referralid' }
const link = `${leadsUrl}?$select=leadid,statecode&$deltatoken=919042%2108%2f22%2f2026`

t.test('a mark comes back as it went', async t => {
  const marks: ChangeMark[] = [
    { kind: 'delta', link },
    { kind: 'modified', since: '2026-01-02T03:04:05Z' }
  ]
  for (const mark of marks) t.strictSame(markFrom(markText(mark, place), place), mark)
  t.notMatch(markText({ kind: 'delta', link }, place), /Bearer|token=ey/)
})

t.test('a mark of other settings, or none at all, says nothing', async t => {
  const good = markText({ kind: 'delta', link }, place)
  for (const text of [
    '',
    'delta',
    link,
    good.replace('delta', 'other'),
    good.replace('new_referralid', 'new_other'),
    good.replace('contoso', 'fabrikam'),
    good.replace('https', 'http'),
    good.replace('leads?', 'accounts?'),
    good.replace('v9.2', 'v9.1'),
    good.replace(/\?.*/, ''),
    good.replace('contoso.crm.dynamics.com', 'contoso.crm.dynamics.com@evil.example'),
    good.replace('contoso.crm.dynamics.com', 'contoso.crm.dynamics.com.evil.example'),
    good.replace('contoso.crm.dynamics.com', 'contoso.crm.dynamics.com:444'),
    good.replace('https://', 'https://user:secret@'),
    good.replace('/leads', '/leads/../accounts'),
    `modified:new_referralid:${leadsUrl}?since=yesterday`,
    `modified:new_referralid:${leadsUrl}?since=2026-01-01T00:00:00Z' or 1 eq 1`
  ])
    t.equal(markFrom(text, place), undefined, text)
})

t.test('a link is written the way the environment is configured', async t => {
  t.equal(ownLink(link.replace('contoso.crm', 'CONTOSO.crm').replace('.com/', '.com:443/'), leadsUrl), link)
  for (const other of [undefined, 5, '', 'leads?$skiptoken=1', `${leadsUrl}`, 'https://evil.example/api/data/v9.2/leads?x'])
    t.equal(ownLink(other, leadsUrl), undefined, String(other))
})
