/** The parts of package-lock.json that count (docs.npmjs.com/cli/configuring-npm/package-lock-json). Keys are folders; '' is the package itself. */
export interface Lock {
  packages: Record<string, LockedPackage>
}

export interface LockedPackage {
  /** When it is another one than the folder's. */
  name?: string
  version?: string
  license?: unknown
  integrity?: string
  /** Used in development only. What is installed on some machines only ships as well. */
  dev?: boolean
  optional?: boolean
  link?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

export function nameOf(folder: string, { name }: LockedPackage): string {
  return name ?? folder.split('node_modules/').at(-1) ?? folder
}

/** Where a package of the folder `from` finds another one: in its own node_modules, or in those of the folders above. */
export function folderOf(dependency: string, from: string, lock: Lock): string | undefined {
  const place = `${from === '' ? '' : `${from}/`}node_modules/${dependency}`
  if (lock.packages[place] !== undefined) return place
  return from === '' ? undefined : folderOf(dependency, from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), lock)
}
