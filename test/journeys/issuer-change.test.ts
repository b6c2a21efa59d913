import t from 'tap'
import { readCertificate, thumbprint } from '../../src/callback/certificate.ts'
import { authority, extendedKeyUsage, issuerUrls, nameOf, purposes, rsaKeys, signingCertificate } from '../fixtures/certificates.ts'
import { certificateUrl } from '../fixtures/signed-callback.ts'
import { genuine } from '../hostile/genuine-pki.ts'
import { type HostileStage, hostileStage } from '../hostile/stage.ts'

/** Authorities that nobody has heard of: a root of Microsoft's own, cross-signed by the root that is trusted, and one that issues under it. */
const urls = {
  issuing: 'http://www.microsoft.com/pkiops/certs/New%20TLS%20CA%2002.crt',
  crossSigned: 'http://caissuers.microsoft.com/pkiops/certs/New%20Root%20-%20xsign.crt'
}
const eku = extendedKeyUsage(purposes.serverAuth)
const name = (commonName: string) => nameOf(['O', 'Microsoft Corporation'], ['CN', commonName])
const crossSigned = authority({ issuer: genuine.root, subject: name('New TLS Root'), extensions: { eku } })
const issuing = authority({
  issuer: crossSigned,
  subject: name('New TLS CA 02'),
  pathLength: 0,
  extensions: { eku, aia: issuerUrls(urls.crossSigned) }
})
const signer = signingCertificate({ issuer: issuing, keys: rsaKeys(), extensions: { aia: issuerUrls(urls.issuing) } })

/** The signer is renewed under its old address, by other authorities; what they publish may be out of reach. */
function changeAuthorities({ files, issuers }: HostileStage, { isPublished }: { isPublished: boolean }): void {
  files.serve(certificateUrl, signer.der)
  for (const [url, { der }] of [
    [urls.issuing, issuing],
    [urls.crossSigned, crossSigned]
  ] as const)
    issuers.serve(url, isPublished ? der : (_request, response) => void response.destroy())
}

const delivered = async (stage: HostileStage, by = signer) => {
  const { status, code } = await stage.send(stage.valid({ signer: by }))
  return code ?? status
}
const originsOf = async ({ service }: HostileStage) => (await service().store.intermediates.list()).map(({ source }) => source)

t.test('the day Microsoft changes its issuing authority, callbacks go on', async t => {
  const stage = await hostileStage(t)
  t.equal(await delivered(stage, genuine.signer), 200)
  changeAuthorities(stage, { isPublished: true })
  t.equal(await delivered(stage), 200, 'over two addresses, plain http')
  t.same(stage.issuers.requests().slice(-2), [urls.issuing, urls.crossSigned])
  t.equal(await delivered(stage, genuine.signer), 200, 'what the old one has signed still arrives')

  await t.test('also after a restart on a day when the new addresses are out of reach', async t => {
    changeAuthorities(stage, { isPublished: false })
    const asked = stage.issuers.requests().length
    await stage.restart()
    t.equal(await delivered(stage), 200, 'what was fetched is in the store')
    t.equal(stage.issuers.requests().length, asked, 'and nobody is asked')
    t.same(await originsOf(stage), ['fetched', 'fetched', 'fetched'])
  })
})

t.test('where the addresses are out of reach, an operator adds the new authorities to the running service', async t => {
  const stage = await hostileStage(t)
  changeAuthorities(stage, { isPublished: false })
  t.equal(await delivered(stage), 'CERTIFICATE_ISSUER_UNREACHABLE', 'put off, not refused')
  const added = [issuing, crossSigned].map(({ der }) => {
    const certificate = readCertificate(der)
    return { der, thumbprint: thumbprint(certificate), notAfter: certificate.notAfter }
  })
  await stage.service().store.intermediates.add(...added)
  stage.pass(30_000)
  t.equal(await delivered(stage), 200, 'without a restart')
  await stage.restart()
  t.equal(await delivered(stage), 200)
  t.same(await originsOf(stage), ['added', 'added'])
})

t.test('what is in the store makes nobody trusted', async t => {
  const stage = await hostileStage(t)
  const foreignRoot = authority({ subject: name('Trusted, honestly') })
  const foreign = authority({ issuer: foreignRoot, subject: name('New TLS CA 02') })
  await stage.service().store.intermediates.add(
    ...[foreignRoot, foreign].map(({ der }) => ({
      der,
      thumbprint: thumbprint(readCertificate(der)),
      notAfter: readCertificate(der).notAfter
    }))
  )
  const forged = signingCertificate({ issuer: foreign, keys: rsaKeys() })
  stage.files.serve(certificateUrl, forged.der)
  t.equal(await delivered(stage, forged), 'CERTIFICATE_CHAIN_UNTRUSTED')
})
