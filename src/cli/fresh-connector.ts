import { existsSync, readFileSync } from 'node:fs'
import type { JsonObject } from '../connector/json.ts'
import { madeFiles } from '../connector/made-files.ts'
import type { ConnectorFiles } from '../connector/package/connector-solution.ts'
import { apiDocuments } from './api-documents.ts'

/**
 * The connector's files in a folder, or a sentence about the first that is missing or not what the routes make today: a package of it would
 * promise other actions than the service has.
 */
export async function freshConnector(folder: URL): Promise<ConnectorFiles | string> {
  const read = (path: string): Buffer => readFileSync(new URL(path, folder))
  const { swagger2 } = await apiDocuments()
  const made = madeFiles(swagger2 as JsonObject)
  for (const path of ['apiDefinition.swagger.json', 'apiProperties.json', 'connector/icon.png']) {
    if (!existsSync(new URL(path, folder))) return `${path} is missing. Run «npm run connector».`
    if (made[path] !== undefined && made[path] !== read(path).toString('utf8'))
      return `${path} is not what the routes make today. Run «npm run connector».`
  }
  return {
    definition: JSON.parse(read('apiDefinition.swagger.json').toString('utf8')),
    properties: JSON.parse(read('apiProperties.json').toString('utf8')),
    icon: read('connector/icon.png')
  }
}
