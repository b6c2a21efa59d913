import { isObject, type Json } from '../../../flow/json.ts'

/**
 * Bytes as a flow sees them: JSON is parsed, other texts stay texts, and everything else is an object with the type and the bytes in base64.
 * Nothing at all is null.
 * Source: learn.microsoft.com/azure/logic-apps/logic-apps-content-type
 */
export function contentFrom(bytes: Buffer, contentType = ''): Json {
  if (bytes.length === 0) return null
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === '' || type === 'application/json' || type.endsWith('+json') || type === 'text/json') return jsonOr(bytes.toString('utf8'))
  if (type.startsWith('text/')) return bytes.toString('utf8')
  return { '$content-type': contentType, $content: bytes.toString('base64') }
}

/** A value as it is sent: texts and bytes as they are, anything else as compact JSON. Undefined for null. */
export function bytesOf(value: Json | undefined): { body: string | Buffer; contentType?: string } | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return { body: value }
  if (isObject(value) && typeof value.$content === 'string') {
    const contentType = value['$content-type']
    return { body: Buffer.from(value.$content, 'base64'), ...(typeof contentType === 'string' && { contentType }) }
  }
  return { body: JSON.stringify(value), contentType: 'application/json' }
}

function jsonOr(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
