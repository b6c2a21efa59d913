import Sqlite from 'libsql'
import { Failure } from '../failure.ts'
import { privateFile } from './private-file.ts'
import { isLocked, toFailure } from './to-failure.ts'

/**
 * Keeps other service processes out of a folder for as long as this one lives; the store itself stays open to all. It is a transaction that is
 * held open on a file of its own: the operating system lets go of it when the process dies, however it dies, so that nothing has to be cleaned up.
 * Nothing else may open that file in this process: to close it again would drop the lock (sqlite.org/howtocorrupt.html, section 2.2).
 * @throws STORE_IN_USE, STORE_UNAVAILABLE
 */
export function lockFolder(folder: string): { release(): void } {
  let lock: Sqlite.Database | undefined
  try {
    lock = new Sqlite(privateFile(folder, 'service.lock'))
    lock.exec('pragma busy_timeout = 0')
    lock.exec('begin exclusive')
  } catch (error) {
    lock?.close()
    if (isLocked(error)) throw new Failure('STORE_IN_USE', 'Another service process uses the embedded store of DATA_DIR.', { cause: error })
    throw toFailure(error)
  }
  let held: Sqlite.Database | undefined = lock
  return {
    release() {
      held?.close()
      held = undefined
    }
  }
}
