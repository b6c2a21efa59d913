import { Failure } from '../failure.ts'

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Where Azure's blob storage is, by cloud: public, US government, China.
 * Source: learn.microsoft.com/azure/storage/common/storage-account-overview and the endpoints of the sovereign clouds
 */
const storageSuffixes = ['blob.core.windows.net', 'blob.core.usgovcloudapi.net', 'blob.core.chinacloudapi.cn']

/**
 * The base address of a system that gets a token, without a slash at its end.
 * @throws POWER_APPS_ADDRESS_REFUSED unless it is https, or http to this machine, and plain; the message names `what`
 */
export function baseAddress(text: string, what: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !isSafe(url) || url.search !== '' || url.hash !== '')
    throw new Failure('POWER_APPS_ADDRESS_REFUSED', `${what} must be a plain https address.`)
  return url.href.replace(/\/+$/, '')
}

/**
 * An address in a blob storage. Its query is a signature that lets anybody in, so it is in no message.
 * @throws POWER_APPS_ADDRESS_REFUSED for any other host, except this machine
 */
export function storageAddress(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !isSafe(url)) throw new Failure('POWER_APPS_ADDRESS_REFUSED', `${what} is not at an https address.`)
  if (!isStorage(url)) throw new Failure('POWER_APPS_ADDRESS_REFUSED', `${what} is at ${url.hostname}, which is no blob storage of Azure.`)
  return url
}

function isSafe(url: URL): boolean {
  const isPrivate = url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname))
  return isPrivate && url.username === '' && url.password === ''
}

function isStorage({ hostname, port }: URL): boolean {
  if (loopback.has(hostname)) return true
  const [account = '', ...rest] = hostname.split('.')
  return port === '' && /^[a-z0-9-]{3,40}$/.test(account) && storageSuffixes.includes(rest.join('.'))
}
