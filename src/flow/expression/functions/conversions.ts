import { isObject, type Json, textAt } from '../../json.ts'
import { textOf, typeName } from '../values.ts'
import { argument, expects, notValid, refused, text } from './arguments.ts'
import { type Call, type FunctionTable, lenient, strict } from './language-function.ts'

/** How bytes are written in JSON: their type and their Base64. */
const bytes = (contentType: string, content: Buffer): Json => ({ '$content-type': contentType, $content: content.toString('base64') })

/** The text that a value is, of bytes what they say. */
function asText(call: Call): string {
  const value = argument(call, 0)
  if (value === null) throw expects(call, 0, 'a string')
  const content = isObject(value) ? textAt(value, '$content') : undefined
  return content === undefined ? textOf(value) : Buffer.from(content, 'base64').toString()
}

function fromBase64(call: Call): Buffer {
  const encoded = text(call, 0)
  if (!/^\s*[A-Za-z0-9+/\s]*={0,2}\s*$/.test(encoded) || encoded.replace(/\s/g, '').length % 4 !== 0) {
    throw refused(call, `was invoked with a parameter that is not valid: the value cannot be decoded from base64 representation.`)
  }
  return Buffer.from(encoded, 'base64')
}

function json(call: Call): Json {
  const value = argument(call, 0)
  const content = isObject(value) ? textAt(value, '$content') : undefined
  const source = content === undefined ? value : Buffer.from(content, 'base64').toString()
  if (typeof source !== 'string') {
    throw refused(call, `expects its parameter to be a string or an XML value. The provided value is of type '${typeName(source)}'.`)
  }
  try {
    return JSON.parse(source)
  } catch {
    throw refused(call, 'parameter is not valid. The provided value cannot be parsed: it is not JSON.')
  }
}

function dataUri(call: Call): { contentType: string; content: Buffer } {
  const found = /^data:([^,]*?)(;base64)?,(.*)$/s.exec(text(call, 0))
  if (!found) throw notValid(call)
  const [, contentType = '', base64, data = ''] = found
  return { contentType, content: base64 === undefined ? Buffer.from(decodeURIComponent(data)) : Buffer.from(data, 'base64') }
}

const decodedDataUri = strict(1, 1, call => {
  const { contentType, content } = dataUri(call)
  return bytes(contentType || 'text/plain', content)
})
const decodedBase64 = strict(1, 1, call => fromBase64(call).toString())

/** From one form to another. */
export const conversions: FunctionTable = {
  string: lenient(1, 1, call => textOf(argument(call, 0))),
  json: strict(1, 1, json),
  base64: strict(1, 1, call => Buffer.from(asText(call)).toString('base64')),
  base64ToString: decodedBase64,
  decodeBase64: decodedBase64,
  base64ToBinary: strict(1, 1, call => bytes('application/octet-stream', fromBase64(call))),
  binary: strict(1, 1, call => bytes('application/octet-stream', Buffer.from(asText(call)))),
  dataUri: strict(1, 1, call => `data:text/plain;charset=utf-8;base64,${Buffer.from(asText(call)).toString('base64')}`),
  dataUriToString: strict(1, 1, call => dataUri(call).content.toString()),
  dataUriToBinary: decodedDataUri,
  decodeDataUri: decodedDataUri
}
