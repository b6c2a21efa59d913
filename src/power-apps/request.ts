import type { Answer, Outgoing } from './exchange.ts'

/** One request, before it is known whether it is sent or only shown. */
export interface Request {
  /** What it is for, as a line of progress. */
  purpose: string
  method: Outgoing['method']
  url: string
  headers?: Record<string, string>
  content?: { json: unknown } | { form: Record<string, string> } | { bytes: Buffer }
  /** Whether it carries the token of the person who signed in. */
  isAuthorized?: true
  /** Whether sending it twice does no more than sending it once. */
  isRepeatable: boolean
  /** Values that must not come back in a message. */
  secrets?: readonly string[]
  /** The answer that a dry run goes on with: text, bytes, or anything else as JSON. */
  pretend: unknown
}

/** Answers whatever the status is. @throws POWER_APPS_UNREACHABLE when there is no answer */
export type Send = (request: Request) => Promise<Answer>

/** The request as it travels, without a token. */
export function outgoing({ method, url, headers = {}, content }: Request): Outgoing {
  const accepted = { accept: 'application/json', ...headers }
  if (content === undefined) return { method, url, headers: accepted }
  if ('bytes' in content)
    return { method, url, headers: { ...headers, 'content-length': String(content.bytes.length) }, body: content.bytes }
  if ('form' in content) {
    const body = new URLSearchParams(content.form).toString()
    return { method, url, headers: { ...accepted, 'content-type': 'application/x-www-form-urlencoded' }, body }
  }
  return { method, url, headers: { ...accepted, 'content-type': 'application/json' }, body: JSON.stringify(content.json) }
}
