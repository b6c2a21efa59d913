import { readFileSync } from 'node:fs'
import { UsageError } from './command.ts'
import { onOneLine } from './one-line.ts'

/** A referral to be created, from a file. @throws UsageError when it holds none */
export function readDraft(path: string): object {
  try {
    const draft: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof draft === 'object' && draft !== null && !Array.isArray(draft)) return draft
  } catch (error) {
    throw new UsageError(onOneLine(`The file «${path}» cannot be read as JSON: ${(error as Error).message}.`))
  }
  throw new UsageError(`The file «${path}» does not hold a referral, which is a JSON object.`)
}
