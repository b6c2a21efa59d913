import { setImmediate as turn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'
import { isLocked } from './to-failure.ts'

/** So that nobody waits long for the others. */
const mostInCommit = 100

type Act<T> = (db: Kysely<Tables>) => Promise<T>
interface Waiting {
  act: Act<unknown>
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

/**
 * Acts in transactions that several may share: what is asked for while one commit is under way goes into the next. On SQLite a commit costs an
 * fsync, however little is in it. Each promise resolves after its commit. When a shared transaction fails, each act is tried by itself, so that
 * one that cannot be stored is alone with its failure.
 */
export function sharedCommits(db: Kysely<Tables>): <T>(act: Act<T>) => Promise<T> {
  const waiting: Waiting[] = []
  let isRunning = false

  return act =>
    new Promise((resolve, reject) => {
      waiting.push({ act, resolve, reject })
      if (!isRunning) void run()
    })

  async function run(): Promise<void> {
    isRunning = true
    while (waiting.length > 0) {
      // The driver of SQLite holds up the process: others are heard only between two commits.
      await turn()
      await commit(waiting.splice(0, mostInCommit))
    }
    isRunning = false
  }

  async function commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await db.transaction().execute(async trx => {
        const done: unknown[] = []
        for (const { act } of batch) done.push(await act(trx))
        return done
      })
      for (const [at, { resolve }] of batch.entries()) resolve(results[at] as never)
    } catch (error) {
      // A file that stayed locked would be waited for once for each.
      if (batch.length === 1 || isLocked(error)) for (const { reject } of batch) reject(error)
      else for (const one of batch) await commit([one])
    }
  }
}
