import type { Referrals } from '../ports.ts'
import type { Referral } from '../schemas/referral.ts'

/** All subscriptions are told of an event at about the same time. */
const keptMs = 5000
const maxKept = 100

/** Readings that the runs of one process share. */
export interface SharedReads {
  /** The referral as it was after the event had been received, or later. */
  get(referralId: string, event: { receivedAt: Date; correlationId: string }): Promise<Referral>
  /** Whether Partner Center lets itself be read at all. */
  works(): Promise<boolean>
}

/**
 * Reads once what several ask for within a few seconds, one request at a time for each. A reading is for one event: it was begun because of it,
 * and so after it, whatever the clocks of other processes say. What failed is read anew.
 */
export function sharedReads({ referrals, now }: { referrals: Pick<Referrals, 'get' | 'list'>; now: () => Date }): SharedReads {
  const kept = new Map<string, { until: number; reading: Promise<unknown> }>()

  return {
    get: (referralId, { receivedAt, correlationId }) =>
      share(`${referralId.toLowerCase()} ${receivedAt.getTime()}`, () => referrals.get(referralId, { correlationId })),
    works: () =>
      share('works', () => referrals.list({ top: 1 })).then(
        () => true,
        () => false
      )
  }

  function share<T>(key: string, read: () => Promise<T>): Promise<T> {
    const before = kept.get(key)
    if (before && now().getTime() < before.until) return before.reading as Promise<T>
    const reading = read()
    const entry = { until: Number.POSITIVE_INFINITY, reading }
    kept.delete(key)
    kept.set(key, entry)
    const [oldest] = kept.keys()
    if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest)
    reading.then(
      () => {
        entry.until = now().getTime() + keptMs
      },
      () => {
        if (kept.get(key) === entry) kept.delete(key)
      }
    )
    return reading
  }
}
