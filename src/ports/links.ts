import type { CrmLead } from './crm.ts'

/** Which CRM record belongs to which referral, and the base that both sides last agreed on. */
export interface Link {
  referralId: string
  leadId: string
  /** The referral's side: the values by field name that the lead last got from it, as they were mapped; custom columns too. */
  written: Record<string, unknown>
  /** Values that callers gave instead. As an edit in the CRM does, each stays until the referral's own field changes. */
  given?: Record<string, unknown>
  /** The CRM's side: what the lead held of the shared fields when both last agreed. Left out when that is not known: the lead has to be read. */
  lead?: CrmLead
  /** The version of the referral that our own last write-back made: an event about it is our echo. */
  ownETag?: string
  /** When the lead was found deleted in the CRM, as ISO 8601. */
  deletedAt?: string
}

export interface Links {
  get(referralId: string): Promise<Link | undefined>
  byLead(leadId: string): Promise<Link | undefined>
  /** By the referral's id, in lower case, those after the one of `after`. */
  list(options: { after?: string; limit: number }): Promise<Link[]>
  put(link: Link): Promise<void>
  delete(referralId: string): Promise<void>
}
