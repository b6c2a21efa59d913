import { isText, type JsonObject, listAt, objectAt, pointer } from '../json.ts'
import { methods, operationsOf } from '../operations.ts'
import type { Rule } from './rule.ts'

/** The categories of learn.microsoft.com/connectors/custom-connectors/certification-submission. */
const categories = [
  ...['AI', 'Business Management', 'Business Intelligence', 'Collaboration', 'Commerce', 'Communication', 'Content and Files', 'Finance'],
  ...['Data', 'Human Resources', 'Internet of Things', 'IT Operations', 'Lifestyle and Entertainment', 'Marketing', 'Productivity'],
  ...['Sales and CRM', 'Security', 'Social Media', 'Website']
]
const mimeTypes = ['application/json', 'text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded']

/** What holds for the document as a whole and for its paths. */
export const documentRules: readonly Rule[] = [
  {
    name: 'SpecificationVersionIncorrect',
    advice: 'Power Platform imports Swagger 2.0 only: set "swagger" to "2.0".',
    find: ({ swagger }) => (swagger === '2.0' ? [] : ['#/swagger'])
  },
  {
    name: 'InfoIncomplete',
    advice: 'Give info a title of at most 30 characters, a version and a description of 30 to 500 characters.',
    find: definition => {
      const { title, version, description } = objectAt(definition, 'info')
      const isComplete = isText(title, 1, 30) && isText(version, 1, 50) && isText(description, 30, 500)
      return isComplete ? [] : ['#/info']
    }
  },
  {
    name: 'TitleRestricted',
    advice: 'A title has neither «API», «Connector» nor the name of a Power Platform product, and ends with a letter or digit.',
    find: definition => {
      const title = String(objectAt(definition, 'info').title)
      const isRestricted = /\bapi\b|connector|power (automate|apps|bi|pages|platform)|copilot|dataverse/i.test(title)
      return isRestricted || !/[A-Za-z0-9]$/.test(title) ? ['#/info/title'] : []
    }
  },
  {
    name: 'ContactEmailNotValid',
    advice: 'The e-mail address of the contact is a plain one in ASCII.',
    find: definition => {
      const { email } = objectAt(objectAt(definition, 'info'), 'contact')
      return email === undefined || /^[!-?A-~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(String(email)) ? [] : ['#/info/contact/email']
    }
  },
  {
    name: 'HostNameNotValid',
    advice: 'host is a bare host name, optionally with a port.',
    find: ({ host }) => (typeof host === 'string' && /^[^{}/ :\\]+(?::\d+)?$/.test(host) ? [] : ['#/host'])
  },
  {
    name: 'BasePathNotValid',
    advice: 'basePath starts with a slash.',
    find: ({ basePath }) => (basePath === undefined || (typeof basePath === 'string' && basePath.startsWith('/')) ? [] : ['#/basePath'])
  },
  {
    name: 'SchemesNotValid',
    advice: 'schemes is ["https"].',
    find: ({ schemes }) => (JSON.stringify(schemes) === '["https"]' ? [] : ['#/schemes'])
  },
  {
    name: 'MimeTypeNotValid',
    advice: `consumes and produces list some of ${mimeTypes.join(', ')}.`,
    find: definition => ['consumes', 'produces'].filter(key => !isListOf(definition[key], mimeTypes)).map(key => pointer(key))
  },
  {
    name: 'SecurityNotDefined',
    advice: 'security names only schemes of securityDefinitions, each with an empty list unless it is OAuth.',
    find: definition => {
      const schemes = objectAt(definition, 'securityDefinitions')
      return listAt(definition, 'security').flatMap((requirement, index) =>
        Object.entries(requirement).every(
          ([name, scopes]) =>
            Object.hasOwn(schemes, name) && Array.isArray(scopes) && (scopes.length === 0 || objectAt(schemes, name).type === 'oauth2')
        )
          ? []
          : [pointer('security', index)]
      )
    }
  },
  {
    name: 'PathNotValid',
    advice: 'A path starts with a slash, has no ?, # or * and only whole parameters in braces.',
    find: definition =>
      pathsOf(definition)
        .filter(path => !/^\/([^?#*{}]|\{[^{}=]+\})*$/.test(path))
        .map(path => pointer('paths', path))
  },
  {
    name: 'DuplicateOperationPath',
    advice: 'Paths differ by more than case and the names of their parameters.',
    find: definition => {
      const plain = pathsOf(definition).map(path => path.toLowerCase().replace(/\{[^}]*\}/g, '{}'))
      return pathsOf(definition).flatMap((path, index) => (plain.indexOf(plain[index] ?? '') === index ? [] : [pointer('paths', path)]))
    }
  },
  {
    name: 'PathItemNotPlain',
    advice: 'Under a path stand operations and x-ms-notification-content only: no $ref, no shared parameters, nothing that is no object.',
    find: definition =>
      Object.entries(objectAt(definition, 'paths')).flatMap(([path, item]) => {
        const isPlain = ([key, value]: [string, unknown]) =>
          (methods.includes(key) || key === 'x-ms-notification-content') && typeof value === 'object' && value !== null
        return typeof item === 'object' && item !== null && Object.entries(item).every(isPlain) ? [] : [pointer('paths', path)]
      })
  },
  {
    name: 'TestConnectionNotValid',
    advice: 'testConnection names a GET of this document without required parameters.',
    find: definition => {
      const capability = objectAt(definition, 'x-ms-capabilities').testConnection
      if (capability === undefined) return []
      const { operationId, parameters } = objectAt(objectAt(definition, 'x-ms-capabilities'), 'testConnection')
      const found = operationsOf(definition).find(({ operation }) => operation.operationId === operationId)
      const given = typeof parameters === 'object' && parameters !== null ? Object.keys(parameters) : []
      const isCallable = listAt(found?.operation, 'parameters').every(
        ({ required, name }) => required !== true || given.includes(String(name))
      )
      return found?.method === 'get' && isCallable ? [] : ['#/x-ms-capabilities/testConnection']
    }
  },
  {
    name: 'ConnectorMetadataPropertiesMissing',
    advice: 'x-ms-connector-metadata has exactly Website, Privacy policy and Categories.',
    find: definition => {
      const names = listAt(definition, 'x-ms-connector-metadata').map(({ propertyName }) => propertyName)
      return JSON.stringify(names.toSorted()) === '["Categories","Privacy policy","Website"]' ? [] : ['#/x-ms-connector-metadata']
    }
  },
  {
    name: 'InvalidConnectorCategory',
    advice: `Categories are one or two of ${categories.join(', ')}, parted by a semicolon.`,
    find: definition =>
      listAt(definition, 'x-ms-connector-metadata').flatMap(({ propertyName, propertyValue }, index) => {
        const named = String(propertyValue)
          .split(';')
          .map(name => name.trim())
        return propertyName !== 'Categories' || (named.length <= 2 && named.every(name => categories.includes(name)))
          ? []
          : [pointer('x-ms-connector-metadata', index)]
      })
  },
  {
    name: 'FileTooLarge',
    advice: 'A definition is smaller than 1 MB and has at most 256 operations.',
    find: definition => (JSON.stringify(definition, null, 4).length < 1_000_000 && operationsOf(definition).length <= 256 ? [] : ['#'])
  }
]

function pathsOf(definition: JsonObject): string[] {
  return Object.keys(objectAt(definition, 'paths'))
}

function isListOf(value: unknown, allowed: readonly string[]): boolean {
  return value === undefined || (Array.isArray(value) && value.every(item => allowed.includes(String(item).toLowerCase())))
}
