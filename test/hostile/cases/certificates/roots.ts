/** Certificates that do not lead to a pinned root, however much they look as if they did. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { readCertificate } from '../../../../src/callback/certificate.ts'
import { authority, extension, type Issued, ids, issuerUrls, keyId, nameOf, signerSubject } from '../../../fixtures/certificates.ts'
import { octets, pem, printable, sequence, tlv } from '../../../fixtures/der.ts'
import { genuine } from '../../genuine-pki.ts'
import type { HostileCase, Refusal } from '../../hostile-case.ts'
import {
  authorityWith,
  issuerHost,
  offer,
  type Published,
  publish,
  refusedIssuer,
  signerOf,
  signerWith,
  storeHost,
  strangerKeys
} from '../../hostile-pki.ts'
import { hostileStage } from '../../stage.ts'

const subjectKeyId = (id: Uint8Array) => extension(ids.ski, octets(id))
const authorityKeyId = (id: Uint8Array) => extension(ids.aki, sequence(tlv(0x80, id)))

/** The genuine issuing authority to the letter, its key identifier included, but with another key. */
const lookalike = (): Published =>
  authorityWith('lookalike', {
    subject: genuine.issuing.name,
    issuer: { name: genuine.root.name, keys: strangerKeys },
    pathLength: 0,
    extensions: { ski: subjectKeyId(keyId(genuine.issuing.keys)), aki: authorityKeyId(keyId(genuine.root.keys)) }
  })

const offered = (what: string, downloads: Refusal['downloads'], make: () => { signer: Issued; issuer?: Published }): Refusal => ({
  what,
  status: 401,
  code: 'CERTIFICATE_CHAIN_UNTRUSTED',
  ...(downloads !== undefined && { downloads }),
  break(_request, stage) {
    const { signer, issuer } = make()
    offer(stage, signer)
    if (issuer) publish(stage, issuer)
    return stage.valid({ signer })
  }
})

const fromStore = { [storeHost]: 1 }
const fromBoth = { [storeHost]: 1, [issuerHost]: 1 }

const digiCert = nameOf(
  ['C', printable('US')],
  ['O', printable('DigiCert Inc')],
  ['OU', printable('www.digicert.com')],
  ['CN', printable('DigiCert Global Root G2')]
)

const digiCertUrl = 'http://cacerts.digicert.com/DigiCertGlobalRootG2.crt'

/** A root of one's own that says of itself all that DigiCert's does, and an authority and a signer below it. */
function madeUpDigiCert() {
  const file = new URL('../../../../src/callback/roots/digicert-global-root-g2.pem', import.meta.url)
  const { raw } = new X509Certificate(readFileSync(file))
  if (!raw.includes(digiCert)) throw new Error('The root that ships has another name.')
  const { extensions, notBefore, notAfter, serialNumber: serial } = readCertificate(raw)
  const id = Buffer.from(extensions.subjectKeyId ?? '', 'hex')
  const same = { subject: digiCert, keys: strangerKeys, serial, notBefore, notAfter }
  const root = authority({ ...same, extensions: { ski: subjectKeyId(id), aki: undefined } })
  const issuer = authorityWith('issuing', { issuer: root, extensions: { aki: authorityKeyId(id), aia: issuerUrls(digiCertUrl) } })
  return { root, issuer, signer: signerOf(issuer) }
}

/** The same certificates are refused with the roots that ship and accepted by whoever has made the made-up root his own. */
async function madeUpRoot(t: Test): Promise<void> {
  const { root, issuer, signer } = madeUpDigiCert()
  const fetched = { ...fromBoth, 'cacerts.digicert.com': 1 }
  for (const [what, env, downloads] of [
    ['with the roots that ship', { CALLBACK_ROOTS: '' }, fetched],
    ['the made-up one at hand', { CALLBACK_ROOTS: '', CALLBACK_INTERMEDIATES: pem(issuer.der) + pem(root.der) }, fromStore],
    ['with a root of our own', {}, fetched],
    ['by whoever trusts it', { CALLBACK_ROOTS: pem(root.der) }, undefined]
  ] as const) {
    const stage = await hostileStage(t, { env })
    offer(stage, signer)
    publish(stage, issuer)
    stage.issuers.serve(digiCertUrl, root.der)
    if (downloads === undefined) await stage.accepts(t, stage.valid({ signer }), what)
    else await stage.refuses(t, stage.valid({ signer }), { what, status: 401, code: 'CERTIFICATE_CHAIN_UNTRUSTED', downloads })
  }
}

