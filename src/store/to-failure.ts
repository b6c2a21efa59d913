import { Failure } from '../failure.ts'

/**
 * What the database refuses however often it is asked, for what is in it; the store itself works. SQLSTATE classes 22 (data), 23 (constraints) and
 * 54 (limits of the program): postgresql.org/docs/current/errcodes-appendix.html. SQLite's: sqlite.org/rescode.html.
 */
const refusal = /^((22|23|54)[0-9A-Z]{3}|SQLITE_(CONSTRAINT|TOOBIG|MISMATCH)(_[A-Z]+)?)$/

/**
 * What went wrong in the store; its own failures stay what they are. Of a foreign one only the code is told (ENOSPC, SQLITE_FULL, PostgreSQL's
 * SQLSTATE): its text may name hosts, users and values.
 */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const detail = /^[A-Z0-9_]{4,40}$/.test(code) ? ` (${code})` : ''
  if (error instanceof Error && refusal.test(code))
    return new Failure('INTERNAL', `The store refuses what was to be stored${detail}.`, { cause: withoutValues(error, code) })
  return new Failure('STORE_UNAVAILABLE', `The store cannot be opened, read or written${detail}.`, { cause: error })
}

/** The cause of an INTERNAL failure is logged in full, and PostgreSQL tells the row that it refuses: only where it happened is kept of that. */
function withoutValues(error: Error & { table?: string; column?: string; constraint?: string }, code: string): Error {
  const bare = new Error([code, error.table, error.column, error.constraint].filter(Boolean).join(' '))
  const frames = (error.stack ?? '').split('\n').filter(line => line.startsWith('    at '))
  bare.stack = [`${bare}`, ...frames].join('\n')
  return bare
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
