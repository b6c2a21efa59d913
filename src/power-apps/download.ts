import { type JsonObject, objectAt } from '../connector/json.ts'
import { Failure } from '../failure.ts'
import { storageAddress } from './address.ts'
import { asciiJson } from './ascii-json.ts'
import { objectFrom } from './read-file.ts'
import type { Request, Send } from './request.ts'
import { failureFromAnswer } from './to-failure.ts'

/** The files of a connector by what they are; what the connector does not have is left out. */
export interface Downloaded {
  apiProperties: string
  apiDefinition?: string
  icon?: Buffer
  script?: Buffer
}

/** What belongs into apiProperties.json; the rest is the service's own. Source: paconn 0.0.21, operations/download.py */
const ownProperties = [
  'connectionParameters',
  'connectionParameterSets',
  'iconBrandColor',
  'scriptOperations',
  'capabilities',
  'policyTemplateInstances',
  'publisher',
  'stackOwner'
]

/** The files from a registration. They are fetched without a token: their addresses let in whoever knows them. */
export async function download(
  registration: JsonObject,
  { send, now, say }: { send: Send; now: () => Date; say: (text: string) => void }
): Promise<Downloaded> {
  const properties = objectAt(registration, 'properties')
  const own = Object.fromEntries(ownProperties.flatMap(name => (name in properties ? [[name, properties[name]]] : [])))
  const definition = await fetched('the definition', objectAt(properties, 'apiDefinitions').originalSwaggerUrl, '{}')
  const icon = await fetched('the icon', iconAddress(properties.iconUri, say), '')
  const script = await fetched('the script', properties.scriptDefinitionUrl, '')
  return {
    apiProperties: asciiJson({ properties: own }),
    ...(definition && { apiDefinition: asciiJson(objectFrom(definition, 'The definition of the connector')) }),
    ...(icon && { icon }),
    ...(script && { script })
  }

  async function fetched(what: string, address: unknown, pretend: string): Promise<Buffer | undefined> {
    if (typeof address !== 'string' || address === '') return undefined
    const { href } = storageAddress(address, `The address of ${what}`)
    const request: Request = {
      purpose: `Fetching ${what}`,
      method: 'GET',
      url: href,
      headers: { accept: '*/*' },
      isRepeatable: true,
      pretend
    }
    const answer = await send(request)
    if (answer.status < 200 || answer.status >= 300) throw failureFromAnswer(answer, request, now())
    return answer.body
  }
}

/** A connector without an icon of its own has one of the platform's, which is elsewhere and no loss. */
function iconAddress(address: unknown, say: (text: string) => void): unknown {
  if (typeof address !== 'string' || address === '') return undefined
  try {
    storageAddress(address, 'The icon')
    return address
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    say(`${error.message} It is left out.`)
    return undefined
  }
}
