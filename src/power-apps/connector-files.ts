import { existsSync } from 'node:fs'
import type { JsonObject } from '../connector/json.ts'
import type { ConnectorSettings } from './connector-settings.ts'
import { readBytes, readObject, unusable } from './read-file.ts'

export interface ConnectorFiles {
  apiProperties: JsonObject
  definition: JsonObject
  icon?: { path: string; bytes: Buffer }
  script?: { path: string; bytes: Buffer }
}

/** @throws POWER_APPS_FILE_UNUSABLE, with paconn's words for a file that is not named */
export function readDefinition({ apiDefinition }: Pick<ConnectorSettings, 'apiDefinition'>): JsonObject {
  if (!apiDefinition) throw unusable('API Definition must be specified.')
  return readObject(apiDefinition, 'The API definition')
}

/**
 * The files that a connector is made of. An icon that is named but not there is passed over, as paconn does it, and `say` is told.
 * @throws POWER_APPS_FILE_UNUSABLE, for a missing script too: leaving it out would take it away from the connector
 */
export function readConnectorFiles(settings: ConnectorSettings, say: (text: string) => void): ConnectorFiles {
  const { apiProperties, icon, script } = settings
  if (!apiProperties) throw unusable('API Properties must be specified.')
  const isIconMissing = icon !== undefined && !existsSync(icon)
  if (isIconMissing) say(`The icon «${icon}» does not exist; the connector gets none.`)
  return {
    apiProperties: readObject(apiProperties, 'The API properties'),
    definition: readDefinition(settings),
    ...(icon && !isIconMissing && { icon: { path: icon, bytes: readBytes(icon, 'The icon') } }),
    ...(script && { script: { path: script, bytes: readBytes(script, 'The script') } })
  }
}
