import type { Json } from './json.ts'

/** A text as it is, any other value as its JSON: whatever came in a file can be looked at as text, and a list of one text is not that text. */
export function asText(value: Json | undefined): string {
  return typeof value === 'string' ? value : String(JSON.stringify(value))
}
