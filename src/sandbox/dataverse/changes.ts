import { refusals } from './error.ts'
import { jsonOf, largestPage, selectedColumns } from './read.ts'
import type { Rows } from './rows.ts'
import type { Table } from './tables.ts'

/** Which tokens of change tracking are good. They hold for seven days in a new environment; here until `expire`. */
export interface DeltaTokens {
  issue(version: number): string
  /** The version that a token stands for. @throws DataverseError when it is none, or none any more */
  versionOf(token: string): number
  expire(): void
}

export function deltaTokens({ now }: { now: () => Date }): DeltaTokens {
  const good = new Set<string>()
  return {
    // In the form that Dataverse's own examples have: a version, and when it was given.
    issue(version) {
      const token = `${version}!${now().toISOString().slice(0, 19).replace('T', ' ')}`
      good.add(token)
      return token
    },
    versionOf(token) {
      if (!/^\d+!/.test(token)) throw refusals.syntax('The delta token is not valid.')
      if (!good.has(token)) throw refusals.deltaExpired()
      return Number.parseInt(token, 10)
    },
    expire: () => good.clear()
  }
}

interface Place {
  table: Table
  rows: Rows
  root: string
  tokens: DeltaTokens
  pageSize?: number | undefined
}

/** Whether a list is asked for with change tracking: by the header, by a delta token, or as a further page of such a list. */
export const isTracking = (query: Record<string, string>, prefer = ''): boolean =>
  /\bodata\.track-changes\b/.test(prefer) || '$deltatoken' in query || /^(all|delta)-/.test(query.$skiptoken ?? '')

/**
 * All rows, or those that changed since a delta token, each page with a link to the next one and the last with the delta link for the next
 * time. That link begins where the first page did: what is changed while the pages are read is told then.
 * Source: learn.microsoft.com, «Use change tracking to synchronize data with external systems»
 * @throws DataverseError
 */
export function trackedPage(query: Record<string, string>, { table, rows, root, tokens, pageSize = largestPage }: Place): object {
  if (!table.isTracked) throw refusals.notTracked(table.logicalName)
  for (const option of ['$filter', '$orderby', '$expand', '$top', '$skip', '$count', '$apply'])
    if (option in query) throw refusals.syntax(`The query parameter ${option} is not supported when change tracking is enabled.`)
  const selected = selectedColumns(query.$select, table)
  const since = query.$deltatoken === undefined ? undefined : tokens.versionOf(query.$deltatoken)
  const page = /^(?:all|delta)-(\d+)-(\d+)$/.exec(query.$skiptoken ?? '')
  if (query.$skiptoken !== undefined && !page) throw refusals.syntax('The paging cookie is not valid.')
  const [version, from] = page ? [Number(page[1]), Number(page[2])] : [rows.version(), since ?? 0]

  const size = Math.min(Math.max(pageSize, 1), largestPage)
  const isDelta = since !== undefined
  // Paged by version, so that a row changed in the meantime moves to a later page and none is left out.
  const changed = rows.since(from).filter(({ row }) => isDelta || row !== undefined)
  const sent = changed.slice(0, size)
  const link = (more: Record<string, string>): string =>
    `${root}${table.entitySet}?${Object.entries({ ...(query.$select !== undefined && { $select: query.$select }), ...more })
      .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%2C', ',')}`)
      .join('&')}`
  const context = `${root}$metadata#${table.entitySet}`
  return {
    '@odata.context': `${context}${query.$select ? `(${query.$select})` : ''}${isDelta ? '/$delta' : ''}`,
    value: sent.map(({ id, row }) =>
      row ? jsonOf(row, table, selected) : { '@odata.context': `${context}/$deletedEntity`, id, reason: 'deleted' }
    ),
    ...(changed.length > size
      ? {
          '@odata.nextLink': link({
            ...(query.$deltatoken !== undefined && { $deltatoken: query.$deltatoken }),
            $skiptoken: `${isDelta ? 'delta' : 'all'}-${version}-${sent.at(-1)?.version ?? from}`
          })
        }
      : { '@odata.deltaLink': link({ $deltatoken: tokens.issue(version) }) })
  }
}
