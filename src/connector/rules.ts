import { knownFormats } from './connector-schema.ts'
import { isObject, type Json, type JsonObject, listAt, objectAt, pointer } from './json.ts'
import { operationsOf } from './operations.ts'

export interface Finding {
  rule: string
  /** A JSON pointer to the place. */
  at: string
  advice: string
}

/** A rule looks at the document and names the places that break it. The names are those of Microsoft's validator where it has one. */
interface Rule {
  readonly name: string
  readonly advice: string
  readonly find: (definition: JsonObject) => string[]
}

const summaryForm = /^[A-Za-z0-9 ()]{0,79}[A-Za-z0-9)]$/
const unsupported = [
  'oneOf',
  'anyOf',
  'not',
  'const',
  'nullable',
  'examples',
  'patternProperties',
  'writeOnly',
  'contentEncoding',
  '$id',
  '$schema'
]

const operations =
  (breaks: (operation: JsonObject, method: string) => boolean) =>
  (definition: JsonObject): string[] =>
    operationsOf(definition).flatMap(({ operation, method, at }) => (breaks(operation, method) ? [at] : []))
const parameters =
  (breaks: (parameter: JsonObject) => boolean) =>
  (definition: JsonObject): string[] =>
    operationsOf(definition).flatMap(({ operation, at }) =>
      listAt(operation, 'parameters').flatMap((parameter, index) => (breaks(parameter) ? [`${at}/parameters/${index}`] : []))
    )
const schemas =
  (breaks: (schema: JsonObject, isProperty: boolean) => boolean) =>
  (definition: JsonObject): string[] =>
    schemasOf(definition).flatMap(({ schema, at, isProperty }) => (breaks(schema, isProperty) ? [at] : []))

