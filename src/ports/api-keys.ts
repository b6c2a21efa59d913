import type { Scope } from '../schemas/caller.ts'

export interface ApiKey {
  id: string
  name: string
  scope: Scope
  createdAt: Date
  /** When it last got a new secret. */
  rotatedAt?: Date
  /** Until when the secret from before the rotation is good as well. */
  oldSecretEndsAt?: Date
  /** When the old secret was last used since the rotation; at most an hour behind. */
  oldSecretUsedAt?: Date
  /** When it was last used; at most an hour behind. */
  usedAt?: Date
  revokedAt?: Date
}

/** A key with its text, of which this is the only copy. */
export type ShownApiKey = { key: string } & ApiKey

export interface Revoked {
  /** False when it had been revoked before, or when there is no such key. */
  isRevoked: boolean
  /** How many subscriptions of the key there were: they are ended, or kept. */
  subscriptions: number
}

export interface ApiKeys {
  /** Makes a key, with the scope `write` unless told. */
  create(name: string, options?: { scope?: Scope }): Promise<ShownApiKey>
  list(): Promise<ApiKey[]>
  /**
   * Gives the key a new secret. The present one goes on for `graceMs`, the one before it ends at once. Undefined when there is no such key,
   * or when it is revoked.
   */
  rotate(id: string, options: { graceMs: number }): Promise<ShownApiKey | undefined>
  /** Changes what the key may do, from its next request on. Undefined when there is no such key, or when it is revoked. */
  setScope(id: string, scope: Scope): Promise<ApiKey | undefined>
  /** Revokes the key, whichever of its secrets is used, and ends its subscriptions, both or neither; those of a key that was revoked before, too. */
  revoke(id: string, options?: { keepSubscriptions?: boolean }): Promise<Revoked>
  /** The key's record when it is known and not revoked. */
  verify(key: string): Promise<ApiKey | undefined>
}
