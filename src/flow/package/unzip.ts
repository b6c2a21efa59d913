import { unzipSync } from 'fflate'
import { FlowPackageError } from './flow-package-error.ts'

/** Far above any package of flows, far below what would hurt the reader. */
const maxMembers = 5_000
const maxMemberBytes = 16 * 1024 * 1024
const maxBytes = 64 * 1024 * 1024

/**
 * The names of all members, and the content of those that are wanted; the others are not unpacked.
 * @throws FlowPackageError for what is no zip, or unpacks to more than a package of flows would
 */
export function unzip(bytes: Uint8Array, isWanted: (name: string) => boolean): { names: string[]; files: ReadonlyMap<string, Uint8Array> } {
  const names: string[] = []
  let total = 0
  const filter = ({ name, originalSize }: { name: string; originalSize: number }): boolean => {
    names.push(name)
    if (names.length > maxMembers) throw new FlowPackageError(`The zip has more than ${maxMembers} members.`)
    if (!isWanted(name)) return false
    total += originalSize
    if (originalSize > maxMemberBytes || total > maxBytes)
      throw new FlowPackageError('The zip unpacks to more than a package of flows would.')
    return true
  }
  try {
    // An array of the stated size is all that is filled, so a member that lies about its size is cut and then no JSON.
    return { names, files: new Map(Object.entries(unzipSync(bytes, { filter }))) }
  } catch (error) {
    if (error instanceof FlowPackageError) throw error
    throw new FlowPackageError(`The file cannot be read as a zip: ${(error as Error).message}.`, { cause: error })
  }
}
