import { Ajv, type Options } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'

/** Keywords of the connector, which say nothing about validity. */
const connectorKeywords = ['x-ms-summary', 'x-ms-visibility', 'x-ms-notification-url', 'x-choices', 'x-schema-from', 'x-ms-enum-values']

/**
 * Bodies are taken as they are; only query values, which are always text, are read as the numbers they stand for. A schema is compiled when it is
 * first needed: to do all of them at the start would hold it up by a tenth of a second.
 */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  const options: Options = { allErrors: true, useDefaults: true, strict: true, strictTypes: false, keywords: connectorKeywords }
  const asGiven = new Ajv(options)
  const fromText = new Ajv({ ...options, coerceTypes: true })
  for (const ajv of [asGiven, fromText]) addFormats.default(ajv)
  return ({ schema, httpPart }) => {
    let compiled: Validate | undefined
    return judging(data => {
      compiled ??= (httpPart === 'querystring' ? fromText : asGiven).compile(schema)
      return [compiled(data), compiled.errors]
    })
  }
}

/** The same for a route that takes bytes beside what its schema describes: those are its own to judge, and to look at each of them costs much. */
export function unlessBytes(compile: FastifySchemaCompiler<object>): FastifySchemaCompiler<object> {
  return route => {
    const validate = compile(route)
    return judging(data => (Buffer.isBuffer(data) ? [true, undefined] : [validate(data), validate.errors]))
  }
}

type Validate = ReturnType<FastifySchemaCompiler<object>>

/** Fastify reads the errors from the function that it has called. */
function judging(judge: (data: unknown) => [ReturnType<Validate>, Validate['errors']]): Validate {
  const validate: Validate = data => {
    const [verdict, errors] = judge(data)
    validate.errors = errors ?? null
    return verdict
  }
  return validate
}
