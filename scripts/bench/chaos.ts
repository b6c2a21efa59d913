import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts'
import type { Bench } from '../bench.ts'
import { causeFault, forgetFaults, type LostAnswers } from './faults.ts'
import { progress, until } from './figures.ts'
import { openPlace } from './place.ts'
import { createKey, prepareDataverse } from './registered-service.ts'
import { runCommand, startProcess } from './service-process.ts'
import { idleWrites, referralsOfLeads, waitForDrain } from './state.ts'
import { unreliableNetwork } from './unreliable-network.ts'

/**
 * Random edits of referrals, now and then of their leads, while callbacks get lost, come twice and out of order, and both systems have bad
 * moments; then one reconciliation. At the end every lead must say what its referral says. The last edit of each referral is made when all
 * is quiet, so that what then gets lost is known to nobody, and only the reconciliation can find it.
 */
export const chaos: Bench = {
  summary: 'random edits over an unreliable network and failing systems, then one reconciliation',
  options: {
    edits: { default: '2000', text: 'How many edits are made.' },
    referrals: { default: '60', text: 'Of how many referrals.' },
    faults: { default: '0.1', text: 'Wrong answers for each edit.' },
    crm: { default: '0.1', text: 'Edits of a lead for each edit of a referral.' },
    store: { default: 'embedded', text: 'embedded: one process with two workers; postgres: two processes.' }
  },
  async run(options) {
    const place = await openPlace(options.store ?? '')
    const sandbox = await startSandbox({ maxKept: 100_000 })
    const isShared = options.store === 'postgres'
    const env = { ...sandbox.settings, ...(await place.fresh()), PORT: '0', SYNC_WORKERS: isShared ? '1' : '2', SYNC_LEASE_SECONDS: '5' }
    await prepareDataverse(sandbox)
    const apiKey = await createKey(env)
    const services = [startProcess(env), ...(isShared ? [startProcess(env)] : [])]
    const urls = await Promise.all(services.map(({ url }) => url))
    let turn = 0
    const network = await unreliableNetwork({ target: () => urls[turn++ % urls.length] ?? '', dropped: 0.1, twice: 0.1, maxDelayMs: 40 })
    try {
      sandbox.partnerCenter.register({
        webhookUrl: network.url,
        events: ['referral-created', 'referral-updated', 'test-created'],
        signatureInMsHeader: true
      })
      const lost: LostAnswers = new Map()
      const edits = Number(options.edits)
      const referrals = Math.min(Number(options.referrals), Math.ceil(edits / 2))
      await edit(sandbox, lost, { edits: edits - referrals, referrals, faults: Number(options.faults), crm: Number(options.crm) })
      forgetFaults(sandbox)
      const [url = ''] = urls
      const isQuiet = await settle()
      const ids = sandbox.partnerCenter.referrals().map(({ id }) => String(id))
      for (let last = 0; last < referrals; last++)
        sandbox.partnerCenter.updateReferral(ids[last % ids.length] ?? '', { name: `The last word ${last}` })
      const isDrained = (await settle()) && isQuiet
      const before = inStep(sandbox)
      const said = (await runCommand(env, ['reconcile'])).trim().split('\n')[0] ?? ''
      const isDrainedAgain = await waitForDrain(url, apiKey, 120_000)
      const after = inStep(sandbox)
      const { dropped, twice } = network.counts
      const total = sandbox.partnerCenter.referrals().length
      const idle = idleWrites(sandbox, lost)
      const line = `in step ${after.inStep} of ${total}, duplicates ${after.duplicates}, echo writes ${idle} (edits ${edits}, callbacks lost ${dropped}, twice ${twice}, in step before the reconciliation ${before.inStep}, it said «${said}»${isDrained && isDrainedAgain ? '' : ', NOT DRAINED'})`
      if (after.wrong.length > 0) progress(`not in step: ${after.wrong.slice(0, 5).join(' · ')}`)
      return { line, ok: after.inStep === total && after.duplicates === 0 && idle === 0 && isDrained && isDrainedAgain }

      async function settle(): Promise<boolean> {
        progress('waiting until everything is delivered and worked off')
        await until(() => sandbox.partnerCenter.pending() === 0, 120_000)
        return await waitForDrain(url, apiKey, 300_000)
      }
    } finally {
      for (const service of services) await service.stop()
      await network.close()
      await sandbox.close()
      await place.close()
    }
  }
}

async function edit(
  sandbox: Sandbox,
  lost: LostAnswers,
  { edits, referrals, faults, crm }: { edits: number; referrals: number; faults: number; crm: number }
): Promise<void> {
  const { partnerCenter, dataverse } = sandbox
  const ids: string[] = []
  for (let made = 0; made < edits; made++) {
    if (made % 50 === 0) progress(`editing: ${made} of ${edits}`)
    if (Math.random() < faults) causeFault(sandbox, lost, made % 500 === 250)
    if (ids.length < referrals && (ids.length === 0 || Math.random() < 0.15)) ids.push(String(partnerCenter.createReferral().id))
    else partnerCenter.updateReferral(ids[randomInt(ids.length)] ?? '', randomEdit(made))
    if (Math.random() < crm) {
      const lead = dataverse.leads()[randomInt(Math.max(1, dataverse.leads().length))]
      if (lead)
        dataverse.updateLead(String(lead.leadid), made % 2 ? { estimatedamount: made } : { estimatedclosedate: day(made).slice(0, 10) })
    }
    await setTimeout(randomInt(0, 12))
  }
}

function randomEdit(number: number): object {
  const edits = [
    { name: `Deal ${number}` },
    { details: { dealValue: number + 0.567, currency: ['USD', 'EUR', 'GBP'][number % 3], closingDateTime: day(number) } },
    {
      customerProfile: {
        name: `Customer ${number}`,
        team: [{ firstName: 'Joe', lastName: `Hansen ${number}`, email: `joe${number}@example.com` }]
      }
    }
  ]
  return edits[randomInt(edits.length)] ?? {}
}

const day = (number: number): string => new Date(Date.UTC(2027, 0, 1 + (number % 300))).toISOString()

/** Judged by what the two systems hold, with nothing of the service's own code. */
function inStep({ partnerCenter, dataverse }: Sandbox): { inStep: number; duplicates: number; wrong: string[] } {
  const leads = referralsOfLeads(dataverse.leads())
  const wrong = partnerCenter.referrals().flatMap(referral => {
    const lead = leads.get(String(referral.id))?.[0]
    const { name, details, customerProfile, externalReferenceId } = referral as unknown as {
      name: string
      externalReferenceId: string
      details?: { dealValue?: number; closingDateTime?: string }
      customerProfile?: { name?: string; team?: { lastName?: string; email?: string }[] }
    }
    const value = details?.dealValue
    const pairs: [unknown, unknown][] = [
      [name, lead?.subject],
      [externalReferenceId, lead?.leadid],
      [customerProfile?.name, lead?.companyname],
      [value === undefined ? lead?.estimatedamount : Math.round(value * 100) / 100, lead?.estimatedamount],
      [details?.closingDateTime?.slice(0, 10), lead?.estimatedclosedate]
    ]
    const off = pairs.find(([mine, theirs]) => (mine ?? null) !== (theirs ?? null))
    return off ? [`${referral.id}: ${String(off[0])} ≠ ${String(off[1])}`] : []
  })
  return {
    inStep: partnerCenter.referrals().length - wrong.length,
    duplicates: [...leads.values()].filter(found => found.length > 1).length,
    wrong
  }
}
