import { Failure } from '../failure.ts'
import type { CrmChange } from '../ports.ts'
import type { DataverseClient, RequestOptions, Work } from './client.ts'
import { crmLeadFrom, leadProperties, leadRowFrom } from './crm-lead.ts'
import type { Currencies } from './currencies.ts'

/** One page of leads as Dataverse sends it. */
export interface ChangePage {
  rows: Record<string, unknown>[]
  /** As they came: not checked yet. */
  nextLink: unknown
  deltaLink: unknown
  /** The latest time of modification on the page, in milliseconds since 1970. */
  newestMs: number | undefined
}

/** What is asked for: a link from an earlier answer; everything, tracked from now on; or by the time of modification. */
export type Asked = { link: string; isTracked: boolean } | { since: string | undefined } | 'tracked'

interface Place {
  client: DataverseClient
  referralColumn: string
  pageSize: number
}

/**
 * Reads one page. With change tracking nothing but `$select` may be asked for (learn.microsoft.com, «Use change tracking to synchronize data
 * with external systems»).
 * @throws CRM_NOT_SET_UP when the referral column is missing, CRM_…
 */
export async function readChangePage(asked: Asked, work: Work, { client, referralColumn, pageSize }: Place): Promise<ChangePage> {
  const request = (options: RequestOptions) => ({
    collection: 'leads',
    select: [...leadProperties, 'modifiedon', referralColumn],
    maxPageSize: pageSize,
    ...((asked === 'tracked' || ('link' in asked && asked.isTracked)) && { trackChanges: true }),
    ...(typeof asked === 'object' &&
      'since' in asked && {
        filter: `${referralColumn} ne null${asked.since === undefined ? '' : ` and modifiedon gt ${asked.since}`}`,
        orderBy: ['modifiedon']
      }),
    ...options
  })
  const link = typeof asked === 'object' && 'link' in asked ? asked.link : undefined
  try {
    const { value } = await client.send(
      'The leads could not be read',
      (api, options) => api.retrieveMultiple<Record<string, unknown>>(request(options), link),
      work
    )
    return pageFrom(value)
  } catch (failure) {
    if (!(failure instanceof Failure) || failure.code !== 'CRM_COLUMN_UNKNOWN') throw failure
    throw new Failure('CRM_NOT_SET_UP', `The lead table has no column «${referralColumn}».`, { cause: failure.cause })
  }
}

/** The changes on a page, without leads that belong to no referral. A deleted row is told by its id alone. @throws CRM_… */
export async function changesFrom(
  { rows }: ChangePage,
  work: Work,
  { currencies, referralColumn }: { currencies: Currencies; referralColumn: string }
): Promise<CrmChange[]> {
  const changes: CrmChange[] = []
  for (const row of rows) {
    if (row.reason === 'deleted') {
      const leadId = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(String(row.id))?.[0]
      if (leadId !== undefined) changes.push({ leadId: leadId.toLowerCase(), deleted: true })
      continue
    }
    const referralId = row[referralColumn]
    if (typeof referralId !== 'string' || referralId === '') continue
    const lead = await crmLeadFrom(leadRowFrom(row), currencies, work)
    changes.push({ leadId: lead.leadId, deleted: false, referralId, lead })
  }
  return changes
}

function pageFrom(value: unknown): ChangePage {
  const page = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  if (!Array.isArray(page.value)) throw new Failure('CRM_UNEXPECTED', 'Dataverse answered with something that is no list of leads.')
  const rows = page.value.filter((row): row is Record<string, unknown> => typeof row === 'object' && row !== null)
  const newestMs = rows.reduce<number | undefined>((newest, { modifiedon }) => {
    // dynamics-web-api makes a Date of most times, and leaves those with fractions of a second as text.
    const ms = modifiedon instanceof Date ? modifiedon.getTime() : typeof modifiedon === 'string' ? Date.parse(modifiedon) : Number.NaN
    return Number.isNaN(ms) || ms <= (newest ?? Number.NEGATIVE_INFINITY) ? newest : ms
  }, undefined)
  return { rows, nextLink: page['@odata.nextLink'], deltaLink: page['@odata.deltaLink'], newestMs }
}
