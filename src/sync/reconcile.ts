import { leadFromReferral, type MappingOptions } from '../mapping/lead-from-referral.ts'
import type { Call, Crm, CrmChange, JobHint, Jobs, Link, Links, Marks, Referrals, TimelineEntries } from '../ports.ts'
import { type JobOrigin, relatedMark } from '../schemas/job.ts'
import type { Referral } from '../schemas/referral.ts'
import { changedFields, isShared, merge } from './merge.ts'
import { isClosed } from './turn.ts'

export interface ReconcilePorts {
  referrals: Pick<Referrals, 'list'>
  crm: Pick<Crm, 'changes'>
  links: Pick<Links, 'get' | 'byLead' | 'list'>
  jobs: Pick<Jobs, 'add'>
  timeline: Pick<TimelineEntries, 'add'>
  marks: Marks
  mapping?: MappingOptions
  now: () => Date
  call?: Call
}

export interface ReconcileOptions {
  /** Compare everything, not only what changed since the last time. */
  full?: boolean
  report?: (line: string) => void
}

/** How both sides stand to each other. Of a referral that is several of these the later in this order counts. */
export interface Standing {
  inStep: number
  /** One side has changed and the other has not got it yet: queued. */
  behind: number
  /** Both sides changed the same field: queued, and the setting SYNC_CONFLICT decides. */
  conflicts: number
  /** A lead carries the id of a referral that this service has not linked to it. Left alone, and named in `unknownLeads`. */
  unknown: number
}

export interface Reconciliation extends Standing {
  /** The ids of the referrals that were queued. */
  queued: string[]
  unknownLeads: string[]
}

type Stand = keyof Standing
const order: Stand[] = ['inStep', 'unknown', 'behind', 'conflicts']

export const referralMark = 'reconcile.referrals'
const crmMark = 'reconcile.crm'
/** Clocks differ, and an update may become visible a little after its time. */
const overlapMs = 10 * 60_000
const linksInPage = 500

/**
 * Looks at what changed on both sides since the last time, and queues what is behind: the only way to notice a callback that never came, for
 * Partner Center's offline queue cannot be asked for, and a change in the CRM, which tells nobody. Nothing is written here but jobs; where the
 * reading got to is kept when all of it is queued, so that a crash in between only means reading it again.
 */
