export interface ApiKey {
  id: string
  name: string
  createdAt: Date
  revokedAt?: Date
}

export interface Revoked {
  /** False when it had been revoked before, or when there is no such key. */
  isRevoked: boolean
  /** How many subscriptions of the key there were: they are ended, or kept. */
  subscriptions: number
}

export interface ApiKeys {
  /** Makes a key; the answer holds its only copy. */
  create(name: string): Promise<{ key: string } & ApiKey>
  list(): Promise<ApiKey[]>
  /** Revokes the key and ends its subscriptions, both or neither; those of a key that was revoked before, too. */
  revoke(id: string, options?: { keepSubscriptions?: boolean }): Promise<Revoked>
  /** The key's record when it is known and not revoked. */
  verify(key: string): Promise<ApiKey | undefined>
}
