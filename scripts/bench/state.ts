import type { Sandbox } from '../../src/sandbox/start-sandbox.ts'
import { until } from './figures.ts'

/** Leads by the referral that they carry. */
export function referralsOfLeads<T extends Record<string, unknown>>(leads: readonly T[]): Map<string, T[]> {
  const found = new Map<string, T[]>()
  for (const lead of leads) {
    const id = String(lead.new_referralid ?? '').toLowerCase()
    found.set(id, [...(found.get(id) ?? []), lead])
  }
  return found
}

/** The counter or gauge with these labels, off the service's metrics. */
export async function metric(url: string, apiKey: string, name: string, labels: Record<string, string>): Promise<number> {
  const text = await (await fetch(`${url}/v1/metrics`, { headers: { 'x-api-key': apiKey } })).text()
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return text
    .split('\n')
    .filter(line => line.startsWith(`${name}{`) && wanted.every(label => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** When no referral is queued or worked on any more. */
export async function waitForDrain(url: string, apiKey: string, deadlineMs: number): Promise<boolean> {
  return await until(async () => {
    const counts = await Promise.all(
      ['ready', 'active'].map(state => metric(url, apiKey, 'referral_connector_jobs', { kind: 'referral', state }))
    )
    return counts.every(count => count === 0)
  }, deadlineMs)
}

/**
 * How many writes of the service changed nothing in their lead, which is what an echo that is taken for a change would cause. A write whose
 * answer was lost is rightly repeated: `lost` has how often that was, by referral.
 */
export function idleWrites({ dataverse }: Sandbox, lost: ReadonlyMap<string, number>): number {
  const held = new Map<string, Record<string, unknown>>()
  const idle = new Map<string, number>()
  for (const { leadId, isRequest, kind, columns } of dataverse.history()) {
    const before = held.get(leadId)
    held.set(leadId, { ...before, ...columns })
    const isIdle = before !== undefined && Object.entries(columns).every(([name, value]) => before[name] === value)
    if (isRequest && kind === 'updated' && isIdle) idle.set(leadId, (idle.get(leadId) ?? 0) + 1)
  }
  const excused = (leadId: string): number => lost.get(String(dataverse.lead(leadId)?.new_referralid).toLowerCase()) ?? 0
  return [...idle].reduce((sum, [leadId, count]) => sum + Math.max(0, count - excused(leadId)), 0)
}

/** How often two writes to one record were under way at once. */
export const overlappingWrites = ({ requests }: Sandbox): number => requests.count(({ overlapped }) => overlapped)
