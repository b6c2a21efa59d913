import { type Authorities, authorities } from '../callback/authorities.ts'
import type { CertificateSourceOptions } from '../callback/certificate-source.ts'
import { type ProvenSigner, proveSigner } from '../callback/prove-signer.ts'
import { openConfiguredStore, openTrust, type Store } from '../compose.ts'
import { type Config, readConfig } from '../config.ts'
import { failureFrom } from '../failure.ts'
import type { Intermediates } from '../ports.ts'
import type { Terminal } from './command.ts'

/** What is trusted with these settings, for somebody who looks at it. Nothing here writes into the store. */
export interface TrustDesk {
  options: CertificateSourceOptions
  authorities: Authorities
  /** Where Partner Center's certificate is, by the settings, and the hosts that certificates may be at. */
  signerUrl: string
  hosts: readonly string[]
  now: () => Date
  /** Judges a signing certificate as the next callback would. @throws CERTIFICATE_… Failures */
  prove(answer: Buffer): Promise<ProvenSigner>
}

export function trustDesk(callback: Config['callback'], intermediates?: Intermediates): TrustDesk {
  const options = openTrust(callback, intermediates && { intermediates: { ...intermediates, keep: async () => undefined } })
  const trusted = authorities(options)
  return {
    options,
    authorities: trusted,
    signerUrl: `https://${callback.hosts[0]}/cert/${callback.signerNames[0]}.cer`,
    hosts: callback.hosts,
    now: options.now,
    prove: answer => proveSigner(answer, { ...options, authorities: trusted, at: options.now() })
  }
}

/** Opens what is trusted, with the store when there is one: without it, what was added and fetched is missing, and that is said. */
export async function withTrustDesk<T>(terminal: Terminal, use: (desk: TrustDesk) => Promise<T>): Promise<T> {
  const config = readConfig(terminal.env)
  let store: Store | undefined
  try {
    store = await openConfiguredStore(config)
  } catch (error) {
    const { code } = failureFrom(error)
    terminal.note(`The store cannot be opened (${code}): what was added or fetched is left out.`)
  }
  try {
    return await use(trustDesk(config.callback, store?.intermediates))
  } finally {
    await store?.close()
  }
}
