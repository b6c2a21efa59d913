import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { unusable } from './read-file.ts'

/** Writes a file, and the folder that it stands in. @throws POWER_APPS_FILE_UNUSABLE */
export function writeFile(path: string, content: string | Buffer): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw unusable(`The file «${path}» cannot be written (${code ?? 'for an unknown reason'}).`)
  }
}
