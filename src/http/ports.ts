import type { SigningFigures } from '../callback/signing-figures.ts'
import type { Callback, VerifiedCallback } from '../callback/verify-callback.ts'
import type { MappingOptions } from '../mapping/lead-from-referral.ts'
import type {
  ApiKeys,
  Crm,
  Inbox,
  Jobs,
  Links,
  Marks,
  Referrals,
  Registrations,
  Replays,
  Subscribers,
  Subscriptions,
  TimelineEntries
} from '../ports.ts'
import type { OneAtATime } from '../sync/one-at-a-time.ts'
import type { SyncOptions } from '../sync/sync-referral.ts'
import type { CallerTokens } from './caller-tokens.ts'

/** Judges a callback over its exact bytes, or over the written serialisations of a body that a flow has re-serialised. */
export type Validate = (callback: Callback, forms: 'exact' | 'serialisations') => Promise<VerifiedCallback>

/** What the service is made of; all of it is handed in. */
export interface AppPorts {
  validate: Validate
  /** What there is to say of the signing certificates, when they are looked after. */
  signingFigures?: () => SigningFigures
  referrals: Referrals
  crm: Crm
  links: Links
  /** Works on a referral when nobody else does. */
  oneAtATime: OneAtATime
  sync?: SyncOptions
  inbox: Pick<Inbox, 'accept'>
  jobs: Pick<Jobs, 'summary' | 'list'>
  timeline: TimelineEntries
  subscriptions: Subscriptions
  subscribers: Pick<Subscribers, 'check'>
  /** The address that callers reach the service by, when it is set. */
  publicUrl?: string
  /** Tells the workers of this process that there is something to do. */
  wake: () => void
  /** What the workers of this process find, when it has any. */
  workerState?: () => { outages: readonly { upstream: string }[]; isPaused: boolean }
  now: () => Date
  registrations: Registrations
  marks: Marks
  /** Where Partner Center is to post its events; unknown without PUBLIC_URL. */
  callbackUrl?: string | undefined
  apiKeys: ApiKeys
  replays: Replays
  /** How Entra ID tokens of callers are judged; without it only API keys are accepted. */
  callerTokens?: CallerTokens
  mapping?: MappingOptions
  /** Each must succeed for /readyz to say ready. */
  readiness: Record<string, () => Promise<unknown>>
}
