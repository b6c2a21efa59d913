import { existsSync, readFileSync } from 'node:fs'

/** The package's root, where the connector's files stand, both from the sources and from the built package. */
export const packageRoot = new URL('../../', import.meta.url)

/** One of the package's own files as text; undefined when it is not there. */
export function readOwn(path: string): string | undefined {
  const url = new URL(path, packageRoot)
  return existsSync(url) ? readFileSync(url, 'utf8') : undefined
}
