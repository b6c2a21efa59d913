import { isObject, type JsonObject, listAt, objectAt } from '../connector/json.ts'
import { baseAddress } from './address.ts'
import type { ConnectorSettings } from './connector-settings.ts'
import type { Answer } from './exchange.ts'
import { objectIn } from './json-answer.ts'
import type { Request, Send } from './request.ts'
import { explanation, failureFromAnswer, unexpected } from './to-failure.ts'
import { serviceText } from './validation-text.ts'

/** Something that a person can choose. */
export interface Choice {
  id: string
  label: string
}

export interface PowerApps {
  environments(): Promise<Choice[]>
  /** Custom connectors only. */
  connectors(environment: string): Promise<Choice[]>
  /** What the service says of a definition, line by line; nothing when all is well. */
  validate(definition: JsonObject, options: { isCertification: boolean }): Promise<string[]>
  /** An address, with the signature that lets in, for the files of a connector. */
  storage(environment: string): Promise<string>
  /** Answers the id of the new connector. */
  create(environment: string, registration: JsonObject, secrets: readonly string[]): Promise<string>
  update(environment: string, connectorId: string, registration: JsonObject, secrets: readonly string[]): Promise<void>
  /** The registration as the service keeps it. */
  read(environment: string, connectorId: string): Promise<JsonObject>
}

/** What the resource provider expects besides the token; it knows its callers by it. Source: paconn 0.0.21 */
const origin = { 'x-ms-origin': 'paconn-cli' }

/**
 * The operations of Power Apps and Power Automate that a custom connector needs. They are not documented as an API; the source is paconn 0.0.21
 * (PowerPlatformConnectors, tools/paconn-cli). `oid`: the id of the user, a part of some addresses.
 */
