import { asText } from '../as-text.ts'
import { isObject, isText, itemsAt, type Json, listAt, objectAt, pointer, under } from '../json.ts'
import type { Rule } from './rule.ts'

const mimeTypes = ['application/json', 'text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded']
const megabyte = 1_048_576

/** What holds for the document as a whole. */
export const documentRules: readonly Rule[] = [
  {
    name: 'SpecificationVersionIncorrect',
    level: 'error',
    advice: 'Power Platform imports Swagger 2.0 only: set "swagger" to "2.0".',
    find: ({ definition: { swagger } }) => (swagger === '2.0' ? [] : ['#/swagger'])
  },
  {
    name: 'InfoIncomplete',
    level: 'error',
    // paconn stops at a missing description, though the schema lets it pass.
    advice: 'Give info a title, a version and a description.',
    find: ({ definition }) =>
      ['title', 'version', 'description']
        .filter(key => !isText(objectAt(definition, 'info')[key], 1, 10_000))
        .map(key => pointer('info', key))
  },
  {
    name: 'HostNameNotValid',
    level: 'error',
    advice: 'host is a bare host name, optionally with a port.',
    find: ({ definition: { host } }) => (typeof host === 'string' && /^[^{}/ :\\]+(?::\d+)?$/.test(host) ? [] : ['#/host'])
  },
  {
    name: 'BasePathNotValid',
    level: 'error',
    advice: 'basePath starts with a slash.',
    find: ({ definition: { basePath } }) =>
      basePath === undefined || (typeof basePath === 'string' && basePath.startsWith('/')) ? [] : ['#/basePath']
  },
  {
    name: 'SchemesNotValid',
    level: 'error',
    advice: 'schemes names https, or http; nothing else is known.',
    find: ({ definition: { schemes } }) => {
      const isKnown = (scheme: Json) => scheme === 'https' || scheme === 'http'
      return schemes === undefined || (Array.isArray(schemes) && schemes.length > 0 && schemes.every(isKnown)) ? [] : ['#/schemes']
    }
  },
  {
    name: 'SchemeNotHttps',
    level: 'warning',
    advice: 'Let https be the first scheme: the address of the service is made from the first one.',
    find: ({ definition }) => (itemsAt(definition, 'schemes')[0] === 'https' ? [] : ['#/schemes'])
  },
  {
    name: 'MimeTypeMalformed',
    level: 'error',
    advice: 'consumes and produces are lists of MIME types such as application/json.',
    find: document =>
      mimeLists(document).flatMap(([at, list]) => (list === undefined || (Array.isArray(list) && list.every(isMimeType)) ? [] : [at]))
  },
  {
    name: 'MimeTypeNotValid',
    level: 'warning',
    advice: `The MIME types that certification knows are ${mimeTypes.join(', ')}.`,
    find: document =>
      mimeLists(document).flatMap(([at, list]) =>
        Array.isArray(list) && list.some(type => isMimeType(type) && !mimeTypes.includes(asText(type).toLowerCase())) ? [at] : []
      )
  },
  {
    name: 'SecurityNotDefined',
    // The validator's list calls it an error; certified connectors with several ways to sign in live without.
    level: 'warning',
    advice: 'security names only schemes of securityDefinitions, each with an empty list unless it is OAuth.',
    find: ({ definition, operations }) => {
      const schemes = objectAt(definition, 'securityDefinitions')
      const isDefined = ([name, scopes]: [string, Json | undefined]) =>
        Object.hasOwn(schemes, name) && Array.isArray(scopes) && (scopes.length === 0 || objectAt(schemes, name).type === 'oauth2')
      return [{ owner: definition, at: '#' }, ...operations.map(({ operation, at }) => ({ owner: operation, at }))].flatMap(
        ({ owner, at }) =>
          listAt(owner, 'security').flatMap((requirement, index) =>
            Object.entries(requirement).every(isDefined) ? [] : [under(at, 'security', index)]
          )
      )
    }
  },
  {
    name: 'FileTooLarge',
    level: 'warning',
    advice: 'A definition is smaller than 1 MB.',
    find: ({ definition }) => (Buffer.byteLength(JSON.stringify(definition)) < megabyte ? [] : ['#'])
  },
  {
    name: 'TotalOperationsCountExceedsMaxAllowed',
    level: 'error',
    advice: 'A definition has at most 256 operations.',
    find: ({ operations }) => (operations.length <= 256 ? [] : ['#/paths'])
  },
  {
    name: 'BodySchemaCountExceedsMaxAllowed',
    level: 'error',
    advice: 'A body has at most 512 schemas in it: let the rest be objects without properties, or several operations.',
    find: ({ schemas }) => {
      const counts = new Map<string, number>()
      for (const { root } of schemas) if (root.includes('/parameters/')) counts.set(root, (counts.get(root) ?? 0) + 1)
      return [...counts].flatMap(([root, count]) => (count > 512 ? [root] : []))
    }
  },
  {
    name: 'TestConnectionNotFound',
    level: 'error',
    advice: 'testConnection names an operation of this document.',
    find: ({ definition, operations }) => {
      const { testConnection } = objectAt(definition, 'x-ms-capabilities')
      if (testConnection === undefined) return []
      const isFound = isObject(testConnection) && operations.some(({ operation }) => operation.operationId === testConnection.operationId)
      return isFound ? [] : ['#/x-ms-capabilities/testConnection']
    }
  },
  {
    name: 'TestConnectionNotValid',
    level: 'warning',
    advice: 'testConnection names a GET that answers 200 and needs no parameters but those given as literals.',
    find: ({ definition, operations }) => {
      const { operationId, parameters } = objectAt(objectAt(definition, 'x-ms-capabilities'), 'testConnection')
      const found = operations.find(({ operation }) => operation.operationId === operationId)
      if (found === undefined) return []
      const given = isObject(parameters) ? Object.keys(parameters) : []
      const isCallable = found.parameters.every(({ required, name }) => required !== true || given.includes(asText(name)))
      const isOk = found.responses.some(([code]) => code === '200')
      return found.method === 'get' && isCallable && isOk ? [] : ['#/x-ms-capabilities/testConnection']
    }
  }
]

function mimeLists({ definition, operations }: Parameters<Rule['find']>[0]): [at: string, list: Json | undefined][] {
  return [{ owner: definition, at: '#' }, ...operations.map(({ operation, at }) => ({ owner: operation, at }))].flatMap(({ owner, at }) =>
    ['consumes', 'produces'].map((key): [string, Json | undefined] => [under(at, key), owner[key]])
  )
}

function isMimeType(type: Json): boolean {
  return typeof type === 'string' && /^[\w.+*-]+\/[\w.+*-]+(\s*;.*)?$/.test(type)
}
