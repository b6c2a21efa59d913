import type { Sandbox } from '../../src/sandbox/start-sandbox.ts'
import { referralsOfLeads } from './state.ts'

/**
 * What the two systems hold in the end, against what was acknowledged; nothing of the service's own code has a say in it. Where nothing was
 * acknowledged, nothing was tried.
 */
export function judge({ partnerCenter, dataverse }: Sandbox, isDrained: boolean): { line: string; ok: boolean } {
  const acknowledged = new Set(
    partnerCenter
      .deliveries()
      .filter(({ state }) => state === 'delivered')
      .map(({ event }) => event.ResourceUri?.split('/').at(-1) ?? '')
  )
  const rows = referralsOfLeads(dataverse.leads())
  const lost = [...acknowledged].filter(id => !rows.has(id)).length
  const duplicated = [...rows.values()].filter(leads => leads.length > 1).length
  const wrong = partnerCenter.referrals().filter(({ id, name, externalReferenceId }) => {
    const lead = rows.get(String(id))?.[0]
    return acknowledged.has(String(id)) && (lead?.subject !== name || externalReferenceId !== lead?.leadid)
  }).length
  const line = `acknowledged ${acknowledged.size}, lost ${lost}, duplicated ${duplicated}, CRM rows ${dataverse.leads().length}, not in step ${wrong}${isDrained ? '' : ', NOT DRAINED'}`
  return { line, ok: acknowledged.size > 0 && lost === 0 && duplicated === 0 && wrong === 0 && isDrained }
}
