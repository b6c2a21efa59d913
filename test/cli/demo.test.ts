import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../fixtures/terminal.ts'

t.test('the demo does the main job and proves each step', async t => {
  const { code, out } = await run(['demo', '--json'])
  t.equal(code, 0, out)
  const result = JSON.parse(out)
  t.match(result, { ok: true, referralId: /^[0-9a-f-]{36}$/, leadId: /^[0-9a-f-]{36}$/ })
  t.ok(result.steps.every(({ ok }: { ok: boolean }) => ok))
  t.equal(result.requests.crmWrites, 1, 'one write to the CRM, echo and second sync included')
  t.equal(result.requests.referralWrites, 1, 'one write-back')
  t.same(
    result.timeline
      .map(({ kind }: { kind: string }) => kind)
      .filter((kind: string) => ['received', 'written', 'writtenBack'].includes(kind)),
    ['received', 'written', 'writtenBack', 'received']
  )
  t.match(result.flow, {
    name: 'Partner Center referral → lead',
    runs: [{ status: 'Succeeded', billableActions: 3 }, { billableActions: 3 }]
  })
  t.equal(result.flow.runs.length, 2, 'the event and its echo')
  t.equal(result.jobs, 0, 'nothing is left to do')
})

t.test('people get a step a line with its proof, and the lead as a table', async t => {
  const { code, out } = await run(['demo'])
  t.equal(code, 0, out)
  t.match(out, /Receive its signed callback.*\n +signed by .*pcnotifications-dispatch\.microsoft\.com/)
  t.match(out, /Upsert the lead \(Succeeded\), .*; 3 billable actions/)
  t.match(out, /Column +Value/)
  t.match(out, /companyname +Fabrikam|companyname +\S+/)
  t.match(out, /nothing to do/)
})

t.test("a referral of one's own is created from a file", async t => {
  const file = join(t.testdir(), 'referral.json')
  writeFileSync(
    file,
    JSON.stringify({ name: 'A deal of mine', customerProfile: { name: 'My Customer', team: [{ firstName: 'Ida', lastName: 'Berg' }] } })
  )
  const { out } = await run(['demo', '--referral', file, '--json'])
  t.match(JSON.parse(out), { ok: true, lead: { companyname: 'My Customer', lastname: 'Berg' } })
})

const refusals = {
  body: 'CALLBACK_SIGNATURE_MISMATCH',
  certificate: 'CERTIFICATE_CHAIN_UNTRUSTED',
  host: 'CERTIFICATE_URL_FOREIGN',
  algorithm: 'CALLBACK_ALGORITHM_UNSUPPORTED'
}
for (const [what, code] of Object.entries(refusals))
  t.test(`a callback with a forged ${what} is refused with ${code} and causes nothing`, async t => {
    const { out } = await run(['demo', '--tamper', what, '--json'])
    t.match(JSON.parse(out), {
      ok: true,
      refused: { code },
      requests: { tokenRequests: 0, referralReads: 0, referralWrites: 0, crmWrites: 0 }
    })
  })
