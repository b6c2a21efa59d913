import type { CustomColumns, Lead } from '../schemas/lead.ts'
import type { LeadColumn } from '../schemas/lead-column.ts'
import type { Call } from './call.ts'

/** What a CRM is asked to write. */
export interface LeadWrite {
  lead: Lead
  customColumns?: CustomColumns
}

export type LeadState = 'Open' | 'Qualified' | 'Disqualified'

/** The fields of a lead that concern its referral, as the CRM keeps them: with its own rounding and the currency that it knows. */
export interface CrmLead {
  leadId: string
  state: LeadState
  estimatedAmount?: number
  /** ISO 4217. */
  currency?: string
  /** YYYY-MM-DD. */
  estimatedCloseDate?: string
}

/** A lead that was changed or deleted in the CRM. */
export type CrmChange = { leadId: string; deleted: true } | { leadId: string; deleted: false; referralId?: string; lead: CrmLead }

export interface LeadWritten {
  leadId: string
  outcome: 'created' | 'updated' | 'readOnly'
  /** The lead as it is after the write, unless it could not be written. */
  lead?: CrmLead
  state?: string
  notices: string[]
}

/** The CRM that keeps the leads. */
export interface Crm {
  /**
   * Creates or updates the lead of a referral in one call, found by the alternate key on the referral's id, so that it may be repeated.
   * Values longer than a column are cut; a currency that the organization lacks is left out; each with a notice.
   */
  upsertLead(referralId: string, write: LeadWrite, call?: Call): Promise<LeadWritten>
  /** The same for a lead that is not there yet; undefined when there is one. */
  createLead(referralId: string, write: LeadWrite, call?: Call): Promise<LeadWritten | undefined>
  /** The same for a lead that is there already; undefined when there is none: it was deleted. */
  updateLead(referralId: string, write: LeadWrite, call?: Call): Promise<LeadWritten | undefined>
  /** The lead of a referral as it is now; undefined when there is none. */
  readLead(referralId: string, call?: Call): Promise<CrmLead | undefined>
  /**
   * The leads that were changed since `mark` was given, a page at a time; all of them without a mark, or when the mark is too old
   * (`isComplete`). The last page has the next mark.
   */
  changes(mark?: string, call?: Call): AsyncIterable<{ changes: CrmChange[]; mark?: string; isComplete: boolean }>
  /** The columns of the organization's own that a lead can be written with through `customColumns`; a few minutes old at the most. */
  leadColumns(call?: Call): Promise<LeadColumn[]>
  /** Creates the referral column and its alternate key where they are missing, and waits until the key can be used. `report` tells the progress. */
  setUp(report: (line: string) => void): Promise<void>
  /** Proves that sign-in works and that the column and key are there. @throws CRM_DENIED, CRM_NOT_SET_UP, … */
  check(): Promise<string>
}
