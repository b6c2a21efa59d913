import { asText } from '../as-text.ts'
import { isObject, isText, type JsonObject, listAt, objectAt, pointer } from '../json.ts'
import { operations, type Rule } from './rule.ts'

/** The categories of learn.microsoft.com/connectors/custom-connectors/certification-submission. */
const categories = [
  ...['AI', 'Business Management', 'Business Intelligence', 'Collaboration', 'Commerce', 'Communication', 'Content and Files', 'Finance'],
  ...['Data', 'Human Resources', 'Internet of Things', 'IT Operations', 'Lifestyle and Entertainment', 'Marketing', 'Productivity'],
  ...['Sales and CRM', 'Security', 'Social Media', 'Website']
]
const productNames = /\bpower (automate|apps|bi|pages|platform|virtual agents)\b|\bcopilot\b|\bdataverse\b/i

/** The extensions of Microsoft's schema of apiDefinition.swagger.json (PowerPlatformConnectors, October 2024). */
const extensions = [
  ...['api-annotation', 'capabilities', 'connector-metadata', 'deployment-version', 'docs', 'dynamic-list', 'dynamic-properties'],
  ...['dynamic-schema', 'dynamic-tree', 'dynamic-values', 'enum', 'enum-values', 'localizeDefaultValue', 'media-kind', 'no-generic-test'],
  ...['notification', 'notification-content', 'notification-url', 'operation-context', 'pageable', 'parameter-location'],
  ...['safe-operation', 'skip-url-encoding', 'summary', 'test-value', 'trigger', 'trigger-hint', 'trigger-metadata', 'trigger-value'],
  ...['url-encoding', 'visibility']
]

/** What certification asks of a connector, beside what import does (learn.microsoft.com/connectors/custom-connectors/certification-submission). */
export const certificationRules: readonly Rule[] = [
  {
    name: 'TitleRestricted',
    level: 'warning',
    advice: 'A title has at most 30 characters, neither «API», «Connector» nor a Power Platform product, and ends with a letter or digit.',
    find: ({ definition }) => {
      const { title } = objectAt(definition, 'info')
      if (!isText(title, 1, 10_000)) return []
      const isRestricted = title.length > 30 || /\bapi\b|connector/i.test(title) || productNames.test(title)
      return isRestricted || !/[A-Za-z0-9]$/.test(title) ? ['#/info/title'] : []
    }
  },
  {
    name: 'DescriptionRestricted',
    level: 'warning',
    advice: 'The description of the connector has 30 to 500 characters and names no Power Platform product.',
    find: ({ definition }) => {
      const { description } = objectAt(definition, 'info')
      return !isText(description, 1, 10_000) || (isText(description, 30, 500) && !productNames.test(description))
        ? []
        : ['#/info/description']
    }
  },
  {
    name: 'ContactIncomplete',
    level: 'warning',
    advice: 'Give info a contact with name, url and email.',
    find: ({ definition }) => {
      const contact = objectAt(objectAt(definition, 'info'), 'contact')
      return ['name', 'url', 'email'].every(key => isText(contact[key], 1, 500)) ? [] : ['#/info/contact']
    }
  },
  {
    name: 'ContactEmailNotValid',
    level: 'warning',
    advice: 'The e-mail address of the contact is a plain one in ASCII.',
    find: ({ definition }) => {
      const { email } = objectAt(objectAt(definition, 'info'), 'contact')
      return email === undefined || /^[!-?A-~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(asText(email)) ? [] : ['#/info/contact/email']
    }
  },
  {
    name: 'ConnectorMetadataPropertiesMissing',
    level: 'warning',
    advice: 'x-ms-connector-metadata has exactly Website, Privacy policy and Categories.',
    find: ({ definition }) => {
      const names = listAt(definition, 'x-ms-connector-metadata').map(({ propertyName }) => asText(propertyName))
      return JSON.stringify(names.toSorted()) === '["Categories","Privacy policy","Website"]' ? [] : ['#/x-ms-connector-metadata']
    }
  },
  {
    name: 'InvalidConnectorCategory',
    level: 'warning',
    advice: `Categories are some of ${categories.join(', ')}, parted by a semicolon.`,
    find: ({ definition }) => categoriesOf(definition, named => named.every(name => categories.includes(name)))
  },
  {
    name: 'TooManyConnectorCategories',
    level: 'warning',
    advice: 'A connector is in at most two categories.',
    find: ({ definition }) => categoriesOf(definition, named => named.length <= 2)
  },
  {
    name: 'ExtensionNotKnown',
    level: 'warning',
    advice: "Microsoft's schema of definitions does not know this x-ms- extension: look at its spelling and its place.",
    find: document => {
      const { definition, operations, parameters, schemas } = document
      const places: { value: JsonObject; at: string }[] = [
        { value: definition, at: '#' },
        { value: objectAt(definition, 'info'), at: '#/info' },
        ...operations.map(({ operation, at }) => ({ value: operation, at })),
        ...parameters.map(({ parameter, at }) => ({ value: parameter, at })),
        ...schemas.map(({ schema, at }) => ({ value: schema, at }))
      ]
      const isUnknown = (key: string) => key.startsWith('x-ms-') && !extensions.includes(key.slice('x-ms-'.length))
      return places.flatMap(({ value, at }) => (Object.keys(value).some(isUnknown) ? [at] : []))
    }
  },
  {
    name: 'ApiAnnotationNotValid',
    level: 'warning',
    advice:
      'x-ms-api-annotation has a family, a revision of 1 or more, the status Preview or Production, and a replacement (api and operationId) only where the operation is deprecated.',
    find: operations(({ operation }) => {
      const annotation = operation['x-ms-api-annotation']
      return annotation !== undefined && !isAnnotation(annotation, operation.deprecated === true)
    })
  },
  {
    name: 'TooManyActiveRevisions',
    level: 'warning',
    advice: 'At most two operations of one family are not deprecated.',
    find: document => {
      const familyOf = (operation: JsonObject) => objectAt(operation, 'x-ms-api-annotation').family
      const active = document.operations.filter(({ operation }) => familyOf(operation) !== undefined && operation.deprecated !== true)
      return active.flatMap(({ operation, at }) =>
        active.filter(other => familyOf(other.operation) === familyOf(operation)).length > 2 ? [at] : []
      )
    }
  }
]

function categoriesOf(definition: JsonObject, isFine: (named: string[]) => boolean): string[] {
  return listAt(definition, 'x-ms-connector-metadata').flatMap(({ propertyName, propertyValue }, index) => {
    const named = asText(propertyValue)
      .split(';')
      .map(name => name.trim())
    return propertyName !== 'Categories' || isFine(named) ? [] : [pointer('x-ms-connector-metadata', index)]
  })
}

function isAnnotation(value: unknown, isDeprecated: boolean): boolean {
  if (!isObject(value)) return false
  const { family, revision, status, replacement } = value
  const isReplacement = isObject(replacement) && isText(replacement.api, 1, 200) && isText(replacement.operationId, 1, 200)
  return (
    (family === undefined || isText(family, 1, 200)) &&
    (revision === undefined || (Number.isInteger(revision) && Number(revision) >= 1)) &&
    (status === undefined || status === 'Preview' || status === 'Production') &&
    (replacement === undefined || (isDeprecated && isReplacement))
  )
}
