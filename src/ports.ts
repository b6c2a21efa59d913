/** What the core asks of the outside. Each port is a plural noun; its adapters live in folders of their own and throw `Failure`s only. */
import type { FailureCode } from './failure.ts'
import type { ReferralEvent } from './schemas/callback.ts'
import type { Job, JobKind, JobOrigin, JobState } from './schemas/job.ts'
import type { CustomColumns, Lead } from './schemas/lead.ts'
import type { Referral, ReferralPage, ReferralQuery } from './schemas/referral.ts'
import type { NewReferral, ReferralEdits } from './schemas/referral-edits.ts'
import type { NewTimelineEntry, TimelineEntry } from './schemas/timeline.ts'

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

/** What belongs to one call, whoever makes it. */
export interface Call {
  /** Goes upstream and into the log. */
  correlationId?: string
  /** Aborted when what is asked for is not wanted any more: nothing more is sent then. */
  signal?: AbortSignal
  /** A GUID that stays the same when the same wish is made again, by which the other side can tell a repeat from a second wish. */
  requestId?: string
}

/** The referrals of Partner Center. */
export interface Referrals {
  /** @throws REFERRAL_NOT_FOUND, PARTNER_CENTER_… */
  get(referralId: string, call?: Call): Promise<Referral>
  list(query: ReferralQuery, call?: Call): Promise<ReferralPage>
  /** `referral` is left out when the answer does not show it; the id is known all the same. */
  create(referral: NewReferral, call?: Call): Promise<{ referralId: string; referral?: Referral }>
  /**
   * Writes the edits that differ from `read`, guarded by its eTag; no request is made when none does.
   * @throws REFERRAL_CHANGED when the referral is not the one that was read any more, REFERRAL_CLOSED, REFERRAL_TRANSITION_REFUSED
   */
  patch(read: Referral, edits: ReferralEdits, call?: Call): Promise<{ referral: Referral; changed: string[] }>
}

/** Where Partner Center sends a tenant's events; there is one such place for each tenant. */
export interface Registration {
  url: string
  events: string[]
  /** Whether the signature comes in `x-ms-signature` instead of `Authorization`; undefined when the answer does not say. */
  signatureInMsHeader?: boolean
  lastModified?: string
}

/** One try of Partner Center to deliver a test event; `responseCode` is .NET's name of the status, for example `OK`. */
export interface TestResult {
  isCompleted: boolean
  url?: string
  attempts: { responseCode: string; responseMessage: string; isSystemError: boolean; at?: string }[]
}

/** The registration for webhooks. There is no way to delete one. */
export interface Registrations {
  get(call?: Call): Promise<Registration | undefined>
  /**
   * Creates the registration, or replaces the one of the URL `replaces`, as `get` has shown it; undefined when it showed none.
   * @throws WEBHOOK_REFUSED, and WEBHOOK_TAKEN when another system has registered since
   */
  put(registration: Registration, options: { replaces: string | undefined }, call?: Call): Promise<void>
  /** Asks for a test event and gives its correlation id. @throws PARTNER_CENTER_BUSY, two tests a minute are allowed */
  sendTest(call?: Call): Promise<string>
  testResult(correlationId: string, call?: Call): Promise<TestResult>
}

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
  /** Creates the referral column and its alternate key where they are missing, and waits until the key can be used. `report` tells the progress. */
  setUp(report: (line: string) => void): Promise<void>
  /** Proves that sign-in works and that the column and key are there. @throws CRM_DENIED, CRM_NOT_SET_UP, … */
  check(): Promise<string>
}

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

/** A wish that something be done; hints for one subject become one job. */
export interface JobHint {
  kind: JobKind
  subject: string
  origin: JobOrigin
  correlationId: string
  /** Now when left out. */
  dueAt?: Date
}

/** A job that this process works on while its lease lasts. */
export interface Claim extends Job {
  /** Proves the lease: what a process that lost it says afterwards does not count. */
  lease: string
  /** The process that had it before ended without a word. */
  isTakenOver: boolean
}

export interface JobSelection {
  kind?: JobKind
  subject?: string
  state?: JobState
  code?: FailureCode
  /** Last touched at or after. */
  since?: Date
}

