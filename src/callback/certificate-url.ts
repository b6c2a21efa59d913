import { Failure } from '../failure.ts'

/**
 * Checks that a certificate URL names a file in the certificate store: https, a host on the list to the letter, `/cert/<name>.cer`. The
 * text is held against one pattern, then parsed, and has to come out as it went in, so that no two readers can understand it in two ways.
 * Only whole host names count: anyone may register an account of blob.core.windows.net.
 * Source of host and path: learn.microsoft.com/partner-center/developer/partner-center-webhooks.
 *
 * @throws CERTIFICATE_URL_MALFORMED for a text that is no plain URL, CERTIFICATE_URL_FOREIGN for a URL of another place
 */
export function checkCertificateUrl(text: string, hosts: readonly string[]): void {
  if (text.length > 2048 || !/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) throw malformed('is not a URL')
  const url = new URL(text)
  if (url.href !== text) throw malformed('is not written in the plain form of a URL')
  if (url.protocol !== 'https:') throw foreign('is not an https URL')
  if (url.username !== '' || url.password !== '') throw foreign('names a user')
  if (!hosts.includes(url.hostname)) throw foreign('points to another host')
  if (url.port !== '' || url.host !== url.hostname) throw foreign('names a port')
  if (text.includes('?') || text.includes('#')) throw foreign('has a query or a fragment')
  if (!/^https:\/\/[a-z0-9.-]+\/cert\/[A-Za-z0-9._-]{1,100}\.cer$/.test(text)) {
    throw foreign('does not name a .cer file in the folder /cert/')
  }
}

function malformed(what: string): Failure {
  return new Failure('CERTIFICATE_URL_MALFORMED', `The certificate URL ${what}.`)
}

function foreign(what: string): Failure {
  return new Failure('CERTIFICATE_URL_FOREIGN', `The certificate URL ${what}.`)
}
