/** A caller that has an API key is known by this id, to the service and in what it stores. */
export const callerOfKey = (keyId: string): string => `key:${keyId}`

/** What a caller may do, each with all that comes before it. */
export const scopes = ['read', 'write', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** Whether somebody who was given `held` may do what asks for `needed`. */
export const allows = (held: Scope, needed: Scope): boolean => scopes.indexOf(held) >= scopes.indexOf(needed)