export const rootCases: HostileCase[] = [
  {
    subject: 'a signer that signed his certificate himself',
    variants: [
      offered('with an issuer that is himself', fromStore, () => {
        const keys = strangerKeys
        return { signer: signerWith({ keys, issuer: { name: signerSubject, keys }, extensions: { aia: undefined } }) }
      }),
      offered('with an issuer that is himself, and is to be had', fromBoth, () => {
        const keys = strangerKeys
        const url = `http://${issuerHost}/himself.crt`
        const signer = signerWith({ keys, issuer: { name: signerSubject, keys }, extensions: { aia: issuerUrls(url) } })
        return { signer, issuer: { ...signer, url } }
      }),
      offered('under the name of the genuine issuer', fromBoth, () => {
        const keys = strangerKeys
        return { signer: signerWith({ keys, issuer: { name: genuine.issuing.name, keys } }) }
      })
    ]
  },
  {
    subject: 'a root that nobody trusts',
    variants: [
      refusedIssuer('above an authority', 'CERTIFICATE_CHAIN_UNTRUSTED', name => ({
        issuer: authorityWith(name, { issuer: authority() })
      })),
      refusedIssuer('above the signer', 'CERTIFICATE_CHAIN_UNTRUSTED', name => {
        const keys = strangerKeys
        const subject = genuine.issuing.name
        return { issuer: authorityWith(name, { issuer: { name: subject, keys }, subject, keys }) }
      }),
      refusedIssuer('of the name of the pinned one', 'CERTIFICATE_CHAIN_UNTRUSTED', name => ({
        issuer: authorityWith(name, { issuer: authority({ subject: genuine.root.name }) })
      })),
      { what: 'of the name, the key identifier and the dates of DigiCert Global Root G2', story: madeUpRoot }
    ]
  },
  {
    subject: 'a lookalike of the genuine issuer',
    variants: [
      offered('by his name and key identifier, while he himself is to be had', fromBoth, () => ({
        signer: signerWith({ issuer: lookalike(), extensions: { aki: authorityKeyId(keyId(genuine.issuing.keys)) } })
      })),
      offered('by his name and key identifier, to be had himself', fromBoth, () => {
        const issuer = lookalike()
        return { issuer, signer: signerOf(issuer, { extensions: { aki: authorityKeyId(keyId(genuine.issuing.keys)) } }) }
      }),
      offered('by his name in other case', fromBoth, () => {
        const subject = nameOf(['C', printable('us')], ['O', 'Microsoft Corporation'], ['CN', 'TEST TLS G2 RSA CA OCSP 02'])
        const issuer = authorityWith('in other case', { subject, issuer: { name: genuine.root.name, keys: strangerKeys } })
        return { issuer, signer: signerOf(issuer) }
      }),
      offered("with one bit of the genuine certificate's signature turned", fromBoth, () => {
        const der = Buffer.from(genuine.signer.der)
        der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1
        return { signer: { ...genuine.signer, der } }
      }),
      offered("with the genuine certificate's key exchanged", fromBoth, () => {
        const keys = strangerKeys
        const spki = (of: Issued['keys']) => of.publicKey.export({ type: 'spki', format: 'der' })
        const der = Buffer.from(genuine.signer.der)
        der.set(spki(keys), der.indexOf(spki(genuine.signer.keys)))
        return { signer: { ...genuine.signer, keys, der } }
      })
    ]
  }
]
