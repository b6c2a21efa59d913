import t from 'tap'
import { stage } from '../fixtures/stage.ts'

t.test('a signed callback becomes a lead through four typed actions, and the echo changes nothing', async t => {
  const { sandbox, flow } = await stage(t)
  const { id } = sandbox.partnerCenter.createReferral()
  await flow.idle()

  const [run, echo, ...others] = flow.runs
  t.same(
    run?.actions.map(({ path, code }) => [path, code]),
    [
      ['Validate', 'OK'],
      ['If_own', 'OK'],
      ['If_own/Get', 'OK'],
      ['If_own/Upsert', 'OK'],
      ['If_own/Write_back', 'OK']
    ]
  )
  t.match(echo?.actions.at(-1)?.outputs, { body: { changed: [] } }, 'the echo edits nothing')
  t.equal(others.length, 0, 'and raises no further event')
  const [lead] = sandbox.dataverse.leads()
  t.equal(sandbox.dataverse.leads().length, 1)
  t.equal(lead?.new_referralid, id)
  t.equal(sandbox.partnerCenter.referral(String(id))?.externalReferenceId, lead?.leadid)
})

t.test('one sync asks for one referral, one write to the CRM and one write-back; a second one only for the referral', async t => {
  const { quietReferral, counting, call } = await stage(t)
  const id = quietReferral()
  const first = await counting(() => call('POST', `/v1/referrals/${id}/sync`))
  t.match(first.result.body, { outcome: 'synchronized', lead: 'created', writeBack: 'written' })
  t.same({ ...first.counts, tokenRequests: 0 }, { tokenRequests: 0, referralReads: 1, referralWrites: 1, crmWrites: 1 })
  t.ok(first.counts.tokenRequests <= 2, 'a token for each system, at most')

  const second = await counting(() => call('POST', `/v1/referrals/${id}/sync`))
  t.match(second.result.body, { outcome: 'nothingToDo', lead: 'unchanged', writeBack: 'unchanged' })
  t.same(second.counts, { tokenRequests: 0, referralReads: 1, referralWrites: 0, crmWrites: 0 })
})

t.test('twenty syncs of one referral at once make one lead', async t => {
  const { sandbox, quietReferral, call } = await stage(t)
  const id = quietReferral()
  const answers = await Promise.all(Array.from({ length: 20 }, () => call('POST', `/v1/referrals/${id}/sync`)))
  t.same([...new Set(answers.map(({ status }) => status))], [200])
  t.equal(sandbox.dataverse.leads().length, 1)
})

t.test('a change of the referral is written to the lead, and only that', async t => {
  const { sandbox, quietReferral, counting, call } = await stage(t)
  const id = quietReferral()
  await call('POST', `/v1/referrals/${id}/sync`)
  const leadId = String(sandbox.dataverse.leads()[0]?.leadid)
  sandbox.dataverse.updateLead(leadId, { jobtitle: 'Changed in the CRM' })
  sandbox.partnerCenter.updateReferral(id, { name: 'A better name' })
  const { result, counts } = await counting(() => call('POST', `/v1/referrals/${id}/sync`))
  t.match(result.body, { lead: 'updated', writeBack: 'unchanged' })
  t.match(counts, { crmWrites: 1, referralWrites: 0 })
  t.match(sandbox.dataverse.lead(leadId), { subject: 'A better name', jobtitle: 'Changed in the CRM' })
})

t.test('a qualified lead is left alone and the answer says so', async t => {
  const { sandbox, quietReferral, call } = await stage(t)
  const id = quietReferral()
  await call('POST', `/v1/referrals/${id}/sync`)
  sandbox.dataverse.qualify(String(sandbox.dataverse.leads()[0]?.leadid))
  sandbox.partnerCenter.updateReferral(id, { name: 'Too late' })
  t.match(await call('POST', `/v1/referrals/${id}/sync`), { status: 200, body: { lead: 'readOnly', reason: /qualified/ } })
})

t.test('a closed referral still becomes a lead; only the write-back is skipped', async t => {
  const { sandbox, quietReferral, call } = await stage(t)
  const id = quietReferral()
  sandbox.partnerCenter.updateReferral(id, { status: 'Closed', substatus: 'Lost' })
  t.match(await call('POST', `/v1/referrals/${id}/sync`), {
    status: 200,
    body: { lead: 'created', writeBack: 'skipped', reason: /Closed/ }
  })
  t.match(await call('PATCH', `/v1/referrals/${id}`, { notes: 'too late' }), { status: 409, body: { code: 'REFERRAL_CLOSED' } })
})

t.test(
  'a lead that was deleted in the CRM stays deleted for a sync, and is made again with everything for whoever asks for it',
  async t => {
    const { sandbox, quietReferral, call } = await stage(t)
    const id = quietReferral()
    await call('POST', `/v1/referrals/${id}/sync`)
    const before = sandbox.dataverse.leads()[0]
    sandbox.dataverse.deleteLead(String(before?.leadid))
    sandbox.partnerCenter.updateReferral(id, { name: 'Once more' })
    t.match(await call('POST', `/v1/referrals/${id}/sync`), { body: { outcome: 'nothingToDo', lead: 'deleted', reason: /deleted/ } })
    t.same(sandbox.dataverse.leads(), [])
    t.match(await call('PUT', `/v1/leads/${id}`, {}), { body: { outcome: 'created' } })
    t.match(sandbox.dataverse.leads(), [{ subject: 'Once more', companyname: before?.companyname, emailaddress1: before?.emailaddress1 }])
  }
)

t.test('CreateReferral sent twice makes one referral', async t => {
  const { sandbox, quietReferral, call } = await stage(t)
  quietReferral()
  const draft = { name: 'Ours', type: 'Independent', qualification: 'Direct', customerProfile: { name: 'Northwind' } }
  const [first, again] = [await call('POST', '/v1/referrals', draft), await call('POST', '/v1/referrals', draft)]
  t.equal(first.status, 200)
  t.equal(again.body.id, first.body.id)
  t.equal(sandbox.partnerCenter.referrals().length, 2)
})
