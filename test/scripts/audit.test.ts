import t from 'tap'
import { ignoredAdvisories } from '../../scripts/supply-chain/ignored-advisories.ts'
import { judgeAudit } from '../../scripts/supply-chain/judge-audit.ts'

const now = new Date('2026-03-01T12:00:00Z')
const advisory = (severity: string, id = 'GHSA-aaaa-bbbb-cccc') => ({
  source: 1,
  name: 'one',
  title: 'It breaks.',
  url: `https://github.com/advisories/${id}`,
  severity,
  range: '<2'
})
/** As npm writes it: `two` is affected because it needs `one`. */
const report = (...via: object[]) => ({
  auditReportVersion: 2,
  vulnerabilities: {
    one: { name: 'one', severity: 'high', via, effects: ['two'] },
    two: { name: 'two', severity: 'high', via: ['one'], effects: [] }
  },
  metadata: { vulnerabilities: { total: 2 } }
})

t.test('no advisory is clean', async t => {
  t.match(judgeAudit({ vulnerabilities: {} }, [], now), { state: 'clean', failing: [], other: [], ignored: [], stale: [] })
})

t.test('high and critical ones fail, and so does a severity that nobody knows', async t => {
  const rows: [severity: string, state: string][] = [
    ['info', 'clean'],
    ['low', 'clean'],
    ['moderate', 'clean'],
    ['high', 'vulnerable'],
    ['critical', 'vulnerable'],
    ['catastrophic', 'vulnerable']
  ]
  for (const [severity, state] of rows) t.equal(judgeAudit(report(advisory(severity)), [], now).state, state, severity)
})

t.test('an advisory is named once, at the package that has it', async t => {
  t.match(judgeAudit(report(advisory('high'), advisory('high'), advisory('low', 'GHSA-dddd-eeee-ffff')), [], now), {
    failing: [{ id: 'GHSA-aaaa-bbbb-cccc', package: 'one', title: 'It breaks.' }],
    other: [{ id: 'GHSA-dddd-eeee-ffff' }]
  })
})

t.test('a report that cannot be judged is never taken for a clean one', async t => {
  const reports: Record<string, unknown> = {
    'nothing at all': undefined,
    'a text': 'audited 3 packages',
    'the answer of a registry without advisories': {
      message: '405 Method Not Allowed',
      method: 'POST',
      error: { summary: '', detail: '' }
    },
    'an error beside a list': { error: { code: 'EAUDITNOLOCK' }, vulnerabilities: {} },
    'the form of npm 6': { advisories: {}, metadata: {} },
    'vulnerable packages without an advisory': { vulnerabilities: { two: { name: 'two', severity: 'high', via: ['one'] } } },
    'a list in another form': { vulnerabilities: { one: 'high' } }
  }
  for (const [what, value] of Object.entries(reports)) t.match(judgeAudit(value, [], now), { state: 'unknown', reason: /\S/ }, what)
})

t.test('an advisory on the list is left out until its last day, and not after it', async t => {
  const entry = { id: 'GHSA-aaaa-bbbb-cccc', reason: 'Never called.', until: '2026-03-01' }
  const found = report(advisory('high'))
  t.match(judgeAudit(found, [entry], now), {
    state: 'clean',
    failing: [],
    ignored: [{ package: 'one', reason: 'Never called.' }],
    stale: []
  })
  t.match(judgeAudit(found, [entry], new Date('2026-03-02T00:00:00Z')), { state: 'vulnerable', ignored: [], stale: [entry] })
  t.match(judgeAudit(found, [{ ...entry, id: 'GHSA-xxxx-xxxx-xxxx' }], now), { state: 'vulnerable' })
  t.match(
    judgeAudit({ vulnerabilities: {} }, [entry], now),
    { state: 'clean', stale: [entry] },
    'an entry that stands for nothing is named'
  )
})

t.test('each entry of the list has an advisory, a reason and a day', async t => {
  for (const { id, reason, until } of ignoredAdvisories) {
    t.match(id, /^GHSA(-[a-z0-9]{4}){3}$/)
    t.match(reason, /\S{3}/)
    t.match(until, /^\d{4}-\d\d-\d\d$/)
  }
})
