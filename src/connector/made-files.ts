import { connectorDefinition } from './definition.ts'
import { flowFiles } from './flows/flow-files.ts'
import type { JsonObject } from './json.ts'
import { connectorProperties, connectorSettings } from './properties.ts'
import { connectorReadme } from './readme.ts'

/** The files of the connector by their path in the package, made from the service's Swagger 2.0 document. */
export function madeFiles(swagger: JsonObject): Record<string, string> {
  const definition = connectorDefinition(swagger)
  return {
    'apiDefinition.swagger.json': jsonText(definition),
    'apiProperties.json': jsonText(connectorProperties()),
    'connector/settings.json': jsonText(connectorSettings()),
    'connector/readme.md': connectorReadme(definition),
    ...flowFiles()
  }
}

/** Four blanks and no byte order mark: the style of Microsoft's repository of connectors. */
function jsonText(value: JsonObject): string {
  return `${JSON.stringify(value, null, 4)}\n`
}
