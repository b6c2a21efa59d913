import { createHash, generateKeyPair, type JsonWebKey, randomUUID, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'

/** The payload of an access token; see learn.microsoft.com/entra/identity-platform/access-token-claims-reference. */
export interface Claims {
  aud: string
  iss: string
  tid: string
  oid: string
  iat: number
  nbf: number
  exp: number
  ver: '1.0' | '2.0'
  idtyp?: 'app' | 'user'
  /** The application in tokens of version 1.0; in 2.0 it is `azp`. */
  appid?: string
  azp?: string
  roles?: string[]
  /** How the user signed in, for example pwd and mfa. */
  amr?: string[]
  upn?: string
  scp?: string
  [claim: string]: unknown
}

/** What a system may know of a token that it was sent. */
export interface CheckedToken {
  audience: string
  /** Undefined for a token of the application alone. */
  user: string | undefined
  /** Whether the user signed in with a second factor. */
  mfa: boolean
  appId: string
  objectId: string
  roles: string[]
  claims: Claims
}

export interface TokenIssuer {
  jwks: { keys: JsonWebKey[] }
  sign(claims: object): string
  /** The claims of a token of ours that is valid now. */
  check(token: string): CheckedToken | undefined
}

/** Signs with a key of its own, and knows its tokens again. */
export async function tokenIssuer(options: { tenantId: string; now: () => Date }): Promise<TokenIssuer> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const jwk = publicKey.export({ format: 'jwk' })
  const kid = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url').slice(0, 27)

  return {
    jwks: { keys: [{ ...jwk, kty: 'RSA', use: 'sig', alg: 'RS256', kid, x5t: kid }] },
    sign(claims) {
      const input = `${encode({ typ: 'JWT', alg: 'RS256', kid, x5t: kid })}.${encode(claims)}`
      return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
    },
    check(token) {
      const jwt = readJwt(token)
      const seconds = options.now().getTime() / 1000
      if (jwt?.header.alg !== 'RS256' || !verify('sha256', jwt.input, publicKey, jwt.signature)) return undefined
      const claims = jwt.payload as Claims
      if (claims.tid !== options.tenantId || claims.nbf > seconds + 300 || claims.exp <= seconds) return undefined
      return {
        audience: claims.aud,
        user: claims.idtyp === 'user' ? claims.upn : undefined,
        mfa: claims.amr?.includes('mfa') ?? false,
        appId: claims.appid ?? claims.azp ?? '',
        objectId: claims.oid,
        roles: claims.roles ?? [],
        claims
      }
    }
  }
}

/**
 * The claims that every token has. A resource named by a URI gets a token of version 1.0, whose audience is that URI; one named by its
 * client id gets version 2.0.
 */
export function baseClaims(options: { tenantId: string; appId: string; audience: string; lifetimeSeconds: number; now: Date }) {
  const { tenantId, appId, audience, lifetimeSeconds, now } = options
  const iat = Math.floor(now.getTime() / 1000)
  const times = { iat, nbf: iat, exp: iat + lifetimeSeconds }
  const shared = { aud: audience, tid: tenantId, uti: randomUUID().replaceAll('-', '').slice(0, 22), ...times }
  return isGuid(audience)
    ? ({ ...shared, iss: `https://login.microsoftonline.com/${tenantId}/v2.0`, azp: appId, azpacr: '1', ver: '2.0' } as const)
    : ({ ...shared, iss: `https://sts.windows.net/${tenantId}/`, appid: appId, appidacr: '1', ver: '1.0' } as const)
}

export interface Jwt {
  header: Record<string, unknown>
  payload: Record<string, unknown>
  /** The bytes that are signed. */
  input: Buffer
  signature: Buffer
}

/** The parts of a compact JWT, nothing checked. */
export function readJwt(token: string): Jwt | undefined {
  const [header = '', payload = '', signature = '', ...more] = token.split('.')
  try {
    const parts = [header, payload].map(part => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>)
    const [head, body] = parts
    if (more.length > 0 || typeof head !== 'object' || typeof body !== 'object') return undefined
    return { header: head, payload: body, input: Buffer.from(`${header}.${payload}`), signature: Buffer.from(signature, 'base64url') }
  } catch {
    return undefined
  }
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

export const isGuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
