import { Failure } from '../failure.ts'
import { leadFromReferral } from '../mapping/lead-from-referral.ts'
import type { CrmLead, LeadWritten, Link } from '../ports.ts'
import type { Lead } from '../schemas/lead.ts'
import type { Referral } from '../schemas/referral.ts'
import type { ReferralEdits } from '../schemas/referral-edits.ts'
import { fieldChanges } from './field-changes.ts'
import { baseAfter, hasDrifted } from './lead-base.ts'
import { omit, pick } from './lead-write.ts'
import { fieldsOf, type Merged, merge, sharedFields } from './merge.ts'
import { isClosed, leaveClosed, type Turn } from './turn.ts'
import { writeReferral } from './write-referral.ts'

/**
 * Writes each side what the other has changed, and keeps what both then agree on: of each field only what was exchanged or compared here, so
 * that no change is taken for known that the other side never got. The referral goes first: should the process end before the lead is written,
 * the next run finds the referral as the CRM has it. Undefined when another turn is needed: the lead turned out to be gone, another one, or
 * changed in the CRM.
 * @throws REFERRAL_REFUSED when Partner Center does not take what the CRM has changed; the lead has got its own by then
 */
export async function writeBoth(turn: Turn, link: Link, lead: CrmLead | undefined): Promise<Link | undefined> {
  const { wanted, ports, options, done } = turn
  const merged = merge(link, { fields: { ...wanted }, lead, winner: options.winner ?? 'partner-center' })
  done.conflicts = merged.conflicts
  ports.note({ kind: 'compared', text: inWords(merged) })

  const { after, refusal } = await tryReferral(turn, link.leadId, merged.toReferral)
  const agreed = after ? leadFromReferral(withEdits(turn.referral, merged.toReferral), ports.mapping).lead : wanted
  const sent: Link = after ? linkAfterSending(link, { after, lead, agreed, edits: merged.toReferral }) : link
  // Should the lead not be written, what the referral has got is not taken for its own change.
  if (after && merged.toLead.length > 0) await ports.links.put(sent)
  const answer = await writeLead(turn, { link: sent, lead, names: merged.toLead })
  if (answer === 'elsewhere') return undefined

  const names = answer?.outcome === 'updated' ? merged.toLead : []
  const unwritten = merged.toLead.filter(name => !names.includes(name))
  const next: Link = {
    ...withoutBase(sent),
    // What was looked at is known to both sides, whoever it came from.
    ...given(link, lead && !refusal ? [...names, ...sharedFields] : names),
    written: { ...sent.written, ...omit(agreed, unwritten) },
    ...baseOf({ known: refusal ? link.lead : (lead ?? link.lead), answer, names, wanted })
  }
  if (after || answer || lead) await ports.links.put(next)
  if (refusal) throw refusal
  if (!mustLook({ known: lead ?? link.lead, lead, answer, names })) return next
  done.mustLook = true
  return undefined
}

function linkAfterSending(
  link: Link,
  { after, lead, agreed, edits }: { after: Referral; lead: CrmLead | undefined; agreed: Lead; edits: ReferralEdits }
): Link {
  const fields = fieldsOf(edits)
  const own = after.eTag ? { ownETag: after.eTag } : {}
  if (!lead || !link.lead) return { ...link, ...own }
  const base = baseAfter(link.lead, lead, fields)
  return {
    ...link,
    ...own,
    written: { ...link.written, ...Object.fromEntries(Object.entries(agreed).filter(([name]) => fields.includes(name))) },
    lead: { ...base, state: edits.status === undefined ? base.state : lead.state }
  }
}

/** That the referral does not take an edit must not keep its own changes from the lead. */
async function tryReferral(turn: Turn, leadId: string, edits: ReferralEdits): Promise<{ after?: Referral | undefined; refusal?: Failure }> {
  try {
    return { after: await writeReferral(turn, leadId, edits) }
  } catch (error) {
    if (error instanceof Failure && error.code === 'REFERRAL_REFUSED') return { refusal: error }
    throw error
  }
}

async function writeLead(
  turn: Turn,
  { link, lead, names }: { link: Link; lead: CrmLead | undefined; names: string[] }
): Promise<LeadWritten | 'elsewhere' | undefined> {
  const { referralId, wanted, ports, done } = turn
  if (names.length === 0) return undefined
  if (lead && isClosed(lead)) return void leaveClosed(turn, lead.state)
  const answer = await ports.crm.updateLead(referralId, pick({ lead: wanted }, names), ports.call)
  if (answer?.outcome === 'readOnly') {
    // One that was not read is looked at first: how it was closed concerns the referral.
    if (lead) leaveClosed(turn, answer.state)
    return answer
  }
  if (answer?.leadId !== link.leadId) {
    // The next turn reads who is there now, if anybody.
    if (!answer) await ports.links.put({ ...link, deletedAt: ports.now().toISOString() })
    done.mustLook = true
    return 'elsewhere'
  }
  done.lead = 'updated'
  done.notices.push(...answer.notices)
  const changes = fieldChanges(link.written, { ...wanted }, names)
  ports.note({ kind: 'written', text: 'The lead was updated.', changes, facts: { leadId: answer.leadId } })
  return answer
}

interface Seen {
  /** The lead as far as both sides agree on it. */
  known: CrmLead | undefined
  answer: LeadWritten | undefined
  /** What was written. */
  names: readonly string[]
}

function baseOf({ known, answer, names, wanted }: Seen & { wanted: Lead }): Pick<Link, 'lead'> {
  if (!known) return {}
  return { lead: answer?.outcome === 'updated' ? baseAfter(known, answer.lead ?? { ...known, ...wanted }, names) : known }
}

function mustLook({ known, lead, answer, names }: Seen & { lead: CrmLead | undefined }): boolean {
  if (!answer) return false
  if (answer.outcome !== 'updated') return lead === undefined
  return !known || !answer.lead || hasDrifted(known, answer.lead, names)
}

/** The referral as it is with the edits alone: what somebody else changed in the meantime, the lead has not got. */
function withEdits(referral: Referral, { dealValue, currency, closingDateTime }: ReferralEdits): Referral {
  const edits = Object.entries({ dealValue, currency, closingDateTime }).filter(([, value]) => value !== undefined)
  return { ...referral, details: { ...referral.details, ...Object.fromEntries(edits) } }
}

function withoutBase({ deletedAt: _deletedAt, lead: _lead, given: _given, ...rest }: Link): Link {
  return rest
}

/** What the lead got from the referral is not a caller's any more. */
function given({ given = {} }: Link, names: readonly string[]): Pick<Link, 'given'> {
  const left = omit(given, names)
  return Object.keys(left).length > 0 ? { given: left } : {}
}

function inWords({ toLead, toReferral, conflicts }: Merged): string {
  const names = Object.keys(toReferral)
  const parts = [
    toLead.length > 0 ? `the referral changed ${toLead.join(', ')}` : [],
    names.length > 0 ? `the CRM changed ${names.join(', ')}` : [],
    conflicts.length > 0 ? `both changed ${conflicts.join(', ')}` : []
  ].flat()
  return parts.length === 0 ? 'Nothing differs.' : `Compared with what both last agreed on, ${parts.join('; ')}.`
}
