import { authorities } from '../../callback/authorities.ts'
import { isIssuerUrl } from '../../callback/build-path.ts'
import { checkCertificateUrl } from '../../callback/certificate-url.ts'
import { proveSigner } from '../../callback/prove-signer.ts'
import { readConfig } from '../../config.ts'
import { addIntermediates, tellAdded } from '../add-intermediates.ts'
import { certificatesIn } from '../certificate-files.ts'
import { type Command, UsageError } from '../command.ts'
import { type TrustDesk, trustDesk } from '../trust-desk.ts'
import { withStore } from '../with-service.ts'

export const trustFetch: Command = {
  name: 'trust fetch',
  summary: "Fetch the intermediates of the signer's path, and add them",
  description:
    "For services that will have no way out to the issuers' hosts, or whose hosts may fail. Without a URL the configured signer is downloaded and the addresses in the certificates are followed.",
  args: [{ name: 'url', text: 'A signing certificate in the store, or a certificate at a host of CALLBACK_ISSUER_HOSTS.', optional: true }],
  options: { json: { type: 'boolean', text: 'Print {added, known, refused} as JSON.' } },
  examples: ['referral-connector trust fetch', 'referral-connector trust fetch http://www.microsoft.com/pkiops/certs/NAME.crt'],
  async run({ args: [url], options }, terminal) {
    const { callback } = readConfig(terminal.env)
    return await withStore(terminal, async ({ intermediates }) => {
      const desk = trustDesk(callback, intermediates)
      const isIssuer = url !== undefined && isIssuerUrl(url, callback.issuerHosts)
      const found = isIssuer ? certificatesIn(await desk.options.download(url)) : await issuersOf(url ?? desk.signerUrl, desk)
      if (found.length === 0) throw new UsageError('<url> answered with something that is no certificate.')
      const result = await addIntermediates(found, desk, intermediates)
      if (options.json) terminal.out(JSON.stringify(result))
      else tellAdded(result, terminal)
      return result.refused.length === 0 ? 0 : 1
    })
  }
}

/** The intermediates of a signer's path, all of them fetched: what is at hand here may be missing elsewhere. */
async function issuersOf(url: string, { options, hosts, now }: TrustDesk): Promise<Buffer[]> {
  checkCertificateUrl(url, hosts)
  const { kept: _kept, ...given } = options
  const bare = authorities({ ...given, intermediates: [], shippedIntermediates: [] })
  const { path } = await proveSigner(await options.download(url), { ...options, authorities: bare, at: now() })
  return path.flatMap(({ position, certificate }) => (position === 'intermediate' ? [certificate.der] : []))
}
