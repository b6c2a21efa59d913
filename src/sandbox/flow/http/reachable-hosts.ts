import { ActionFailure } from '../run/action-failure.ts'

/** Which address of the sandbox stands for which host: an exact name, `*.name` for any name below it, or `address:port` of the loopback. */
export type HostTable = Readonly<Record<string, string>>

/**
 * Where the sandbox has what a URL names. Blanks around the URL are taken off, as .NET's Uri does it.
 * @throws ActionFailure for every host that the sandbox does not stand for: nothing leaves the loopback
 */
export function sandboxUrl(uri: string, hosts: HostTable): string {
  const text = uri.trim()
  if (!URL.canParse(text) || !/^https?:/i.test(text))
    throw new ActionFailure('InvalidTemplate', 'The provided HTTP request URI is not a valid, absolute URI with http or https.')
  const url = new URL(text)
  const place = placeOf(url, hosts)
  if (place === undefined)
    throw new ActionFailure(
      'HostNotInSandbox',
      `The host '${url.host.slice(0, 200)}' is not part of the sandbox, and nothing else can be reached.`
    )
  return `${new URL(place).origin}${url.pathname}${url.search}`
}

function placeOf(url: URL, hosts: HostTable): string | undefined {
  const host = url.host.toLowerCase()
  for (const [name, place] of Object.entries(hosts)) {
    const wanted = name.toLowerCase()
    if (wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : host === wanted) return place
  }
  return undefined
}
