/**
 * Flows parse a callback's body and write it anew before they hand it on, so that its bytes are no longer those that were signed. What
 * each writer does to JSON is known and can be undone, so these forms are tried; the signature still proves the one that fits.
 */
import type { matchedForms } from '../schemas/callback.ts'

export type MatchedForm = (typeof matchedForms)[number]

/** One way the signed bytes may have looked. */
export interface Serialisation {
  readonly form: MatchedForm
  readonly bytes: Uint8Array
}

/**
 * The bytes as sent, and the forms of the written list that differ; of anything that is not UTF-8 JSON, only the bytes as sent.
 * Every form keeps the order of the keys and the writing of numbers:
 * `compact` has no white space between tokens · `compact-unescaped` has, besides, strings as Newtonsoft.Json writes them ·
 * `compact-dotnet` has strings as System.Text.Json writes them by default.
 */
export function serialisations(body: Uint8Array): Serialisation[] {
  const asSent: Serialisation = { form: 'as-sent', bytes: body }
  const tokens = jsonTokens(body)
  if (tokens === undefined) return [asSent]
  const all: Serialisation[] = [asSent]
  for (const [form, write] of writers) {
    const bytes = Buffer.from(tokens.map(token => (token.startsWith('"') ? write(token) : token)).join(''))
    if (!all.some(other => bytes.equals(other.bytes))) all.push({ form, bytes })
  }
  return all
}

/** The tokens of a JSON text as they are written, without the white space between them; nothing when it is not JSON. */
function jsonTokens(body: Uint8Array): string[] | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    JSON.parse(text)
    return text.match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g) ?? undefined
  } catch {
    return undefined
  }
}

const writers: readonly [MatchedForm, (token: string) => string][] = [
  ['compact', token => token],
  ['compact-unescaped', token => quoted(token, newtonsoftEscapes, 'lower')],
  ['compact-dotnet', token => quoted(token, dotnetEscapes, 'upper')]
]

/** Newtonsoft.Json, StringEscapeHandling.Default: what JSON demands, and three further line ends. A lone surrogate cannot be written otherwise. */
const newtonsoftEscapes = /["\\\p{Cs}\u0000-\u001f\u0085\u2028\u2029]/gu

/** System.Text.Json, JavaScriptEncoder.Default: all but Basic Latin, and of that what HTML could misread; the quotation mark as \u0022 too. */
const dotnetEscapes = /["\\&'+<>`\u0000-\u001f]|[^\u0000-\u007e]/g

const shortEscapes: Record<string, string> = { '\\': '\\\\', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' }

function quoted(token: string, escapes: RegExp, letterCase: 'lower' | 'upper'): string {
  const text: unknown = JSON.parse(token)
  const escaped = String(text).replace(escapes, character => {
    if (character === '"' && letterCase === 'lower') return '\\"'
    const hex = character.charCodeAt(0).toString(16).padStart(4, '0')
    return shortEscapes[character] ?? `\\u${letterCase === 'upper' ? hex.toUpperCase() : hex}`
  })
  return `"${escaped}"`
}
