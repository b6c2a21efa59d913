/**
 * What the core asks of the outside. Each port is a plural noun; its adapters live in folders of their own and throw `Failure`s only.
 * Whoever needs ports has them from here; each is written in a file of its own in `ports/`.
 */
export type * from './ports/api-keys.ts'
export type * from './ports/call.ts'
export type * from './ports/crm.ts'
export type * from './ports/inbox.ts'
export type * from './ports/intermediates.ts'
export type * from './ports/jobs.ts'
export type * from './ports/links.ts'
export type * from './ports/marks.ts'
export type * from './ports/referrals.ts'
export type * from './ports/registrations.ts'
export type * from './ports/replays.ts'
export type * from './ports/secrets.ts'
export type * from './ports/subscriptions.ts'
export type * from './ports/timeline-entries.ts'
