/** Up to where changes were read: Dataverse's own delta link, or a time of modification where it does not track changes. */
export type ChangeMark = { kind: 'delta'; link: string } | { kind: 'modified'; since: string }

interface Place {
  /** Address of the leads of the environment. */
  leadsUrl: string
  referralColumn: string
}

/** The mark as text: its kind, the referral column that was read, and an address in the environment. */
export function markText(mark: ChangeMark, { leadsUrl, referralColumn }: Place): string {
  return `${mark.kind}:${referralColumn}:${mark.kind === 'delta' ? mark.link : `${leadsUrl}?since=${mark.since}`}`
}

/**
 * The mark that a text is; undefined for a text of another environment or with another referral column, for which it says nothing, and for
 * one that is no mark.
 */
export function markFrom(text: string, { leadsUrl, referralColumn }: Place): ChangeMark | undefined {
  const [, kind, column, address = ''] = /^(delta|modified):([a-z0-9_]+):(.+)$/s.exec(text) ?? []
  const link = ownLink(address, leadsUrl)
  if (link === undefined || column !== referralColumn) return undefined
  if (kind === 'delta') return { kind, link }
  const since = new URL(link).searchParams.get('since') ?? ''
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(since) ? { kind: 'modified', since } : undefined
}

/**
 * A link to further leads, written the way the environment's address is configured; undefined for one that leads anywhere else. It is followed
 * with a token, and dynamics-web-api cuts the configured address off it by its letters alone.
 */
export function ownLink(link: unknown, leadsUrl: string): string | undefined {
  if (typeof link !== 'string' || !URL.canParse(link)) return undefined
  const [given, own] = [new URL(link), new URL(leadsUrl)]
  const isOwn = given.origin === own.origin && given.pathname === own.pathname && given.username === '' && given.password === ''
  return isOwn && given.search !== '' ? `${leadsUrl}${given.search}` : undefined
}
