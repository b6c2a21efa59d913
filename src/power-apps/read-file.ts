import { readFileSync, statSync } from 'node:fs'
import { isObject, type JsonObject } from '../connector/json.ts'
import { Failure } from '../failure.ts'

/** A definition is below 1 MB, an icon and a script are smaller. Source: learn.microsoft.com/connectors/custom-connectors/faq */
const maxBytes = 5 * 1024 * 1024

/** @throws POWER_APPS_FILE_UNUSABLE, its message names `what` and the path */
export function readBytes(path: string, what: string): Buffer {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) throw unusable(`${what} «${path}» is not a file.`)
    if (stats.size > maxBytes) throw unusable(`${what} «${path}» is larger than ${maxBytes} bytes.`)
    return readFileSync(path)
  } catch (error) {
    if (error instanceof Failure) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw unusable(`${what} «${path}» does not exist.`)
    throw unusable(`${what} «${path}» cannot be read (${code ?? 'for an unknown reason'}).`)
  }
}

/** A JSON object; a byte order mark before it is passed over. */
export function readObject(path: string, what: string): JsonObject {
  return objectFrom(readBytes(path, what), `${what} «${path}»`)
}

/** @throws POWER_APPS_FILE_UNUSABLE, which does not quote what it read */
export function objectFrom(bytes: Buffer, what: string): JsonObject {
  let value: unknown
  try {
    // The decoder takes a byte order mark off.
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw unusable(`${what} is not JSON in UTF-8.`)
  }
  if (!isObject(value)) throw unusable(`${what} does not hold a JSON object.`)
  return value
}

export function unusable(message: string): Failure {
  return new Failure('POWER_APPS_FILE_UNUSABLE', message)
}
