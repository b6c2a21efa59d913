import type { JsonObject } from '../connector/json.ts'
import type { ConnectorFiles } from './connector-files.ts'
import type { PowerApps } from './power-apps.ts'
import { registrationFrom, secretsIn } from './registration.ts'
import type { Send } from './request.ts'
import { upload } from './upload.ts'

/**
 * Creates a connector, or updates the one of `connectorId`, in paconn's order: validate, ask for a place, upload, register.
 * Answers the connector's id. `say` gets what the service says of the definition.
 */
export async function publish(
  given: { files: ConnectorFiles; environment: string; connectorId?: string | undefined; clientSecret?: string | undefined },
  { api, send, now, say }: { api: PowerApps; send: Send; now: () => Date; say: (line: string) => void }
): Promise<string> {
  const { files, environment, connectorId, clientSecret } = given
  const { apiProperties, definition, icon, script } = files
  const registration = registrationFrom({ apiProperties, definition, environment, clientSecret, isUpdate: connectorId !== undefined })

  for (const line of await api.validate(definition, { isCertification: false })) say(line)
  const place = await api.storage(environment)
  const uploaded: JsonObject = {
    ...(icon && { iconUri: await upload(icon, { place, send, now }) }),
    // Without a script this has to be empty: an update would keep the old one.
    scriptDefinitionUrl: script ? await upload(script, { place, send, now }) : ''
  }
  const body = { ...registration, properties: { ...registration.properties, ...uploaded } }
  const secrets = secretsIn(registration)
  if (connectorId === undefined) return api.create(environment, body, secrets)
  await api.update(environment, connectorId, body, secrets)
  return connectorId
}