export const rules: readonly Rule[] = [
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
      const ok = isText(title, 1, 30) && isText(version, 1, 50) && isText(description, 30, 500)
      return ok ? [] : ['#/info']
    }
  },
  {
    name: 'TitleRestricted',
    advice: 'A title has neither «API», «Connector» nor the name of a Power Platform product.',
    find: definition =>
      /\bapi\b|connector|power (automate|apps|bi|platform)|copilot|dataverse/i.test(String(objectAt(definition, 'info').title))
        ? ['#/info/title']
        : []
  },
  {
    name: 'HostNameNotValid',
    advice: 'host is a bare host name, optionally with a port.',
    find: ({ host }) => (typeof host === 'string' && /^[^{}/ :\\]+(?::\d+)?$/.test(host) ? [] : ['#/host'])
  },
  {
    name: 'SchemesNotValid',
    advice: 'basePath starts with a slash, and https is the only scheme.',
    find: ({ basePath, schemes }) => (String(basePath).startsWith('/') && JSON.stringify(schemes) === '["https"]' ? [] : ['#/schemes'])
  },
  {
    name: 'OperationIdRequired',
    advice: 'Give the operation an id in PascalCase, letters and digits only, at most 50 characters.',
    find: operations(({ operationId }) => typeof operationId !== 'string' || !/^[A-Z][A-Za-z0-9]{1,49}$/.test(operationId))
  },
  {
    name: 'OperationIdNotUnique',
    advice: 'Two operations share an id; the designer would show only the last.',
    find: definition => {
      const ids = operationsOf(definition).map(({ operation }) => operation.operationId)
      return operationsOf(definition).flatMap(({ operation, at }) =>
        ids.indexOf(operation.operationId) === ids.lastIndexOf(operation.operationId) ? [] : [at]
      )
    }
  },
  {
    name: 'RestrictedCharactersInSummary',
    advice: 'A summary has at most 80 letters, digits, blanks and parentheses, and ends with a letter or digit.',
    find: operations(({ summary }) => typeof summary !== 'string' || !summaryForm.test(summary))
  },
  {
    name: 'OperationDescriptionMissing',
    advice: 'Describe the operation in a full sentence that differs from its summary.',
    find: operations(({ summary, description }) => typeof description !== 'string' || description === summary || !description.endsWith('.'))
  },
  {
    name: 'OperationShouldHaveSuccessfulResponse',
    advice: 'One 200 with a schema. Codes are three digits or default, and each has a description.',
    find: operations(operation => {
      const responses = Object.entries(objectAt(operation, 'responses'))
      const isForm = ([code, response]: [string, Json | undefined]) =>
        /^(\d{3}|default)$/.test(code) && isObject(response) && isText(response.description, 1, 1000)
      return (
        !responses.some(([code, response]) => code === '200' && isObject(response) && response.schema !== undefined) ||
        !responses.every(isForm)
      )
    })
  },
  {
    name: 'OperationHasManyResponsesWithSchema',
    advice: 'Only the success has a schema: next to another one the designer loses its fields.',
    find: operations(
      operation =>
        Object.values(objectAt(operation, 'responses')).filter(response => isObject(response) && response.schema !== undefined).length > 1
    )
  },
  {
    name: 'SuccessCodeNotShown',
    advice: 'Codes from 201 to 299 beside a 200 make the designer lose the fields.',
    find: operations(operation => Object.keys(objectAt(operation, 'responses')).some(code => /^2(?!00)/.test(code)))
  },
  {
    name: 'OperationParametersMissing',
    advice: 'Every operation has a list of parameters, an empty one where there is none.',
    find: operations(({ parameters: list }) => !Array.isArray(list))
  },
  {
    name: 'BodyOnGet',
    advice: 'A GET has no body, and nothing has more than one.',
    find: operations((operation, method) => {
      const bodies = listAt(operation, 'parameters').filter(parameter => parameter.in === 'body').length
      return bodies > (method === 'get' ? 0 : 1)
    })
  },
  {
    name: 'BodyParameterSchemaRequired',
    advice: 'A body parameter is required and has a schema.',
    find: parameters(parameter => parameter.in === 'body' && (!isObject(parameter.schema) || parameter.required !== true))
  },
  {
    name: 'PathParameterMissingEncoding',
    advice: 'A path parameter is required and has "x-ms-url-encoding": "single".',
    find: parameters(parameter => parameter.in === 'path' && (parameter.required !== true || parameter['x-ms-url-encoding'] !== 'single'))
  },
  {
    name: 'ParameterTypeMissing',
    advice: 'A parameter outside the body has a plain type, no schema and no title.',
    find: parameters(
      parameter =>
        parameter.in !== 'body' &&
        (!['string', 'integer', 'number', 'boolean'].includes(String(parameter.type)) ||
          parameter.schema !== undefined ||
          parameter.title !== undefined)
    )
  },
  {
    name: 'ParameterSummaryMissing',
    advice: 'Give the parameter an x-ms-summary of at most 80 characters and a description.',
    find: parameters(parameter => parameter.in !== 'body' && !isSummarised(parameter))
  },
  {
    name: 'PropertySummaryMissing',
    advice: 'Give the property an x-ms-summary of at most 80 characters and a description.',
    find: schemas((schema, isProperty) => isProperty && schema.$ref === undefined && !isSummarised(schema))
  },
  {
    name: 'PropertyTypeMissing',
    advice: 'Every schema has one type; an object or array without it becomes one raw box.',
    find: schemas(schema => schema.$ref === undefined && typeof schema.type !== 'string')
  },
  {
    name: 'ArrayHasNoItems',
    advice: 'An array names its items.',
    find: schemas(schema => schema.type === 'array' && !isObject(schema.items))
  },
  {
    name: 'SwaggerKeywordNotSupported',
    advice: `Power Platform knows none of ${unsupported.join(', ')}, and its designer loses the members of allOf.`,
    find: schemas(schema => [...unsupported, 'allOf'].some(keyword => schema[keyword] !== undefined))
  },
  {
    name: 'UnrecognizedTypeFormat',
    advice: `format is one of ${knownFormats.join(', ')}.`,
    find: schemas(schema => schema.format !== undefined && !knownFormats.includes(String(schema.format)))
  },
  {
    name: 'TitleOnSchema',
    advice: 'A title on an object becomes a prefix of all its fields: use x-ms-summary.',
    find: schemas(schema => schema.title !== undefined)
  },
  {
    name: 'RequiredPropertyDefinitionMissing',
    advice: 'required names at least one property, and only ones that exist.',
    find: schemas(schema => {
      if (schema.required === undefined) return false
      const names = Array.isArray(schema.required) ? schema.required : []
      return names.length === 0 || names.some(name => objectAt(schema, 'properties')[String(name)] === undefined)
    })
  },
  {
    name: 'AdditionalPropertyNotAllowedAdjacentToRef',
    advice: 'A $ref stands alone and points to a definition that exists.',
    find: definition =>
      schemas(schema => {
        if (schema.$ref === undefined) return false
        const name = /^#\/definitions\/([^/]+)$/.exec(String(schema.$ref))?.[1]
        return Object.keys(schema).length > 1 || name === undefined || objectAt(definition, 'definitions')[name] === undefined
      })(definition)
  },
  {
    name: 'VisibilityNotValid',
    advice: 'x-ms-visibility is important, advanced or internal, or left out.',
    find: definition => {
      const isWrong = (value: JsonObject) =>
        value['x-ms-visibility'] !== undefined && !['important', 'advanced', 'internal'].includes(String(value['x-ms-visibility']))
      return [...operations(isWrong)(definition), ...parameters(isWrong)(definition), ...schemas(isWrong)(definition)]
    }
  },
  {
    name: 'DuplicateOperationPath',
    advice: 'Paths are plain, and differ by more than case and the names of their parameters.',
    find: ({ paths }) => {
      const names = Object.keys(isObject(paths) ? paths : {})
      const plain = names.map(name => name.toLowerCase().replace(/\{[^}]*\}/g, '{}'))
      return names.flatMap((name, index) =>
        !/^\/[^?#*]*$/.test(name) || plain.indexOf(plain[index] ?? '') !== index ? [pointer('paths', name)] : []
      )
    }
  },
  {
    name: 'TestConnectionNotValid',
    advice: 'testConnection names a GET of this document without required parameters.',
    find: definition => {
      const { operationId } = objectAt(objectAt(definition, 'x-ms-capabilities'), 'testConnection')
      if (operationId === undefined) return []
      const found = operationsOf(definition).find(({ operation }) => operation.operationId === operationId)
      const ok = found?.method === 'get' && !listAt(found.operation, 'parameters').some(parameter => parameter.required === true)
      return ok ? [] : ['#/x-ms-capabilities/testConnection']
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
    name: 'FileTooLarge',
    advice: 'A definition is smaller than 1 MB and has at most 256 operations.',
    find: definition => (JSON.stringify(definition).length < 1_000_000 && operationsOf(definition).length <= 256 ? [] : ['#'])
  }
]

