import type { ConnectorSettings } from '../power-apps/connector-settings.ts'
import { readSettings, settingsFrom } from '../power-apps/connector-settings.ts'
import type { Given, Option } from './command.ts'

/** The options of paconn, by their names and letters there: scripts that call paconn need another first word only. */
export const sharedOptions = {
  pau: { type: 'string', short: 'u', value: 'URL', text: 'Power Platform URL.' },
  pav: { type: 'string', short: 'v', value: 'VERSION', text: 'Power Platform api version.' },
  settings: {
    type: 'string',
    short: 's',
    value: 'FILE',
    text: 'A settings file (settings.json). It goes before the options for ids, files and addresses.'
  }
} as const satisfies Record<string, Option>

export const environmentOption = {
  env: { type: 'string', short: 'e', value: 'ID', text: 'Power Platform environment ID.' }
} as const satisfies Record<string, Option>

export const connectorOption = {
  cid: { type: 'string', short: 'c', value: 'ID', text: 'The custom connector ID.' }
} as const satisfies Record<string, Option>

export const definitionOption = {
  'api-def': { type: 'string', short: 'd', value: 'FILE', text: 'Location of the Open API definition JSON document.' }
} as const satisfies Record<string, Option>

export const fileOptions = {
  'api-prop': { type: 'string', short: 'p', value: 'FILE', text: 'Location of the API properties JSON document.' },
  ...definitionOption,
  icon: { type: 'string', short: 'i', value: 'FILE', text: 'Location of the icon file.' },
  script: { type: 'string', short: 'x', value: 'FILE', text: 'Location of the script file.' }
} as const satisfies Record<string, Option>

export const secretOption = {
  secret: { type: 'string', short: 'r', value: 'SECRET', text: 'The OAuth2 client secret for the connector.' }
} as const satisfies Record<string, Option>

/** What paconn does not have. */
export const ownOptions = {
  'dry-run': { type: 'boolean', text: 'Print the requests, without secrets, and send none.' },
  json: { type: 'boolean', text: 'Print the result as JSON.' }
} as const satisfies Record<string, Option>

export const rulesOption = {
  'skip-rules': { type: 'boolean', text: 'Go on although the definition breaks rules.' }
} as const satisfies Record<string, Option>

/**
 * The settings of the command line, or, when a file is given, of that file alone: paconn has it so. Only an environment and a connector that
 * the file does not name, for which paconn would ask, are taken from the options.
 */
export function settingsOf(options: Given['options']): ConnectorSettings {
  const settings = textOf(options.settings)
  const ids = { connectorId: textOf(options.cid), environment: textOf(options.env) }
  if (settings !== undefined) {
    const inFile = readSettings(settings)
    return { ...inFile, connectorId: inFile.connectorId ?? ids.connectorId, environment: inFile.environment ?? ids.environment }
  }
  return settingsFrom({
    ...ids,
    apiProperties: textOf(options['api-prop']),
    apiDefinition: textOf(options['api-def']),
    icon: textOf(options.icon),
    script: textOf(options.script),
    powerAppsUrl: textOf(options.pau),
    powerAppsApiVersion: textOf(options.pav),
    clientId: textOf(options.clid),
    tenant: textOf(options.tenant),
    authorityUrl: textOf(options.authority_url),
    resource: textOf(options.resource)
  })
}

export function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
