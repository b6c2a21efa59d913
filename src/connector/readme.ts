import type { JsonObject } from './json.ts'
import { objectAt } from './json.ts'
import { operationsOf } from './operations.ts'

/** `connector/readme.md` in the sections of the publisher's template, made from the definition. */
export function connectorReadme(definition: JsonObject): string {
  const { title, description } = objectAt(definition, 'info')
  const operations = operationsOf(definition).filter(({ operation }) => operation['x-ms-visibility'] !== 'internal')
  return `# ${title}

${description}

## Publisher: referral-connector

## Prerequisites

- The service, running where Power Platform reaches it over https.
- An API key of the service.
- A Power Automate licence that includes custom connectors.

## Supported Operations

${operations.map(({ operation }) => `### ${operation.summary}\n\n${operation.description}`).join('\n\n')}

## Obtaining Credentials

Run \`referral-connector key create flow\` where the service runs. The key is shown once.

## Getting Started

Import \`apiDefinition.swagger.json\` with \`apiProperties.json\`, create a connection with your host and key, and build the flow of
\`docs/flow.md\`.

## Known Issues and Limitations

- A callback that a flow has re-serialised can be validated when its JSON was written in one of the forms that *Validate a callback* tries.
- A closed referral cannot be edited, and a qualified or disqualified lead is left alone.

## Frequently Asked Questions

**Does the flow hold a password or a token?** No. The service signs in; the connection holds an API key that can be revoked.

**What happens when an action is tried again?** Nothing twice: every action may be repeated.

## Deployment Instructions

\`paconn\` refuses the key \`stackOwner\`, which only certification asks for: give it a copy of \`apiProperties.json\` without it.

\`\`\`sh
paconn create --api-def apiDefinition.swagger.json --api-prop apiProperties.json --icon connector/icon.png
\`\`\`
`
}
