/** What the core asks of the outside. Each port is a plural noun; its adapters live in folders of their own and throw `Failure`s only. */
import type { CustomColumns, Lead, LeadResult } from './schemas/lead.ts'
import type { Referral, ReferralPage, ReferralQuery } from './schemas/referral.ts'
import type { NewReferral, ReferralEdits } from './schemas/referral-edits.ts'

/**
 * Gives a bearer token that is good for at least another minute, or throws a SIGN_IN_… Failure.
 * `refused` is a token that the other side answered 401 to: if it is still the present one, it is dropped and a new one is got,
 * once a minute at the most; the same token given again means that a new one would not help.
 */
export type GetToken = (options?: { refused?: string }) => Promise<string>

/** The part of a pino logger that adapters use. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What belongs to one call, whoever makes it: its correlation id goes upstream and into the log. */
export interface Call {
  correlationId?: string
}

/** The referrals of Partner Center. */
export interface Referrals {
  /** @throws REFERRAL_NOT_FOUND, PARTNER_CENTER_… */
  get(referralId: string, call?: Call): Promise<Referral>
  list(query: ReferralQuery, call?: Call): Promise<ReferralPage>
  create(referral: NewReferral, call?: Call): Promise<Referral>
  /**
   * Writes the edits that differ from `read`, guarded by its eTag; no request is made when none does.
   * @throws REFERRAL_CHANGED when the referral is not the one that was read any more, REFERRAL_CLOSED, REFERRAL_TRANSITION_REFUSED
   */
  patch(read: Referral, edits: ReferralEdits, call?: Call): Promise<{ referral: Referral; changed: string[] }>
}

/** What a CRM is asked to write. */
export interface LeadWrite {
  lead: Lead
  customColumns?: CustomColumns
}

/** The CRM that keeps the leads. */
export interface Crm {
  /**
   * Creates or updates the lead of a referral in one call, found by the alternate key on the referral's id, so that it may be repeated.
   * Values longer than a column are cut; a currency that the organization lacks is left out; each with a notice.
   */
  upsertLead(
    referralId: string,
    write: LeadWrite,
    call?: Call
  ): Promise<{ leadId: string; outcome: Exclude<LeadResult['outcome'], 'unchanged'>; state?: string; notices: string[] }>
  /** Creates the referral column and its alternate key where they are missing, and waits until the key can be used. `report` tells the progress. */
  setUp(report: (line: string) => void): Promise<void>
  /** Proves that sign-in works and that the column and key are there. @throws CRM_DENIED, CRM_NOT_SET_UP, … */
  check(): Promise<string>
}

/** Which CRM record belongs to which referral, and what this service wrote there last. */
export interface Link {
  referralId: string
  leadId: string
  /** The last written values by field name. */
  written: Record<string, unknown>
}

export interface Links {
  get(referralId: string): Promise<Link | undefined>
  put(link: Link): Promise<void>
  delete(referralId: string): Promise<void>
}

/** Secrets that change at run time, sealed at rest: rotated refresh tokens. */
export interface Secrets {
  get(name: string): Promise<string | undefined>
  put(name: string, value: string): Promise<void>
}

export interface ApiKey {
  id: string
  name: string
  createdAt: Date
  revokedAt?: Date
}

export interface ApiKeys {
  /** Makes a key; the answer holds its only copy. */
  create(name: string): Promise<{ key: string } & ApiKey>
  list(): Promise<ApiKey[]>
  revoke(id: string): Promise<boolean>
  /** The key's record when it is known and not revoked. */
  verify(key: string): Promise<ApiKey | undefined>
}

/** Remembers which POST was answered with what, so that a repeated one has no second effect. */
export interface Replays {
  /** Claims `key` for the request; tells what came of the earlier one when there was one in the last `keptMs` milliseconds. */
  begin(key: string, requestHash: string, keptMs: number): Promise<'new' | 'in-progress' | 'other-request' | { result: string }>
  finish(key: string, result: string): Promise<void>
  /** Gives the key back after a failure, so that the caller may try again. */
  abandon(key: string): Promise<void>
}
