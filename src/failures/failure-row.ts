/**
 * `status` is what a caller gets, `advice` what a person should do.
 *
 * `retry`: `never`, the same request fails again · `later`, after a pause (see `retryAfterMs`) · `now`, read again and repeat at once.
 */
export interface FailureRow {
  readonly status: number
  readonly retry: 'never' | 'later' | 'now'
  readonly advice: string
}
