import type { ApiKeys, Inbox, Intermediates, Jobs, Links, Marks, Replays, Secrets, Subscriptions, TimelineEntries } from '../ports.ts'
import { storedApiKeys } from './api-keys.ts'
import type { StorePlace } from './database.ts'
import { databaseTime } from './database-time.ts'
import { type Pruned, prune, type Retention } from './housekeeping.ts'
import { storedInbox } from './inbox.ts'
import { storedIntermediates } from './intermediates.ts'
import { storedJobs } from './jobs.ts'
import { storedLinks } from './links.ts'
import { storedMarks } from './marks.ts'
import { openPrepared } from './open-prepared.ts'
import { storedReplays } from './replays.ts'
import { storedSecrets } from './secrets.ts'
import { sortableIds } from './sortable-id.ts'
import { storedSubscriptions } from './subscriptions.ts'
import { entryInserter, storedTimeline } from './timeline.ts'
import { withFailures } from './to-failure.ts'

export type { Dialect, StorePlace } from './database.ts'

export interface Store {
  secrets: Secrets
  apiKeys: ApiKeys
  links: Links
  replays: Replays
  jobs: Jobs
  inbox: Inbox
  timeline: TimelineEntries
  subscriptions: Subscriptions
  marks: Marks
  intermediates: Intermediates
  /** Deletes what is older than its retention. */
  prune(retention: Retention): Promise<Pruned>
  /** Reads from the store. @throws STORE_UNAVAILABLE, STORE_KEY_WRONG */
  check(): Promise<void>
  /** What the clock of the database's machine says; undefined when the store is on this machine. */
  databaseTime(): Promise<Date | undefined>
  close(): Promise<void>
}

export type StoreOptions = StorePlace & {
  /** 32 bytes; what is stored is sealed with it. */
  key: Uint8Array
  now: () => Date
  subscriptionsMax?: number
}

/**
 * Opens the store and brings its schema up to date.
 * @throws STORE_UNAVAILABLE when the folder or the database cannot be used, STORE_KEY_WRONG when it was made with another key
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { key, now, subscriptionsMax = 500 } = options
  const { db, dialect, sealing, checkKey, close } = await openPrepared(options, key, now)
  const nextId = sortableIds(now)
  const insertEntries = entryInserter(nextId, now)
  return {
    secrets: withFailures(storedSecrets(db, sealing, now)),
    apiKeys: withFailures(storedApiKeys(db, sealing, now)),
    links: withFailures(storedLinks(db, sealing, now)),
    replays: withFailures(storedReplays(db, now)),
    jobs: withFailures(storedJobs(db, { now, dialect, insertEntries })),
    inbox: withFailures(storedInbox(db, { now, dialect, nextId, insertEntries })),
    timeline: withFailures(storedTimeline(db, insertEntries)),
    subscriptions: withFailures(storedSubscriptions(db, sealing, { now, dialect, max: subscriptionsMax, insertEntries })),
    marks: withFailures(storedMarks(db, now)),
    intermediates: withFailures(storedIntermediates(db, now)),
    ...withFailures({
      prune: (retention: Retention) => prune(db, retention, now),
      databaseTime: () => databaseTime({ db, dialect })
    }),
    check: checkKey,
    close
  }
}
