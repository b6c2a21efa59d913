import { Failure } from '../failure.ts'

/**
 * What went wrong in the store; its own failures stay what they are. Of a foreign one only the code is told (ENOSPC, SQLITE_FULL, PostgreSQL's
 * SQLSTATE): its text may name hosts, users and values.
 */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const detail = /^[A-Z0-9_]{4,40}$/.test(code) ? ` (${code})` : ''
  return new Failure('STORE_UNAVAILABLE', `The store cannot be opened, read or written${detail}.`, { cause: error })
}

/** Whether another process holds the file at the moment. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && /SQLITE_BUSY|database (table )?is locked/.test(`${'code' in error ? error.code : ''} ${error.message}`)
}

type Method = (...args: never[]) => Promise<unknown>

/** The same port, whose every method throws Failures only. */
export function withFailures<T extends { [Name in keyof T]: Method }>(port: T): T {
  const wrapped = Object.entries<Method>(port).map(([name, method]) => [
    name,
    async (...args: never[]) => {
      try {
        return await method(...args)
      } catch (error) {
        throw toFailure(error)
      }
    }
  ])
  return Object.fromEntries(wrapped)
}
