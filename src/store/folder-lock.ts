import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { Failure } from '../failure.ts'
import { isLocked, toFailure } from './to-failure.ts'

/**
 * Keeps other service processes out of a folder for as long as this one lives. It is a transaction that is held open on a file of its own: the
 * operating system lets go of it when the process dies, however it dies, so that nothing has to be cleaned up.
 * @throws STORE_IN_USE, STORE_UNAVAILABLE
 */
export function lockFolder(folder: string): { release(): void } {
  let database: Database.Database | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    database = new Database(join(folder, 'service.lock'))
    database.exec('pragma busy_timeout = 0')
    database.exec('begin exclusive')
  } catch (error) {
    database?.close()
    if (isLocked(error)) throw new Failure('STORE_IN_USE', 'Another service process uses the embedded store of DATA_DIR.', { cause: error })
    throw toFailure(error)
  }
  const held = database
  return { release: () => void held.close() }
}
