import { type Zippable, zipSync } from 'fflate'

/**
 * The files as a zip, the same bytes on every machine: sorted by name, and dated the first day that a zip can name. Its dates have no time
 * zone and are written from the local time, so a local noon is given. fflate packs in JavaScript, unlike zlib, which differs between builds of Node.
 */
export function zip(files: Record<string, string | Uint8Array>): Uint8Array {
  const mtime = new Date(1980, 0, 1, 12)
  const members: Zippable = {}
  for (const [path, content] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)))
    members[path] = [typeof content === 'string' ? new TextEncoder().encode(content) : content, { level: 9, mtime }]
  return zipSync(members)
}
