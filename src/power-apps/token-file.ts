import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isObject, type JsonObject } from '../connector/json.ts'
import { Failure } from '../failure.ts'
import { asciiJson } from './ascii-json.ts'

/** The file that paconn keeps its sign-in in, and so do we: who has signed in with the one has with the other. */
export interface TokenFile {
  path: string
  /** Undefined when nobody has signed in. */
  read(): JsonObject | undefined
  /** For its owner only, and in one piece: another command may be reading it. */
  write(token: JsonObject): void
  /** Whether there was one. */
  remove(): boolean
}

export function tokenFile(home: string): TokenFile {
  const path = join(home, '.paconn', 'accessTokens.json')
  return {
    path,
    read() {
      let text: string
      try {
        text = readFileSync(path, 'utf8')
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
        throw new Failure(
          'POWER_APPS_NOT_SIGNED_IN',
          `The file ${path} with the sign-in cannot be read (${code ?? 'for an unknown reason'}).`
        )
      }
      return tokenFrom(text) ?? refuse(path)
    },
    write(token) {
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
        replace(path, asciiJson(token, 0))
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        throw new Failure('POWER_APPS_FILE_UNUSABLE', `The file ${path} cannot be written (${code ?? 'for an unknown reason'}).`)
      }
    },
    remove() {
      try {
        rmSync(path)
        return true
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT' || code === 'ENOTDIR') return false
        throw new Failure('POWER_APPS_FILE_UNUSABLE', `The file ${path} cannot be removed (${code ?? 'for an unknown reason'}).`)
      }
    }
  }
}

/** paconn writes an empty list where there is no token. */
function tokenFrom(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
    return Array.isArray(value) && value.length === 0 ? {} : undefined
  } catch {
    return undefined
  }
}

function refuse(path: string): never {
  throw new Failure('POWER_APPS_NOT_SIGNED_IN', `The file ${path} does not hold a sign-in.`)
}

function replace(path: string, text: string): void {
  const target = realPath(path)
  const beside = `${target}.${randomUUID()}.tmp`
  try {
    writeFileSync(beside, text, { mode: 0o600, flag: 'wx' })
    renameSync(beside, target)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
