import { Failure } from '../failure.ts'
import type { Call, CrmChange, Log } from '../ports.ts'
import { type ChangeMark, markFrom, markText, ownLink } from './change-mark.ts'
import { type Asked, type ChangePage, changesFrom, readChangePage } from './change-page.ts'
import type { DataverseClient, Work } from './client.ts'
import type { Currencies } from './currencies.ts'
import { answerTo } from './missing-lead.ts'

type Changes = { changes: CrmChange[]; mark?: string; isComplete: boolean }

/**
 * A row's time of modification is that of its write, and the row is seen when the write has ended: at the latest after two minutes, which is
 * how long an operation of Dataverse may take.
 */
const overlapMs = 2 * 60 * 1000
/** Change tracking may be switched on at any time. */
const untrackedMs = 60 * 60 * 1000
const beginning = '1970-01-01T00:00:00Z'

/**
 * The leads that changed since a mark, by Dataverse's change tracking: first all leads, with a delta link at the end, and then what changed
 * since that link, deleted leads among it. A link is good for seven days unless the environment says otherwise; when it is refused, all leads
 * are read again.
 *
 * Where the lead table's change tracking is off, leads are asked for by their time of modification: that finds no deleted ones.
 *
 * `work` gives the deadline of one page from now on; no more than the first page and the present one are held. `pageSize` is taken for 500 to 5000.
 */
export function leadChanges(options: {
  client: DataverseClient
  currencies: Currencies
  referralColumn: string
  pageSize?: number | undefined
  log: Log
  work: (call?: Call) => Work
}): (mark?: string, call?: Call) => AsyncGenerator<Changes> {
  const { client, currencies, referralColumn, log, work } = options
  const leadsUrl = `${client.apiUrl}leads`
  const place = { client, currencies, referralColumn, leadsUrl, pageSize: Math.min(Math.max(options.pageSize ?? 2000, 500), 5000) }
  let untrackedUntilMs = 0

  return async function* changes(text, call) {
    const correlationId = call?.correlationId
    const mark = text === undefined ? undefined : markFrom(text, place)
    if (text !== undefined && !mark) log.warn({ correlationId }, 'The mark of the CRM belongs to other settings; all leads are read.')

    if (mark?.kind === 'delta') {
      const first = await unlessRefused({ link: mark.link, isTracked: true })
      if (first) return yield* pages(first, { isTracked: true, isComplete: false })
      log.warn({ correlationId }, 'Dataverse does not take the mark any more; all leads are read.')
    }
    if (client.now().getTime() >= untrackedUntilMs) {
      const first = await unlessRefused('tracked')
      if (first) return yield* pages(first, { isTracked: true, isComplete: true })
      isUntracked()
    }
    const since = mark?.kind === 'modified' ? mark.since : undefined
    yield* pages(await read({ since }), { isTracked: false, isComplete: since === undefined, since })

    async function* pages(first: ChangePage, how: { isTracked: boolean; isComplete: boolean; since?: string | undefined }) {
      let page = first
      let newestMs: number | undefined
      let link: string | undefined
      for (;;) {
        if (page.newestMs !== undefined) newestMs = Math.max(newestMs ?? page.newestMs, page.newestMs)
        const next = ownLinkOf(page.nextLink)
        const changes = await changesFrom(page, work(call), place)
        if (next === undefined) {
          const delta = ownLinkOf(page.deltaLink)
          if (delta === undefined && how.isTracked) isUntracked()
          const mark: ChangeMark = delta === undefined ? modifiedMark(newestMs, how.since) : { kind: 'delta', link: delta }
          yield { changes, mark: markText(mark, place), isComplete: how.isComplete }
          return
        }
        if (next === link) throw new Failure('CRM_UNEXPECTED', 'Dataverse sends the same page of leads again and again.')
        link = next
        yield { changes, isComplete: how.isComplete }
        page = await read({ link, isTracked: how.isTracked })
      }
    }

    function isUntracked(): void {
      untrackedUntilMs = client.now().getTime() + untrackedMs
      log.warn({ correlationId }, 'Change tracking is off for the lead table: leads are asked for by date, and deleted ones are not seen.')
    }

    async function read(asked: Asked): Promise<ChangePage> {
      return await readChangePage(asked, work(call), place)
    }

    /** Undefined when Dataverse refuses the request as such. */
    async function unlessRefused(asked: Asked): Promise<ChangePage | undefined> {
      try {
        return await read(asked)
      } catch (failure) {
        const status = answerTo(failure)?.status ?? 0
        if (status < 400 || status >= 500 || [401, 403, 408, 429].includes(status)) throw failure
        return undefined
      }
    }
  }

  function ownLinkOf(link: unknown): string | undefined {
    if (link === undefined || link === null) return undefined
    const own = ownLink(link, leadsUrl)
    if (own === undefined) throw new Failure('CRM_UNEXPECTED', 'Dataverse sent a link that leads away from DATAVERSE_URL.')
    return own
  }
}

/** Never before the mark that was given, or each quiet reading would go back a step. */
function modifiedMark(newestMs: number | undefined, since = beginning): ChangeMark {
  const instant = newestMs === undefined ? since : `${new Date(newestMs - overlapMs).toISOString().slice(0, 19)}Z`
  return { kind: 'modified', since: instant > since ? instant : since }
}
