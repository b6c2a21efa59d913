import { createPrivateKey, X509Certificate } from 'node:crypto'
import { Failure } from '../failure.ts'

/** In the form MSAL takes: the key as PKCS #8 PEM, the thumbprint as hex. */
export interface ClientCertificate {
  privateKey: string
  thumbprintSha256: string
}

/**
 * The client certificate in a PEM text that holds an unencrypted RSA key and its certificate, in any order; of several certificates the one
 * that belongs to the key.
 * @throws SIGN_IN_NOT_CONFIGURED
 */
export function clientCertificate(pem: string): ClientCertificate {
  const refused = (message: string, cause?: unknown) => new Failure('SIGN_IN_NOT_CONFIGURED', message, { cause })
  const keyBlock = /-----BEGIN ((?:RSA |ENCRYPTED )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/.exec(pem)?.[0]
  if (keyBlock === undefined) throw refused('The client certificate file holds no private key.')
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw refused('The client certificate file holds no certificate.')
  try {
    const key = createPrivateKey(keyBlock)
    if (key.asymmetricKeyType !== 'rsa') throw refused('Entra ID takes client certificates with an RSA key only.')
    const certificate = blocks.map(block => new X509Certificate(block)).find(candidate => candidate.checkPrivateKey(key))
    if (certificate === undefined) throw refused('The private key in the client certificate file belongs to none of its certificates.')
    return {
      privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      thumbprintSha256: certificate.fingerprint256.replaceAll(':', '')
    }
  } catch (error) {
    if (error instanceof Failure) throw error
    throw refused(
      'The client certificate file cannot be read: it takes an unencrypted private key and its certificate, both as PEM.',
      error
    )
  }
}