/** All places of a definition that break a rule. Never throws, whatever the JSON. */
export function lint(definition: Json): Finding[] {
  if (!isObject(definition)) return [{ rule: 'NotAnObject', at: '#', advice: 'A definition is a JSON object.' }]
  return rules.flatMap(({ name, advice, find }) => find(definition).map(at => ({ rule: name, at, advice })))
}

interface Place {
  schema: JsonObject
  at: string
  isProperty: boolean
}

/** Every schema of bodies, answers and definitions, with those inside it. */
function schemasOf(definition: JsonObject): Place[] {
  const roots: Place[] = Object.entries(objectAt(definition, 'definitions')).flatMap(([name, schema]) =>
    isObject(schema) ? [{ schema, at: pointer('definitions', name), isProperty: false }] : []
  )
  for (const { operation, at } of operationsOf(definition)) {
    listAt(operation, 'parameters').forEach((parameter, index) => {
      if (isObject(parameter.schema)) roots.push({ schema: parameter.schema, at: `${at}/parameters/${index}/schema`, isProperty: false })
    })
    for (const [status, response] of Object.entries(objectAt(operation, 'responses')))
      if (isObject(response) && isObject(response.schema))
        roots.push({ schema: response.schema, at: `${at}/responses/${status}/schema`, isProperty: false })
  }
  return roots.flatMap(root => withInner(root))
}

function withInner(place: Place): Place[] {
  const { schema, at } = place
  const inner: Place[] = Object.entries(objectAt(schema, 'properties')).flatMap(([name, property]) =>
    isObject(property) ? [{ schema: property, at: `${at}/properties/${name}`, isProperty: true }] : []
  )
  if (isObject(schema.items)) inner.push({ schema: schema.items, at: `${at}/items`, isProperty: false })
  return [place, ...inner.flatMap(withInner)]
}

function isSummarised(value: JsonObject): boolean {
  return isText(value['x-ms-summary'], 1, 80) && /[A-Za-z0-9)]$/.test(String(value['x-ms-summary'])) && isText(value.description, 1, 1000)
}

function isText(value: Json | undefined, min: number, max: number): boolean {
  return typeof value === 'string' && value.length >= min && value.length <= max
}
