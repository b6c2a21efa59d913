import { Ajv, type Options } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'

/** Keywords of the connector, which say nothing about validity. */
const connectorKeywords = ['x-ms-summary', 'x-ms-visibility', 'x-ms-notification-url', 'x-choices', 'x-schema-from', 'x-ms-enum-values']

/** Bodies are taken as they are; only query values, which are always text, are read as the numbers they stand for. */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  const options: Options = { allErrors: true, useDefaults: true, strict: true, strictTypes: false, keywords: connectorKeywords }
  const asGiven = new Ajv(options)
  const fromText = new Ajv({ ...options, coerceTypes: true })
  for (const ajv of [asGiven, fromText]) addFormats.default(ajv)
  return ({ schema, httpPart }) => (httpPart === 'querystring' ? fromText : asGiven).compile(schema)
}

/** The same for a route that takes bytes beside what its schema describes: those are its own to judge, and to look at each of them costs much. */
export function unlessBytes(compile: FastifySchemaCompiler<object>): FastifySchemaCompiler<object> {
  return route => {
    const validate = compile(route)
    const judge: typeof validate = data => {
      if (Buffer.isBuffer(data)) return true
      const isValid = validate(data)
      if (validate.errors !== undefined) judge.errors = validate.errors
      return isValid
    }
    return judge
  }
}
