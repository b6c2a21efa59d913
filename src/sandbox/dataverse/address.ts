import { isGuid } from '../entra/tokens.ts'
import { refusals } from './error.ts'

/** What stands in the brackets after a collection: an id, or the columns of an alternate key. */
export type Key = { id: string } | { columns: Record<string, string | number> }

export interface Segment {
  name: string
  key?: Key
  /** The brackets' content as it was sent, for the answer's OData-EntityId. */
  keyText?: string
}

export interface Address {
  segments: Segment[]
  query: Record<string, string>
}

/**
 * Reads what stands after `/api/data/v9.x/` of a raw URL.
 * @throws DataverseError for what the Web API cannot read, among it key values with one of `/ < > * % & : \ ? +`
 * Source: learn.microsoft.com, «Use an alternate key to reference a record»
 */
export function addressFrom(rawUrl: string): Address {
  const [path = '', query = ''] = rawUrl.split(/\?(.*)/s)
  const segments = split(path).map(segmentFrom)
  return { segments, query: Object.fromEntries(new URLSearchParams(query)) }
}

/** At the slashes outside of quotes, so that a slash in a key value is seen as such. */
function split(path: string): string[] {
  const parts = path.match(/(?:'[^']*'|[^/'])+/g) ?? []
  return parts.map(part => {
    try {
      return decodeURIComponent(part)
    } catch {
      throw refusals.syntax()
    }
  })
}

function segmentFrom(text: string): Segment {
  const match = /^([A-Za-z_$][\w.$]*)(?:\((.*)\))?$/s.exec(text)
  const [, name, keyText] = match ?? []
  if (name === undefined) throw refusals.syntax()
  // `WhoAmI()`: brackets without a key
  if (keyText === undefined || keyText === '') return { name }
  return { name, key: keyFrom(keyText), keyText }
}

function keyFrom(text: string): Key {
  if (isGuid(text)) return { id: text.toLowerCase() }
  const columns: Record<string, string | number> = {}
  let rest = text
  while (rest !== '') {
    const match = /^\s*(\w+)\s*=\s*(?:'((?:[^']|'')*)'|([\w.-]+))\s*(?:,(?=.)|$)/s.exec(rest)
    const [all, name, quoted, bare] = match ?? []
    if (all === undefined || name === undefined) throw refusals.syntax()
    const value = quoted?.replaceAll("''", "'")
    if (value !== undefined && /[/<>*%&:\\?+]/.test(value)) throw refusals.syntax()
    columns[name] = value ?? (/^-?\d+(\.\d+)?$/.test(bare ?? '') ? Number(bare) : (bare ?? ''))
    rest = rest.slice(all.length)
  }
  return { columns }
}
