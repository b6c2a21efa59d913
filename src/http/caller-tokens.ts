import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose'
import { Failure } from '../failure.ts'
import { allows, type Scope } from '../schemas/caller.ts'
import type { Caller } from './plugins/authenticate.ts'
import { tenantKeys } from './tenant-keys.ts'

/** How Entra ID tokens of callers are judged. */
export interface CallerTokens {
  /** The tenants whose tokens are let in, each with the issuers that they name and the address of the keys that they are signed with. */
  tenants: readonly { id: string; issuers: readonly string[]; jwksUrl: string }[]
  audience: readonly string[]
  /** What an application role, or a delegated scope of the same name, allows. */
  scopes: Readonly<Record<string, Scope>>
}

/** Never in an access token: learn.microsoft.com/entra/identity-platform/id-token-claims-reference. */
const idTokenClaims = ['nonce', 'c_hash', 'at_hash']

/**
 * Judges an access token of Entra ID: its tenant, the signature by a key of that tenant, that tenant's issuer, audience, dates, and what its
 * application roles or delegated scopes allow.
 * Source: learn.microsoft.com/entra/identity-platform/access-tokens, «Validate tokens», and claims-validation
 * @throws CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED, CALLER_FORBIDDEN, SIGN_IN_UNREACHABLE
 */
export function tokenVerifier(
  { tenants, audience, scopes }: CallerTokens,
  { now }: { now: () => Date }
): (token: string) => Promise<Caller> {
  const byId = new Map(tenants.map(({ id, issuers, jwksUrl }) => [id, { issuers: [...issuers], keys: tenantKeys({ url: jwksUrl, now }) }]))
  const granted = new Map(Object.entries(scopes))
  return async token => {
    // Only a choice among the configured ones: what is said here counts once the signature has proven it.
    const tenant = byId.get(tenantOf(token))
    if (!tenant) throw new Failure('CALLER_UNAUTHENTICATED', 'The token was not issued by a tenant whose callers are let in.')
    const { payload } = await jwtVerify(token, tenant.keys, {
      issuer: tenant.issuers,
      audience: [...audience],
      algorithms: ['RS256'],
      clockTolerance: 60,
      requiredClaims: ['exp', 'tid'],
      currentDate: now()
    }).catch(error => {
      throw tokenFailure(error)
    })
    // Entra ID writes a token for one audience. One for several would be good at each of them, and each could use it at the others.
    if (typeof payload.aud !== 'string') throw new Failure('CALLER_UNAUTHENTICATED', 'The token is for more than one audience.')
    if (idTokenClaims.some(name => name in payload))
      throw new Failure('CALLER_UNAUTHENTICATED', 'This is an ID token, which tells an application who signed in; send an access token.')
    const scope = scopeOf(payload, granted)
    if (scope === undefined)
      throw new Failure(
        'CALLER_FORBIDDEN',
        `The token has none of the roles and scopes of this service: ${[...granted.keys()].join(', ')}.`
      )
    const id = [payload.oid, payload.sub, payload.azp, payload.appid].find(claim => typeof claim === 'string' && claim !== '')
    if (id === undefined) throw new Failure('CALLER_UNAUTHENTICATED', 'The token does not say whose it is.')
    return { id: `entra:${id}`, name: String(id), scope }
  }
}

function tenantOf(token: string): string {
  try {
    const { tid } = decodeJwt(token)
    return typeof tid === 'string' ? tid.toLowerCase() : ''
  } catch (error) {
    throw tokenFailure(error)
  }
}

/**
 * A user's token has the scopes that the user's application was granted, and the roles that the user was: who acts for somebody may do what both
 * allow. Where only one of them is about this service, it decides.
 */
function scopeOf({ roles, scp }: JWTPayload, granted: ReadonlyMap<string, Scope>): Scope | undefined {
  const widest = (names: readonly unknown[]): Scope | undefined =>
    names
      .flatMap(name => (typeof name === 'string' ? (granted.get(name) ?? []) : []))
      .reduce<Scope | undefined>((best, next) => (best !== undefined && allows(best, next) ? best : next), undefined)
  const ofRoles = widest(Array.isArray(roles) ? roles : [])
  const ofScopes = widest(typeof scp === 'string' ? scp.split(' ') : [])
  if (ofRoles === undefined || ofScopes === undefined) return ofRoles ?? ofScopes
  return allows(ofRoles, ofScopes) ? ofScopes : ofRoles
}

/** What is not the fault of the token is one of its keys: a set that was downloaded but cannot be used. */
function tokenFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (!(error instanceof errors.JOSEError) || error instanceof errors.JWKSInvalid)
    return new Failure('SIGN_IN_UNREACHABLE', 'The keys of Entra ID cannot be used.', { cause: error })
  if (error instanceof errors.JWTExpired) return new Failure('CALLER_TOKEN_EXPIRED', 'The token has expired.', { cause: error })
  return new Failure('CALLER_UNAUTHENTICATED', 'The token is not valid for this service.', { cause: error })
}
