import { constants, type KeyObject, verify } from 'node:crypto'
import type { Application, Directory } from './directory.ts'
import { EntraError } from './error.ts'
import { type Jwt, readJwt } from './tokens.ts'

export type Form = Record<string, string | undefined>

/**
 * Which application asks, and that it is really it: by secret, or by a JWT signed with the key of a registered certificate.
 * Source: learn.microsoft.com/entra/identity-platform/certificate-credentials
 * @throws EntraError
 */
export function authenticate(form: Form, { directory, now }: { directory: Directory; now: Date }): Application {
  const { client_id: clientId, client_secret: secret, client_assertion: assertion, grant_type: grantType } = form
  if (!clientId) throw new EntraError(900144, 'client_id')
  const application = directory.application(clientId)
  if (!application) throw new EntraError(700016, clientId)
  if (assertion !== undefined) checkAssertion(assertion, application, { directory, now })
  else if (secret !== undefined) {
    if (secret !== application.secret) throw new EntraError(7000215, clientId)
    if (application.isSecretExpired) throw new EntraError(7000222, clientId)
  } else if (!application.isPublic || grantType === 'client_credentials') throw new EntraError(7000218)
  return application
}

function checkAssertion(assertion: string, application: Application, { directory, now }: { directory: Directory; now: Date }): void {
  const jwt = readJwt(assertion)
  if (!jwt) throw new EntraError(50027)
  const { payload } = jwt
  const key = keyOf(jwt, application)
  if (!key || !isSigned(jwt, key)) throw new EntraError(700027, application.clientId)
  if (payload.iss !== application.clientId || payload.sub !== application.clientId) throw new EntraError(700021)
  const audience =
    typeof payload.aud === 'string' ? /^https?:\/\/[^/]+\/([^/]+)\/(?:oauth2\/)?v2\.0(?:\/token)?$/.exec(payload.aud)?.[1] : ''
  if (!directory.isTenant(audience ?? '')) throw new EntraError(700023, 'https://aka.ms/aadcertcredentials')
  const seconds = now.getTime() / 1000
  const { exp, nbf = 0 } = payload
  // Entra ID allows five minutes for clocks that differ.
  if (typeof exp !== 'number' || typeof nbf !== 'number' || exp + 300 < seconds || nbf - 300 > seconds) throw new EntraError(700024)
}

/** The registered certificate that the header names by its thumbprint, SHA-256 or the older SHA-1. */
function keyOf({ header }: Jwt, { certificates }: Application): KeyObject | undefined {
  const named = (fingerprint: string) => Buffer.from(fingerprint.replaceAll(':', ''), 'hex').toString('base64url')
  return certificates.find(({ fingerprint, fingerprint256 }) =>
    header['x5t#S256'] === undefined ? header.x5t === named(fingerprint) : header['x5t#S256'] === named(fingerprint256)
  )?.publicKey
}

function isSigned({ header: { alg }, input, signature }: Jwt, key: KeyObject): boolean {
  if (alg === 'RS256') return verify('sha256', input, key, signature)
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return alg === 'PS256' && verify('sha256', input, pss, signature)
}
