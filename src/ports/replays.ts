/** Remembers which POST was answered with what, so that a repeated one has no second effect. */
export interface Replays {
  /** Claims `key` for the request; tells what came of the earlier one when there was one in the last `keptMs` milliseconds. */
  begin(key: string, requestHash: string, keptMs: number): Promise<'new' | 'in-progress' | 'other-request' | { result: string }>
  finish(key: string, result: string): Promise<void>
  /** Gives the key back after a failure, so that the caller may try again. */
  abandon(key: string): Promise<void>
}
