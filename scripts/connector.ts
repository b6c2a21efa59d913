/**
 * `npm run connector`: makes the connector's files, the pictures of it and the types of the client from the routes. `--check` only says which
 * are stale.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { inflateSync } from 'node:zlib'
import openapiTypescript, { astToString } from 'openapi-typescript'
import { apiDocuments } from '../src/cli/api-documents.ts'
import { connectorIcon } from '../src/connector/icon.ts'
import type { JsonObject } from '../src/connector/json.ts'
import { madeFiles } from '../src/connector/made-files.ts'
import { pictures } from './pictures/pictures.ts'

const { openApi, swagger2 } = await apiDocuments()
const banner = "/** Types of the service's operations, made from its OpenAPI document by scripts/connector.ts. */\n"
const made = madeFiles(swagger2 as JsonObject)
const files: Record<string, string | Buffer> = {
  ...made,
  ...pictures({
    definition: JSON.parse(made['apiDefinition.swagger.json'] ?? ''),
    properties: JSON.parse(made['apiProperties.json'] ?? ''),
    flow: JSON.parse(made['connector/flows/referral-to-lead.json'] ?? '')
  }),
  'connector/icon.png': connectorIcon(),
  'src/client/openapi.ts': banner + astToString(await openapiTypescript(openApi as never))
}

const stale = Object.entries(files).filter(([path, content]) => !existsSync(path) || !isSame(readFileSync(path), Buffer.from(content)))
for (const [path, content] of stale) {
  if (process.argv.includes('--check')) console.error(`${path} is stale. Run «npm run connector» and commit it.`)
  else {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
}
if (process.argv.includes('--check') && stale.length > 0) process.exit(1)

/** Pictures are compared by what they show: another zlib may pack the same pixels into other bytes. */
function isSame(before: Buffer, after: Buffer): boolean {
  const [a, b] = [before, after].map(file =>
    file.subarray(1, 4).toString('latin1') === 'PNG' ? inflateSync(file.subarray(41, 41 + file.readUInt32BE(33))) : file
  )
  return a !== undefined && b !== undefined && a.equals(b)
}
