import type { Call, Claim, JobHint, Jobs, Links, Marks, Referrals } from '../ports.ts'
import { relatedMark } from '../schemas/job.ts'
import type { Note } from '../sync/note.ts'
import { type SyncOptions, type SyncPorts, syncReferral } from '../sync/sync-referral.ts'
import { isHiddenReferral } from './hidden-referral.ts'

export interface RunReferralPorts extends Omit<SyncPorts, 'call' | 'note'> {
  referrals: Pick<Referrals, 'get' | 'patch' | 'list'>
  links: Pick<Links, 'get' | 'put'>
  jobs: Pick<Jobs, 'add'>
  marks: Pick<Marks, 'get' | 'delete'>
}

/** Brings the referral of a job in step. */
export async function runReferral(
  { subject, origin, correlationId }: Pick<Claim, 'subject' | 'origin' | 'correlationId'>,
  ports: RunReferralPorts,
  { note, call, ...options }: Omit<SyncOptions, 'look'> & { note: Note; call: Call }
): Promise<void> {
  if (await isTheirs(subject, origin, ports)) return await tellEngagement(subject, correlationId, ports, { note, call })
  // A callback tells of the referral; every other reason may be a change of the lead.
  const look = origin === 'crm' || origin === 'reconcile' || origin === 'request'
  await syncReferral(subject, { ...ports, note, call }, { ...options, look })
}

/** Whether it is the other party's referral: it came as a related one, and has no lead. */
async function isTheirs(subject: string, origin: Claim['origin'], { links, marks }: RunReferralPorts): Promise<boolean> {
  const mark = relatedMark(subject)
  if (origin !== 'related' && (await marks.get(mark)) === undefined) return false
  if (await links.get(subject)) return false
  if (origin !== 'request' && origin !== 'callback') return true
  // A person wants it, or an event of its own says that it is ours: so it is for whatever makes the job run again.
  await marks.delete(mark)
  return false
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * A related referral is the other party's side of a deal: it never becomes a lead of its own. Those of ours that belong to the same
 * engagement and have a lead are looked at again. Source: the event's name and the connector flows of Microsoft; what the account may see of
 * a related referral is not documented, so one that is not visible is no error.
 */
async function tellEngagement(
  referralId: string,
  correlationId: string,
  { referrals, links, jobs }: RunReferralPorts,
  { note, call }: { note: Note; call: Call }
): Promise<void> {
  const engagementId = await engagementOf(referralId, referrals, call)
  if (engagementId === undefined || !guid.test(engagementId))
    return note({ kind: 'skipped', text: 'It is the related referral of another party, and not visible to this account.' })
  const { value } = await referrals.list({ filter: `engagementId eq '${engagementId}'`, top: 100 }, call)
  const hints: JobHint[] = []
  for (const { id } of value) {
    const subject = String(id).toLowerCase()
    if (subject !== referralId && (await links.get(subject))) hints.push({ kind: 'referral', subject, origin: 'callback', correlationId })
  }
  await jobs.add(...hints)
  const others = hints.map(({ subject }) => subject).join(', ')
  note({
    kind: 'skipped',
    text: `It is the related referral of another party. ${others ? `Looked at again: ${others}.` : 'No referral of ours with a lead belongs to it.'}`
  })
}

async function engagementOf(referralId: string, referrals: Pick<Referrals, 'get'>, call: Call): Promise<string | undefined> {
  try {
    return (await referrals.get(referralId, call)).engagementId ?? undefined
  } catch (error) {
    if (isHiddenReferral(error)) return undefined
    throw error
  }
}
