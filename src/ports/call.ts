/** What every port is called with, and what adapters are given to work with. */

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
