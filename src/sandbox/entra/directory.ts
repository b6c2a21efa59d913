import { randomBytes, randomUUID, X509Certificate } from 'node:crypto'

/** Somebody who can sign in. */
export interface SandboxUser {
  username: string
  password: string
  /** Whether a password alone is not enough, as it has been for partners since 2026. */
  needsMfa?: boolean
}

/** An app registration with its service principal. */
export interface Application {
  clientId: string
  /** Of the service principal; the `oid` of its tokens. */
  objectId: string
  secret?: string
  isSecretExpired: boolean
  /** «Allow public client flows»: users may sign in through it without the application's own credential. */
  isPublic: boolean
  certificates: X509Certificate[]
  /** Its application permissions, by resource. */
  roles: Record<string, string[]>
}

export interface RefreshToken {
  token: string
  clientId: string
  username: string
  objectId: string
  amr: string[]
  issuedAt: Date
  state: 'live' | 'expired' | 'revoked'
  /** How often it was redeemed; every redemption gives a successor. */
  redemptions: number
}

/** One tenant: its applications, its users, and the refresh tokens that are about. */
export interface Directory {
  tenantId: string
  tenantDomain: string
  isTenant(name: string): boolean
  register(application?: {
    clientId?: string
    secret?: string
    isPublic?: boolean
    certificatePem?: string
    roles?: Record<string, string[]>
  }): Application
  application(clientId: string): Application | undefined
  users: SandboxUser[]
  user(username: string): SandboxUser | undefined
  objectIdOf(username: string): string
  issueRefreshToken(of: { clientId: string; username: string; amr: string[] }): RefreshToken
  refreshTokens: RefreshToken[]
}

export function entraDirectory({ users, now }: { users: SandboxUser[]; now: () => Date }): Directory {
  const applications = new Map<string, Application>()
  const objectIds = new Map<string, string>()
  const refreshTokens: RefreshToken[] = []
  const tenantId = randomUUID()
  const tenantDomain = 'contoso-partner.onmicrosoft.com'
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

  const directory: Directory = {
    tenantId,
    tenantDomain,
    isTenant: name => same(name, tenantId) || same(name, tenantDomain),
    register({ clientId = randomUUID(), secret, isPublic = false, certificatePem, roles = {} } = {}) {
      const certificates = certificatePem === undefined ? [] : [new X509Certificate(certificatePem)]
      const application = {
        clientId,
        objectId: randomUUID(),
        isSecretExpired: false,
        isPublic,
        certificates,
        roles,
        ...(secret !== undefined && { secret })
      }
      applications.set(clientId.toLowerCase(), application)
      return application
    },
    application: clientId => applications.get(clientId.toLowerCase()),
    users,
    user: username => users.find(user => same(user.username, username)),
    objectIdOf(username) {
      const known = objectIds.get(username.toLowerCase()) ?? randomUUID()
      objectIds.set(username.toLowerCase(), known)
      return known
    },
    issueRefreshToken({ clientId, username, amr }) {
      const refreshToken: RefreshToken = {
        token: `1.${randomBytes(48).toString('base64url')}`,
        clientId,
        username,
        objectId: directory.objectIdOf(username),
        amr,
        issuedAt: now(),
        state: 'live',
        redemptions: 0
      }
      refreshTokens.push(refreshToken)
      return refreshToken
    },
    refreshTokens
  }
  return directory
}
