/** Servers that stand in the certificate store's place, but cannot prove to be it; they would hand out the genuine certificate. */
import { createServer } from 'node:net'
import {
  alternativeNames,
  authority,
  dns,
  ecKeys,
  endEntity,
  extendedKeyUsage,
  nameOf,
  purposes,
  type Template
} from '../../../fixtures/certificates.ts'
import { pem } from '../../../fixtures/der.ts'
import { certificateUrl } from '../../../fixtures/signed-callback.ts'
import { genuine, tlsRoot } from '../../genuine-pki.ts'
import type { Story } from '../../hostile-case.ts'
import { storeHost } from '../../hostile-pki.ts'
import { servedFiles } from '../../served-files.ts'
import { hostileStage } from '../../stage.ts'

const hour = 3600_000
/** The certificates of servers are judged by the machine's clock. */
const fromNow = (from: number, to: number) => ({
  notBefore: new Date(Date.now() + from * hour),
  notAfter: new Date(Date.now() + to * hour)
})

function serverWith({ extensions, ...template }: Partial<Template> = {}): { key: string; cert: string } {
  const keys = template.keys ?? ecKeys()
  const { der } = endEntity({
    issuer: tlsRoot,
    keys,
    ...fromNow(-1, 24),
    ...template,
    extensions: { san: alternativeNames([dns(storeHost)]), ...extensions }
  })
  return { key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem(der) }
}

/** The server is connected to, but never asked; its file would have been the right one. */
const impostor = (what: string, tls: () => { key: string; cert: string } | undefined, status: 200 | 503 = 503): Story => ({
  what,
  async story(t) {
    const server = await servedFiles(t, tls())
    server.serve(certificateUrl, genuine.signer.der)
    const stage = await hostileStage(t, {
      env: { CONNECT_TO: `${storeHost}=${server.address}`, CALLBACK_INTERMEDIATES: pem(genuine.issuing.der) }
    })
    if (status === 200) {
      await stage.accepts(t, stage.valid())
      return t.same(server.requests(), [certificateUrl])
    }
    await stage.refuses(t, stage.valid(), { status, code: 'CERTIFICATE_UNREACHABLE' })
    t.same(server.requests(), [], 'it is not asked for the certificate')
    t.equal(server.connections(), 1, 'and was tried once')
  }
})

const named = (...names: string[]) => serverWith({ extensions: { san: alternativeNames(names.map(dns)) } })

export const tlsStories: Story[] = [
  impostor('the store itself', () => serverWith(), 200),
  impostor('of an unknown root', () => serverWith({ issuer: authority(fromNow(-1, 24)) })),
  impostor('of an unknown root of the same name', () => serverWith({ issuer: authority({ subject: tlsRoot.name, ...fromNow(-1, 24) }) })),
  impostor('of the root that signers lead to', () => serverWith({ issuer: genuine.root })),
  impostor('with a certificate by itself', () => {
    const keys = ecKeys()
    return serverWith({ keys, issuer: { name: nameOf(['CN', storeHost]), keys }, subject: nameOf(['CN', storeHost]) })
  }),
  impostor('under the name of another account', () => named('attacker.blob.core.windows.net')),
  impostor('under a longer name', () => named(`${storeHost}.evil.test`, `evil-${storeHost}`)),
  impostor('under a wildcard of another level', () => named('*.core.windows.net')),
  impostor('under the name as its common name only', () =>
    serverWith({ subject: nameOf(['CN', storeHost]), extensions: { san: alternativeNames([dns('other.test')]) } })
  ),
  impostor('with a certificate that has expired', () => serverWith(fromNow(-2, -1))),
  impostor('with a certificate that is not valid yet', () => serverWith(fromNow(1, 2))),
  impostor('with a certificate for clients', () => serverWith({ extensions: { eku: extendedKeyUsage(purposes.clientAuth) } })),
  impostor('without TLS', () => undefined),
  {
    what: 'that hangs up at once',
    async story(t) {
      let connections = 0
      const server = createServer(socket => {
        connections += 1
        socket.destroy()
      })
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      t.teardown(() => server.close())
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : undefined
      const stage = await hostileStage(t, { env: { CONNECT_TO: `${storeHost}=127.0.0.1:${port}` } })
      await stage.refuses(t, stage.valid(), { status: 503, code: 'CERTIFICATE_UNREACHABLE' })
      t.equal(connections, 1)
    }
  },
  {
    what: 'that is not there',
    async story(t) {
      const stage = await hostileStage(t, { env: { CONNECT_TO: `${storeHost}=127.0.0.1:1` } })
      await stage.refuses(t, stage.valid(), { status: 503, code: 'CERTIFICATE_UNREACHABLE' })
    }
  }
]
