import { Failure } from '../failure.ts'

/** What went wrong in the store; its own failures stay what they are. */
export function toFailure(error: unknown): Failure {
  return error instanceof Failure
    ? error
    : new Failure('STORE_UNAVAILABLE', 'The store cannot be opened, read or written.', { cause: error })
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
