const maxShown = 200

/** Whether two URLs are the same place: the case of the host, a default port and a slash at the end do not count. */
export function isSameUrl(one: string, other: string): boolean {
  return one === other || (URL.canParse(one) && URL.canParse(other) && normalised(one) === normalised(other))
}

export function isOneOf(urls: readonly string[], url: string): boolean {
  return urls.some(one => isSameUrl(one, url))
}

/** Scheme, host and path, for messages and logs. A user part, a query or a fragment may be a secret: «…» stands in its place. */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return '…'
  const { protocol, host, pathname, username, password, search, hash } = new URL(text)
  // Without a host the rest may be anything, an address of a person for example.
  if (host === '') return `${protocol}…`
  const place = `${protocol}//${username || password ? '…@' : ''}${host}${pathname}`
  return `${place.slice(0, maxShown)}${place.length > maxShown ? '…' : ''}${search || hash ? '?…' : ''}`
}

/** The parser writes the host in lower case and leaves a default port out. */
function normalised(text: string): string {
  const url = new URL(text)
  url.hash = ''
  url.pathname = url.pathname.replace(/\/+$/, '')
  return url.href
}
