import { randomBytes } from 'node:crypto'
import type { BlobStorage } from './blob-storage.ts'
import { definitionFindings } from './definition-checks.ts'
import { invalidContent, ProviderError } from './error.ts'
import { isObject, type JsonObject, listAt, objectAt } from './json.ts'

/** A connector as the sandbox keeps it. */
export interface StoredConnector {
  name: string
  environment: string
  /** As they were sent, without the definition and without secrets. */
  properties: JsonObject
  definition: JsonObject
  /** Of the OAuth settings, by the place where they stand; an update that sends null or an empty one has wiped it. */
  clientSecrets: Record<string, string>
}

export interface Connectors {
  all(): StoredConnector[]
  create(environment: string, body: unknown): object
  update(environment: string, name: string, body: unknown): object
  read(environment: string, name: string): object
  list(environment: string): object
}

/** What the provider knows of custom connectors. Source for what it wants and answers: paconn 0.0.21 */
export function connectorRegistry(options: {
  storage: BlobStorage
  now: () => Date
  environments: readonly string[]
  creator: { id: string; displayName: string }
}): Connectors {
  const { storage, now, environments, creator } = options
  const connectors = new Map<string, StoredConnector>()

  function check(environment: string, body: unknown): { properties: JsonObject; definition: JsonObject } {
    if (!environments.includes(environment))
      throw new ProviderError(404, 'EnvironmentNotFound', `The environment '${environment}' could not be found in the tenant.`)
    const properties = objectAt(body, 'properties')
    if (!isObject(body) || !isObject(body.properties)) throw invalidContent("Required property 'properties' not found in JSON.")
    if ('stackOwner' in properties) {
      const at = "Path 'properties.stackOwner', line 1, position 1."
      throw invalidContent(`Could not find member 'stackOwner' on object of type 'ApiPropertiesDefinition'. ${at}`)
    }
    const { openApiDefinition: definition } = properties
    if (!isObject(definition)) throw invalidContent("Required property 'openApiDefinition' not found in JSON.")
    const [error] = definitionFindings(definition, { isCertification: false }).filter(line => line.startsWith('Error'))
    if (error) throw new ProviderError(400, 'InvalidOpenApiDefinition', error)
    if (objectAt(properties, 'environment').name !== environment)
      throw new ProviderError(400, 'EnvironmentMismatch', 'The environment of the body is not the one of the filter.')
    if (!URL.canParse(String(objectAt(properties, 'backendService').serviceUrl)))
      throw new ProviderError(400, 'InvalidBackendService', 'The service URL of the backend is not valid.')
    for (const name of ['iconUri', 'scriptDefinitionUrl']) {
      const address = properties[name]
      if (address !== undefined && address !== '' && storage.blob(String(address)) === undefined)
        throw new ProviderError(400, 'InvalidResourceUri', `The file at '${name}' cannot be read.`)
    }
    return { properties, definition }
  }

  function known(environment: string, name: string): StoredConnector {
    const found = connectors.get(name)
    if (found?.environment !== environment)
      throw new ProviderError(404, 'ApiResourceNotFound', `Could not find API '${name}' in the environment '${environment}'.`)
    return found
  }

  function shown(connector: StoredConnector): object {
    const { name, environment, properties, definition } = connector
    const text = `\ufeff${JSON.stringify(definition)}`
    // Kept with a byte order mark, as published definitions are now and then.
    const originalSwaggerUrl = storage.keep('apiDefinition.swagger.json', { bytes: Buffer.from(text), contentType: 'application/json' })
    return {
      name,
      id: `/providers/Microsoft.PowerApps/apis/${name}`,
      type: 'Microsoft.PowerApps/apis',
      properties: {
        ...properties,
        ...(properties.scriptDefinitionUrl === '' && { scriptDefinitionUrl: undefined }),
        isCustomApi: true,
        createdBy: { ...creator, type: 'User' },
        apiDefinitions: { originalSwaggerUrl, modifiedSwaggerUrl: originalSwaggerUrl },
        environment: { id: `/providers/Microsoft.PowerApps/environments/${environment}`, name: environment },
        runtimeUrls: [`https://contoso.azure-apim.net/apim/${name.slice('shared_'.length)}`]
      }
    }
  }

  return {
    all: () => [...connectors.values()],
    create(environment, body) {
      const { properties, definition } = check(environment, body)
      const { displayName } = properties
      if (typeof displayName !== 'string' || displayName === '')
        throw new ProviderError(400, 'InvalidDisplayName', 'The display name of the API is missing.')
      const { kept, secrets } = withoutSecrets(properties)
      const bare = oauthPlaces(properties).find(place => secrets[place] === undefined)
      if (bare) throw new ProviderError(400, 'ClientSecretMissing', `The OAuth settings of '${bare}' have no client secret.`)
      const name = newName(displayName)
      const times = { createdTime: now().toISOString(), changedTime: now().toISOString() }
      const connector = { name, environment, definition, properties: { ...kept, ...times }, clientSecrets: textsOf(secrets) }
      connectors.set(name, connector)
      return shown(connector)
    },
    update(environment, name, body) {
      const connector = known(environment, name)
      const { properties, definition } = check(environment, body)
      const { kept, secrets } = withoutSecrets(properties)
      connector.properties = { ...connector.properties, ...kept, changedTime: now().toISOString() }
      connector.definition = definition
      connector.clientSecrets = textsOf({ ...connector.clientSecrets, ...secrets })
      return shown(connector)
    },
    read: (environment, name) => shown(known(environment, name)),
    list: environment => ({
      value: [builtIn, ...[...connectors.values()].filter(connector => connector.environment === environment).map(shown)]
    })
  }
}

