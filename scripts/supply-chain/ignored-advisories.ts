/** An advisory that does not fail the audit, for a reason and until a day. */
export interface IgnoredAdvisory {
  /** `GHSA-xxxx-xxxx-xxxx`. */
  id: string
  /** Why it does no harm here. */
  reason: string
  /** The last day, as YYYY-MM-DD: by then it is mended, or looked at again. */
  until: string
}

export const ignoredAdvisories: readonly IgnoredAdvisory[] = []
