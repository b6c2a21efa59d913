/** `npx tsx scripts/sbom.ts [FILE]`: what ships beside the package's own code, as CycloneDX, by the lock file; into dist/sbom.cdx.json unless told. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { sbomFromLock } from './supply-chain/sbom-from-lock.ts'

const file = process.argv[2] ?? 'dist/sbom.cdx.json'
const sbom = sbomFromLock(JSON.parse(readFileSync('package-lock.json', 'utf8')))
mkdirSync(dirname(file), { recursive: true })
writeFileSync(file, `${JSON.stringify(sbom, null, 2)}\n`)
console.log(`${file}: ${sbom.components.length} packages.`)