const builtIn = {
  name: 'shared_office365',
  id: '/providers/Microsoft.PowerApps/apis/shared_office365',
  type: 'Microsoft.PowerApps/apis',
  properties: { displayName: 'Office 365 Outlook', isCustomApi: false, publisher: 'Microsoft', tier: 'Standard' }
}

/** `shared_partner-20referrals-5f190e9222f2887669-5f39d539149a98086a`: a blank is written as -20. */
function newName(displayName: string): string {
  const slug = [...displayName.toLowerCase()].map(character =>
    /[a-z0-9]/.test(character) ? character : `-${character.charCodeAt(0).toString(16)}`
  )
  return ['shared_'.concat(slug.join('')), randomBytes(9).toString('hex'), randomBytes(9).toString('hex')].join('-')
}

function parametersOf(properties: JsonObject): [place: string, settings: JsonObject][] {
  const groups: [string, JsonObject][] = [
    ['', objectAt(properties, 'connectionParameters')],
    ...listAt(objectAt(properties, 'connectionParameterSets'), 'values').map((set): [string, JsonObject] => [
      `${isObject(set) ? String(set.name) : ''}/`,
      objectAt(set, 'parameters')
    ])
  ]
  return groups.flatMap(([group, parameters]) =>
    Object.entries(parameters).flatMap(([name, parameter]): [string, JsonObject][] =>
      isObject(parameter) && isObject(parameter.oAuthSettings) ? [[`${group}${name}`, parameter.oAuthSettings]] : []
    )
  )
}

const oauthPlaces = (properties: JsonObject): string[] => parametersOf(properties).map(([place]) => place)

/** Secrets are never given out again. */
function withoutSecrets(properties: JsonObject): { kept: JsonObject; secrets: Record<string, unknown> } {
  const { openApiDefinition: _definition, environment: _environment, ...kept } = structuredClone(properties)
  const secrets: Record<string, unknown> = {}
  for (const [place, settings] of parametersOf(kept)) {
    if ('clientSecret' in settings) secrets[place] = settings.clientSecret
    delete settings.clientSecret
  }
  return { kept, secrets }
}

const textsOf = (secrets: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(secrets).flatMap(([place, value]) => (typeof value === 'string' && value !== '' ? [[place, value]] : []))
  )
