import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A fresh store for a service, embedded or on a PostgreSQL of its own. */
export interface Place {
  /** The settings that lead there. */
  fresh(): Promise<Record<string, string>>
  close(): Promise<void>
}

export async function openPlace(kind: string): Promise<Place> {
  if (kind === 'embedded') {
    const root = mkdtempSync(join(tmpdir(), 'referral-bench-'))
    let count = 0
    return {
      fresh: async () => ({ DATA_DIR: join(root, `store-${++count}`), DATABASE_URL: '' }),
      close: async () => rmSync(root, { recursive: true, force: true })
    }
  }
  if (kind !== 'postgres') throw new Error('--store is embedded or postgres.')
  const { postgresServer } = await import('../../test/fixtures/postgres.ts')
  const server = await postgresServer()
  return { fresh: async () => ({ DATABASE_URL: await server.database() }), close: () => server.close() }
}
