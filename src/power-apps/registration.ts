import { isObject, itemsAt, type JsonObject, listAt, objectAt } from '../connector/json.ts'
import { Failure } from '../failure.ts'
import { unusable } from './read-file.ts'

/**
 * The body that creates or updates a connector: the API properties, completed. Neither argument is changed.
 * Source for what is added: paconn 0.0.21, operations/upsert.py
 * @throws POWER_APPS_FILE_UNUSABLE when a file lacks what is needed; POWER_APPS_SECRET_MISSING
 */
export function registrationFrom(given: {
  apiProperties: JsonObject
  definition: JsonObject
  environment: string
  clientSecret: string | undefined
  isUpdate: boolean
}): JsonObject & { properties: JsonObject } {
  const { apiProperties, definition, environment, clientSecret, isUpdate } = given
  const copy = structuredClone(apiProperties)
  if (!isObject(copy.properties)) throw unusable('The API properties file has no «properties».')
  // The service knows no such member and refuses the whole. Source: PowerPlatformConnectors issue 614, and paconn's README, «Limitations»
  const { stackOwner: _stackOwner, ...properties } = copy.properties
  withSecret(properties, { clientSecret, isUpdate })

  const { title, description } = objectAt(definition, 'info')
  if (typeof title !== 'string' || title === '') throw unusable('The API definition has no info.title.')
  if (typeof description !== 'string' || description === '') throw unusable('The API definition has no info.description.')
  return {
    ...copy,
    properties: {
      ...properties,
      openApiDefinition: definition,
      backendService: { serviceUrl: serviceUrl(definition) },
      environment: { name: environment },
      ...(!isUpdate && { displayName: title }),
      description
    }
  }
}

/** The first scheme counts, as it does for paconn. */
function serviceUrl(definition: JsonObject): string {
  const [scheme = 'https'] = itemsAt(definition, 'schemes')
  const { host, basePath = '' } = definition
  if (typeof host !== 'string' || host === '') throw unusable('The API definition has no host.')
  const path = String(basePath)
  return `${String(scheme)}://${host}${path === '' || path.startsWith('/') ? path : `/${path}`}`
}

/**
 * Puts the secret where connections sign in with OAuth: into the parameter named `token`, of the flat parameters and of every set.
 * What is empty is taken out, so that an update leaves the stored secret alone.
 */
function withSecret(properties: JsonObject, { clientSecret, isUpdate }: { clientSecret: string | undefined; isUpdate: boolean }): void {
  const groups = [
    objectAt(properties, 'connectionParameters'),
    ...listAt(objectAt(properties, 'connectionParameterSets'), 'values').map(set => objectAt(set, 'parameters'))
  ]
  for (const [name, parameter] of groups.flatMap(group => Object.entries(group))) {
    const settings = isObject(parameter) ? parameter.oAuthSettings : undefined
    if (!isObject(settings)) continue
    if (name === 'token') {
      if (clientSecret) settings.clientSecret = clientSecret
      else if (!isUpdate) throw new Failure('POWER_APPS_SECRET_MISSING', 'Please provide OAuth2 client secret using the --secret argument.')
    }
    if (settings.clientSecret === null || settings.clientSecret === '') delete settings.clientSecret
  }
}

/** Every secret that a registration carries, so that none comes back in a message. */
export function secretsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(secretsIn)
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, held]) => (name === 'clientSecret' && typeof held === 'string' ? [held] : secretsIn(held)))
}