export function powerApps(options: {
  settings: Pick<ConnectorSettings, 'powerAppsUrl' | 'powerAppsApiVersion' | 'flowUrl' | 'flowApiVersion'>
  send: Send
  oid: () => Promise<string>
  now: () => Date
}): PowerApps {
  const { settings, send, oid, now } = options
  const provider = `${baseAddress(settings.powerAppsUrl, 'The address of Power Apps')}/providers/Microsoft.PowerApps`
  const flowProvider = `${baseAddress(settings.flowUrl, 'The address of Power Automate')}/providers/Microsoft.ProcessSimple`
  const version = settings.powerAppsApiVersion

  async function accepted(request: Request): Promise<Answer> {
    const answer = await send(request)
    if (answer.status < 200 || answer.status >= 300) throw failureFromAnswer(answer, request, now())
    return answer
  }

  const inEnvironment = (path: string, environment: string): string =>
    `${provider}/${path}${query({ 'api-version': version, $filter: `environment eq '${environment}'` })}`
  const ofUser = async (operation: string, more: Record<string, string> = {}): Promise<string> =>
    `${provider}/objectIds/${await oid()}/${operation}${query({ 'api-version': version, ...more })}`

  return {
    async environments() {
      const url = `${flowProvider}/environments${query({ 'api-version': settings.flowApiVersion })}`
      const request: Request = {
        purpose: 'Listing the environments',
        method: 'GET',
        url,
        isAuthorized: true,
        isRepeatable: true,
        pretend: { value: [] }
      }
      return choices(await accepted(request), ({ name, properties }) => {
        const { displayName } = isObject(properties) ? properties : {}
        return typeof name === 'string' ? [{ id: name, label: String(displayName ?? name) }] : []
      })
    },

    async connectors(environment) {
      const url = inEnvironment('apis', environment)
      const purpose = 'Listing the custom connectors'
      const request: Request = {
        purpose,
        method: 'GET',
        url,
        headers: origin,
        isAuthorized: true,
        isRepeatable: true,
        pretend: { value: [] }
      }
      return choices(await accepted(request), connector => {
        const { isCustomApi, displayName } = objectAt(connector, 'properties')
        if (isCustomApi !== true || typeof connector.name !== 'string') return []
        const creator = objectAt(objectAt(connector, 'properties'), 'createdBy').displayName
        return [{ id: connector.name, label: [displayName ?? connector.name, ...(creator ? [creator] : [])].join(' - ') }]
      })
    },

    async validate(definition, { isCertification }) {
      const request: Request = {
        purpose: 'Validating the definition',
        method: 'POST',
        url: await ofUser('validateApiSwagger', isCertification ? { enableConnectorCertificationRules: 'true' } : {}),
        headers: origin,
        content: { json: definition },
        isAuthorized: true,
        isRepeatable: true,
        pretend: ''
      }
      const answer = await send(request)
      // Later versions of the service answer 400 with the findings as the message of an error. Source: paconn, apimanager.py (2025)
      if (answer.status === 400 && isCertification && explanation(answer).code === 'SwaggerCertificationFailedWithErrors')
        return serviceText(answer.body)
      if (answer.status < 200 || answer.status >= 300) throw failureFromAnswer(answer, request, now())
      return serviceText(answer.body)
    },

    async storage(environment) {
      const request: Request = {
        purpose: 'Asking for a place for the files',
        method: 'POST',
        url: await ofUser('generateResourceStorage'),
        content: { json: { environment: { name: environment } } },
        isAuthorized: true,
        isRepeatable: true,
        pretend: { sharedAccessSignature: 'https://account.blob.core.windows.net/container?sv=x&sig=x' }
      }
      const { sharedAccessSignature } = objectIn(await accepted(request))
      if (typeof sharedAccessSignature !== 'string') throw unexpected(request, 'named no place')
      return sharedAccessSignature
    },

    async create(environment, registration, secrets) {
      const request: Request = {
        purpose: 'Creating the connector',
        method: 'POST',
        url: inEnvironment('apis', environment),
        headers: origin,
        content: { json: registration },
        isAuthorized: true,
        isRepeatable: false,
        secrets,
        pretend: { name: 'shared_new' }
      }
      const { name } = objectIn(await accepted(request))
      if (typeof name !== 'string' || !isConnectorId(name)) throw unexpected(request, 'did not say the id of the new connector')
      return name
    },

    async update(environment, connectorId, registration, secrets) {
      await accepted({
        purpose: 'Updating the connector',
        method: 'PATCH',
        url: inEnvironment(`apis/${encodeURIComponent(connectorId)}`, environment),
        headers: origin,
        content: { json: registration },
        isAuthorized: true,
        isRepeatable: true,
        secrets,
        pretend: {}
      })
    },

    async read(environment, connectorId) {
      const place = 'https://account.blob.core.windows.net/container'
      const request: Request = {
        purpose: 'Reading the connector',
        method: 'GET',
        url: inEnvironment(`apis/${encodeURIComponent(connectorId)}`, environment),
        headers: origin,
        isAuthorized: true,
        isRepeatable: true,
        pretend: {
          properties: {
            apiDefinitions: { originalSwaggerUrl: `${place}/apiDefinition.swagger.json?sv=x` },
            iconUri: `${place}/icon.png?sv=x`,
            scriptDefinitionUrl: `${place}/script.csx?sv=x`
          }
        }
      }
      const registration = objectIn(await accepted(request))
      if (!isObject(registration.properties)) throw unexpected(request, 'sent no properties of the connector')
      return registration
    }
  }
}

/** It becomes a part of an address and the name of a folder. */
export function isConnectorId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._~-]{0,200}$/.test(text) && !text.includes('..')
}

/** A GUID, or one after «Default-». It becomes a part of a filter. */
export function isEnvironment(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._~-]{0,200}$/.test(text)
}

function choices(answer: Answer, choose: (item: JsonObject) => Choice[]): Choice[] {
  return listAt(objectIn(answer), 'value').flatMap(choose)
}

/** Written as Python writes it, which also encodes the characters that JavaScript leaves alone. */
function query(values: Record<string, string>): string {
  const encoded = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  return `?${Object.entries(values)
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .join('&')}`
}
