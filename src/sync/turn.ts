import type { MappingOptions } from '../mapping/lead-from-referral.ts'
import type { Call, Crm, CrmLead, Links, Referrals } from '../ports.ts'
import type { Lead } from '../schemas/lead.ts'
import type { Referral } from '../schemas/referral.ts'
import type { SyncResult } from '../schemas/sync-result.ts'
import type { ConflictWinner } from './merge.ts'
import type { Note } from './note.ts'

export interface SyncPorts {
  referrals: Pick<Referrals, 'get' | 'patch'>
  crm: Pick<Crm, 'createLead' | 'updateLead' | 'readLead'>
  links: Pick<Links, 'get' | 'put'>
  mapping?: MappingOptions
  call?: Call
  note?: Note
  now: () => Date
}

export interface SyncOptions {
  /** Which side wins when both changed the same field; Partner Center when left out. */
  winner?: ConflictWinner
  /** Whether a lead that was deleted in the CRM is made again. */
  recreateDeleted?: boolean
  /** The lead may have been changed in the CRM: read it even when the referral asks for nothing. */
  look?: boolean
}

/** What a sync has done so far, over all its turns. */
export interface Done {
  lead: SyncResult['lead']
  writeBack: SyncResult['writeBack']
  conflicts: string[]
  reasons: string[]
  notices: string[]
  /** The answer to a write showed that the lead has been changed in the CRM. */
  mustLook: boolean
}

/** One reading of the referral, and what is made of it. */
export interface Turn {
  referralId: string
  referral: Referral
  /** The referral as a lead. */
  wanted: Lead
  ports: SyncPorts & { note: Note }
  options: SyncOptions
  done: Done
}

export const isClosed = (lead: Pick<CrmLead, 'state'> | undefined): boolean => lead !== undefined && lead.state !== 'Open'

/** For example «Active/Accepted». */
export const stageInWords = ({ status, substatus }: Referral): string => [status, substatus].filter(Boolean).join('/') || 'without a status'

/** A lead that is qualified or disqualified is read-only: what is missing in it is written once it is open again. */
export function leaveClosed({ done, ports }: Turn, state = 'closed'): void {
  done.lead = 'readOnly'
  done.reasons.push(`The lead is ${state.toLowerCase()} and was left alone.`)
  ports.note({ kind: 'skipped', text: `The lead is ${state.toLowerCase()} in the CRM and was left alone.` })
}