/** What is left to do. It survives everything that was answered for; of several processes one gets each job. */
export interface Jobs {
  /**
   * Adds a hint to the job of its subject, or makes the job. A job that waits for its next attempt keeps waiting; one that is set aside becomes
   * ready again, with the origin of the hint; one that is active is run once more afterwards.
   */
  add(...hints: JobHint[]): Promise<void>
  /** Takes at most `limit` due jobs of a kind, the longest due first. A lease that has run out is as good as due, and counts as an attempt. */
  claim(kind: JobKind, options: { limit: number; leaseMs: number }): Promise<Claim[]>
  /** Takes the job of the hint's subject, making it if need be; undefined while somebody else works on it. */
  claimOne(hint: JobHint, leaseMs: number): Promise<Claim | undefined>
  /**
   * Ends the leases of the service: for a process that knows itself to be the only service, right after its start. A lease counts as the service's
   * when it was made after `takeOver` was called on the same instance; that of a command that runs beside it lasts until it ends or runs out.
   */
  takeOver(): Promise<void>
  /** Lengthens leases; gives those that are still held. */
  extend(claims: readonly Claim[], leaseMs: number): Promise<Claim[]>
  /** The work is done. The job goes, or is ready at once when hints came meanwhile, or at `nextAt`. The entries are stored with it. */
  finish(claim: Claim, options?: { entries?: readonly NewTimelineEntry[]; nextAt?: Date }): Promise<void>
  /** Failed; it is run again at `at`. `isCounted` says whether the attempt counts. */
  retry(
    claim: Claim,
    options: { at: Date; code: FailureCode; message: string; isCounted: boolean; entries?: readonly NewTimelineEntry[] }
  ): Promise<void>
  /** Failed for good until a person or a new hint comes. */
  setAside(claim: Claim, options: { code: FailureCode; message: string; entries?: readonly NewTimelineEntry[] }): Promise<void>
  /** Gives the job back as it was before the claim; one that the claim made goes. */
  release(claim: Claim, options?: { entries?: readonly NewTimelineEntry[] }): Promise<void>
  /** At most `limit`, the latest touched first. */
  list(selection: JobSelection, limit: number): Promise<Job[]>
  count(selection: JobSelection): Promise<number>
  /** How many there are by kind and state, and since when the oldest ready one of each kind is due. */
  summary(): Promise<{ kind: JobKind; state: JobState; count: number; oldestDueAt?: Date }[]>
  /** Makes jobs that wait or are set aside ready now, with their attempts forgotten. Gives them. When there are any, the entries are stored too. */
  retryNow(selection: JobSelection, options?: { entries?: readonly NewTimelineEntry[] }): Promise<Job[]>
  /**
   * Forgets jobs that are not active; with the job of a subscription go the messages that wait for it. Gives what is gone. When there is
   * something, the entries are stored too.
   */
  drop(selection: JobSelection, options?: { entries?: readonly NewTimelineEntry[] }): Promise<Job[]>
}

/** What the receiver stores of a proven callback. */
export interface ReceivedCallback {
  /** SHA-256 of the body, in hex. */
  bodyHash: string
  event: ReferralEvent
  /** What is to be done because of it. */
  hints: JobHint[]
  entries: NewTimelineEntry[]
  correlationId: string
}

/** The receiver's side of the store. */
export interface Inbox {
  /**
   * Stores a callback, its jobs, its timeline entries and a delivery for each subscription to its event, all or nothing; when it resolves, it
   * is durable. A body that was stored before changes nothing but a counter.
   */
  accept(received: ReceivedCallback): Promise<'new' | 'seen'>
}

export interface TimelineEntries {
  add(...entries: NewTimelineEntry[]): Promise<void>
  /** Oldest first, those after the entry `after`. */
  list(referralId: string, options: { after?: string; limit: number }): Promise<TimelineEntry[]>
  /** Of all referrals, oldest first, a page at a time. */
  all(options: { since?: Date; after?: string; limit: number }): Promise<TimelineEntry[]>
}

/** A flow, or another system, that wants to be told of events. */
export interface Subscription {
  /** Whoever knows it may end the subscription: 160 random bits. */
  id: string
  /** Who subscribed: the id of the caller. */
  callerId: string
  /** Holds a secret of its own: it is sealed, never logged. */
  url: string
  /** Signs what is sent: `whsec_` and 32 random bytes in base64 (Standard Webhooks). */
  secret: string
  events: string[]
  createdAt: Date
}

/** An event that waits to be told to a subscription. Ids sort in the order of arrival. */
export interface Delivery {
  id: string
  subscriptionId: string
  event: ReferralEvent
  receivedAt: Date
  correlationId: string
}

export interface Subscriptions {
  /**
   * One subscription for each URL: a second one with the same URL changes its events, and is the caller's from then on.
   * @throws SUBSCRIPTIONS_EXHAUSTED, CALLER_UNAUTHENTICATED for a caller whose key was revoked meanwhile
   */
  put(wanted: Pick<Subscription, 'callerId' | 'url' | 'events'>): Promise<{ subscription: Subscription; isNew: boolean }>
  get(id: string): Promise<Subscription | undefined>
  list(): Promise<Subscription[]>
  /** Ends it, and forgets what waits for it. False when there is none. */
  delete(id: string): Promise<boolean>
  /** What waits for it, oldest first. */
  waiting(id: string, limit: number): Promise<Delivery[]>
  /** How many messages wait for each subscription that some wait for, by its id. */
  waitingCounts(): Promise<Map<string, number>>
  /** A delivery has ended, one way or the other. */
  settle(deliveryId: string, entries?: readonly NewTimelineEntry[]): Promise<void>
}

/** Sends messages to subscriptions, signed as Standard Webhooks has it. */
export interface Subscribers {
  /** @throws SUBSCRIBER_URL_REFUSED for a URL that nothing would ever be sent to */
  check(url: string): void
  /** @throws SUBSCRIBER_GONE for a 410, SUBSCRIBER_REFUSED for what may be about this message, SUBSCRIBER_UNREACHABLE for all else */
  send(to: Pick<Subscription, 'url' | 'secret'>, message: { id: string; at: Date; body: string }): Promise<void>
}

/** Where somebody has got to, and other small facts that outlive a process: high-water marks, a pause. */
export interface Marks {
  get(name: string): Promise<string | undefined>
  put(name: string, value: string): Promise<void>
  delete(name: string): Promise<void>
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

export interface Revoked {
  /** False when it had been revoked before, or when there is no such key. */
  isRevoked: boolean
  /** How many subscriptions of the key there were: they are ended, or kept. */
  subscriptions: number
}

export interface ApiKeys {
  /** Makes a key; the answer holds its only copy. */
  create(name: string): Promise<{ key: string } & ApiKey>
  list(): Promise<ApiKey[]>
  /** Revokes the key and ends its subscriptions, both or neither; those of a key that was revoked before, too. */
  revoke(id: string, options?: { keepSubscriptions?: boolean }): Promise<Revoked>
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
