import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The path of a file in the folder, both made when they are missing, for its owner only before anything is in it: SQLite gives the files beside
 * it the same permissions. An existing one is not opened here, for closing it again would drop the locks that this process holds on it
 * (sqlite.org/howtocorrupt.html, section 2.2).
 */
export function privateFile(folder: string, name: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, name)
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  chmodSync(path, 0o600)
  return path
}
