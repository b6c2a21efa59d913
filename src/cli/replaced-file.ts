import { randomUUID } from 'node:crypto'
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'

/** A file that is written beside the one it replaces, for its owner only. Until `keep` the old one is as it was. */
export interface ReplacedFile {
  append(text: string): Promise<void>
  /** Puts it in the place of the old one. */
  keep(): Promise<void>
  /** Forgets it, unless it was kept. */
  close(): Promise<void>
  /** False for a device or a pipe, which has no old content: what was written is there at once, and stays. */
  isReplaced: boolean
}

export async function replacedFile(path: string): Promise<ReplacedFile> {
  const target = await realpath(path).catch(() => path)
  const before = await stat(target).catch(() => undefined)
  if (before && !before.isFile()) return written(await open(target, 'w'))
  const beside = `${target}.${randomUUID()}.tmp`
  const file = await open(beside, 'wx', 0o600)
  let isKept = false
  return {
    append: text => file.appendFile(text),
    async keep() {
      await file.sync()
      await rename(beside, target)
      isKept = true
    },
    async close() {
      await file.close()
      if (!isKept) await rm(beside, { force: true })
    },
    isReplaced: true
  }
}

function written(file: FileHandle): ReplacedFile {
  return { append: text => file.appendFile(text), keep: async () => undefined, close: () => file.close(), isReplaced: false }
}
