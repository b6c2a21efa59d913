import { isObject, objectAt } from '../connector/json.ts'

/**
 * What the service says of a definition, line by line. It answers nothing at all when all is well, and else a text as a JSON string,
 * or an error whose message is that text. Source: paconn 0.0.21, and its successor of 2025.
 */
export function serviceText(body: Buffer): string[] {
  const text = textOf(body.toString().trim())
  return text
    .split(/\r?\n/)
    .map(line => line.trimEnd())
    .filter(line => line.trim() !== '')
}

/** Whether what the service says means that the definition cannot be used as it is. */
export function holdsError(lines: readonly string[]): boolean {
  return lines.some(line => !/^\s*warning\b/i.test(line) && /\berrors?\b/i.test(line))
}

function textOf(text: string): string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text
  }
  if (typeof value === 'string') return value
  const { message } = objectAt(value, 'error')
  if (typeof message === 'string') return message
  // Nothing in particular is as good as nothing.
  return value === null || (isObject(value) && Object.keys(value).length === 0) ? '' : text
}
