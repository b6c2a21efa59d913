import { isObject, objectAt } from '../connector/json.ts'
import { operationsOf } from '../connector/operations.ts'
import type { Answer } from './exchange.ts'
import { outgoing, type Request, type Send } from './request.ts'

/** A request as it may be shown: no token, no signature, no secret, and of the body the shape. */
export interface ShownRequest {
  purpose: string
  method: string
  url: string
  headers: Record<string, string>
  body?: unknown
}

const hidden = '***'
const secretNames = /^(clientSecret|client_secret|refresh_token|access_token|password|code)$/
const maxDepth = 8
const maxText = 100

/** Shows each request instead of sending it, and goes on with the answer that it says to pretend. */
export function drySender(show: (request: ShownRequest) => void): Send {
  return async request => {
    show(shownRequest(request))
    return pretended(request.pretend)
  }
}

export function shownRequest(request: Request): ShownRequest {
  const { method, url, headers } = outgoing(request)
  return {
    purpose: request.purpose,
    method,
    url: withoutSignature(url),
    headers: { ...(request.isAuthorized && { authorization: `Bearer ${hidden}` }), ...headers },
    ...(request.content !== undefined && { body: shapeOf(request.content) })
  }
}

/** The query of a blob storage is one long key. */
function withoutSignature(text: string): string {
  const url = new URL(text)
  if (url.searchParams.has('sig') || url.searchParams.has('sv')) url.search = `?${hidden}`
  return url.href
}

function shapeOf(content: NonNullable<Request['content']>): unknown {
  if ('bytes' in content) return `${content.bytes.length} bytes`
  return shape('form' in content ? content.form : content.json, 0)
}

function shape(value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    if (/^https?:.*[?&](sig|sv)=/.test(value)) return withoutSignature(value)
    return value.length > maxText ? `${value.slice(0, maxText)}… (${value.length} characters)` : value
  }
  if (Array.isArray(value)) return depth >= maxDepth ? `[${value.length} items]` : value.map(item => shape(item, depth + 1))
  if (!isObject(value)) return value
  if ('swagger' in value) {
    const { title } = objectAt(value, 'info')
    return `the definition «${String(title)}»: ${operationsOf(value).length} operations, ${JSON.stringify(value).length} characters`
  }
  if (depth >= maxDepth) return `{${Object.keys(value).length} keys}`
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, secretNames.test(name) ? hidden : shape(held, depth + 1)]))
}

function pretended(value: unknown): Answer {
  const body = Buffer.isBuffer(value) ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  return { status: 200, header: () => undefined, body }
}
