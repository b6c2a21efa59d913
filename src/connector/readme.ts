import type { JsonObject } from './json.ts'
import { objectAt } from './json.ts'
import { type Operation, operationsOf } from './operations.ts'

/** `connector/readme.md` in the sections of the publisher's template, made from the definition. */
export function connectorReadme(definition: JsonObject): string {
  const { title, description } = objectAt(definition, 'info')
  const shown = operationsOf(definition).filter(({ operation }) => operation['x-ms-visibility'] !== 'internal')
  const isTrigger = ({ operation }: Operation): boolean => operation['x-ms-trigger'] !== undefined
  const described = (operations: Operation[]): string =>
    operations.map(({ operation }) => `### ${operation.summary}\n\n${operation.description}`).join('\n\n')
  return `# ${title}

${description}

## Publisher: referral-connector

## Prerequisites

- The service, running where Power Platform reaches it over https.
- An API key of the service, or an application registration in Entra ID.
- A Power Automate licence that includes custom connectors.

## Supported Operations

The triggers begin with «When»; all others are actions.

${described(shown.filter(isTrigger))}

${described(shown.filter(operation => !isTrigger(operation)))}

## Obtaining Credentials

Run \`referral-connector key create flow\` where the service runs. The key is shown once, and \`referral-connector key revoke\` ends it. To sign in with
Entra ID instead, see \`docs/import.md\`.

## Getting Started

Create a connection with your host and key, and import a flow: \`referral-connector connector package\` writes the packages, and \`docs/import.md\` shows
each step.

## Known Issues and Limitations

- A callback that a flow has re-serialised can be validated when its JSON was written in one of the forms that *Validate a callback* tries.
- A closed referral cannot be edited, and a qualified or disqualified lead is left alone.
- Lookups are not among the custom columns that the designer shows.
- Made from the file alone, without \`apiProperties.json\`, the connector has one host and signs in by key.

## Frequently Asked Questions

**Does the flow hold a password or a token?** No. The service signs in; the connection holds an API key that can be revoked.

**What happens when an action is tried again?** Nothing twice: every action may be repeated.

**Does a flow answer its own echo?** It runs once more and writes nothing: only what differs is written.

## Deployment Instructions

\`\`\`sh
npx referral-connector connector login
npx referral-connector connector create --api-def apiDefinition.swagger.json --api-prop apiProperties.json --icon connector/icon.png
\`\`\`

\`paconn\` takes the same commands. It refuses the key \`stackOwner\`, which only certification asks for: give it a copy of \`apiProperties.json\`
without it.
`
}