export async function reconcile(
  ports: ReconcilePorts,
  { full = false, report = () => undefined }: ReconcileOptions = {}
): Promise<Reconciliation> {
  const stands = new Map<string, Stand>()
  const unknownLeads: string[] = []
  /** What the referrals say now whose shared fields changed. */
  const ofReferral = new Map<string, Record<string, unknown>>()
  const correlationId = ports.call?.correlationId ?? `reconcile-${ports.now().getTime()}`

  const queue = async (referralId: string, stand: 'behind' | 'conflicts', origin: JobOrigin, because?: string): Promise<void> => {
    const hint: JobHint = { kind: 'referral', subject: referralId, origin, correlationId }
    await ports.jobs.add(hint)
    const found =
      because ?? (stand === 'conflicts' ? 'both sides changed' : origin === 'crm' ? 'the lead changed' : 'the referral is ahead')
    await ports.timeline.add({ referralId, correlationId, kind: 'queued', text: `A reconciliation queued it: ${found}.` })
    setStand(referralId, stand)
  }
  const setStand = (referralId: string, stand: Stand): void => {
    const before = stands.get(referralId) ?? 'inStep'
    stands.set(referralId, order.indexOf(stand) > order.indexOf(before) ? stand : before)
  }

  const referralsUntil = await readReferrals()
  const crmUntil = await readCrm()
  if (referralsUntil !== undefined) await ports.marks.put(referralMark, referralsUntil)
  if (crmUntil !== undefined) await ports.marks.put(crmMark, crmUntil)

  const count = (stand: Stand): number => [...stands.values()].filter(other => other === stand).length
  return {
    inStep: count('inStep'),
    behind: count('behind'),
    conflicts: count('conflicts'),
    unknown: unknownLeads.length,
    queued: [...stands].filter(([, stand]) => stand === 'behind' || stand === 'conflicts').map(([id]) => id),
    unknownLeads
  }

  async function readReferrals(): Promise<string | undefined> {
    const startedAt = ports.now().toISOString()
    const mark = full ? undefined : await ports.marks.get(referralMark)
    if (!full && mark === undefined) return await startFrom(startedAt)
    const from = mark === undefined ? undefined : new Date(Date.parse(mark) - overlapMs).toISOString()
    let newest = mark
    const seen = new Set<string>()
    let next: string | undefined
    do {
      // The newest first: one that is edited meanwhile moves to the front, so that another is seen twice. In the other order one would be missed.
      const query = { orderBy: 'updatedDateTime desc', ...(from !== undefined && { filter: `updatedDateTime gt ${from}` }) } as const
      const page = await ports.referrals.list(next === undefined ? query : { next }, ports.call)
      // What moved to the front is newer than all of the first page, and so is read the next time.
      if (next === undefined) newest = newestOf(page.value, mark)
      for (const referral of page.value) {
        await look(referral)
        seen.add(String(referral.id).toLowerCase())
      }
      next = page.nextPage
      report(`Partner Center: ${seen.size} referrals read${from === undefined ? '' : ` that changed since ${from}`}.`)
    } while (next !== undefined)
    return newest ?? startedAt
  }

  /** Kept at once: whatever fails later, a callback that is lost from now on is found. */
  async function startFrom(now: string): Promise<undefined> {
    await ports.marks.put(referralMark, now)
    report(
      `Partner Center: nothing was read, for this is the first time, and what happened before ${now} is history. --full brings it over.`
    )
  }

  async function look(referral: Referral): Promise<void> {
    const referralId = String(referral.id).toLowerCase()
    // Seen before in this reading: its job reads it as it is then.
    if (stands.get(referralId) === 'behind') return
    const link = await ports.links.get(referralId)
    // What was closed before it ever came here is history, not a missed callback; the other party's never becomes a lead.
    if (!link && (isOver(referral) || (await ports.marks.get(relatedMark(referralId))) !== undefined)) return
    const fields: Record<string, unknown> = { ...leadFromReferral(referral, ports.mapping).lead }
    const different = link ? changedFields(fields, link) : []
    if (different.some(isShared)) ofReferral.set(referralId, fields)
    if (link && !lacks(referral, link, different)) return setStand(referralId, 'inStep')
    await queue(referralId, 'behind', 'reconcile')
  }

  async function readCrm(): Promise<string | undefined> {
    const mark = full ? undefined : await ports.marks.get(crmMark)
    let until: string | undefined
    let read = 0
    /** The ids of all leads, when all were read. */
    let all: Set<string> | undefined
    for await (const page of ports.crm.changes(mark, ports.call)) {
      if (page.isComplete) all ??= new Set()
      for (const change of page.changes) {
        await lookAtLead(change)
        if (!change.deleted) all?.add(change.leadId.toLowerCase())
      }
      read += page.changes.length
      until = page.mark
      report(`CRM: ${read} leads read${page.isComplete ? ', all there are' : ' that changed since the last time'}.`)
    }
    if (all) await lookForMissing(all)
    return until
  }

  /** A reading of all leads tells no deletions: a linked lead that is not among them may be gone. Its job finds out. */
  async function lookForMissing(leadIds: ReadonlySet<string>): Promise<void> {
    let after: string | undefined
    do {
      const page = await ports.links.list({ limit: linksInPage, ...(after !== undefined && { after }) })
      for (const { referralId, leadId, deletedAt } of page) {
        const isQueued = ['behind', 'conflicts'].includes(stands.get(referralId) ?? '')
        if (deletedAt !== undefined || isQueued || leadIds.has(leadId.toLowerCase())) continue
        await queue(referralId, 'behind', 'crm', 'its lead is not among those of the CRM')
      }
      after = page.at(-1)?.referralId
    } while (after !== undefined)
  }

  async function lookAtLead(change: CrmChange): Promise<void> {
    const link = await ports.links.byLead(change.leadId)
    if (change.deleted) {
      if (link && link.deletedAt === undefined) await queue(link.referralId, 'behind', 'crm')
      return
    }
    const referralId = change.referralId?.toLowerCase()
    // Its referral column was changed by hand: it is there, and is no lead of the linked referral any more.
    const isTakenAway = link?.deletedAt !== undefined && referralId !== link.referralId
    if (!link || isTakenAway) return await lookAtUnlinked(change.leadId, referralId)
    const fields = ofReferral.get(link.referralId) ?? link.written
    const { toReferral, conflicts } = merge(link, { fields, lead: change.lead, winner: 'crm' })
    const isReopened = isClosed(link.lead) && !isClosed(change.lead)
    if (conflicts.length > 0) await queue(link.referralId, 'conflicts', 'crm')
    else if (Object.keys(toReferral).length > 0 || isReopened || link.deletedAt !== undefined || !link.lead)
      await queue(link.referralId, 'behind', 'crm')
    else setStand(link.referralId, 'inStep')
  }

  async function lookAtUnlinked(leadId: string, referralId: string | undefined): Promise<void> {
    if (referralId === undefined || stands.get(referralId) === 'behind') return
    // Linked to a lead that is not this one: it was made anew.
    if (await ports.links.get(referralId)) await queue(referralId, 'behind', 'crm')
    else unknownLeads.push(leadId)
  }
}

/** Whether one side lacks what the other has: a closed lead takes nothing any more, a closed referral not the id of its lead. */
function lacks(referral: Referral, link: Link, different: readonly string[]): boolean {
  if (link.deletedAt !== undefined) return false
  const lacksId = referral.externalReferenceId !== link.leadId && !isOver(referral)
  return lacksId || (different.length > 0 && !isClosed(link.lead))
}

function newestOf(referrals: readonly Referral[], before: string | undefined): string | undefined {
  const times = [before, ...referrals.map(({ updatedDateTime }) => updatedDateTime)].map(time => Date.parse(time ?? ''))
  const known = times.filter(time => !Number.isNaN(time))
  return known.length === 0 ? undefined : new Date(Math.max(...known)).toISOString()
}

const isOver = ({ status }: Referral): boolean => status?.toLowerCase() === 'closed'
