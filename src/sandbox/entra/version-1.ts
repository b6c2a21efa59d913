import type { Form } from './credential.ts'

/**
 * A request to the token endpoint of version 1.0, which names a resource instead of a scope, in the form of version 2.0; a refresh token comes
 * with every user's token.
 * Source: learn.microsoft.com/previous-versions/azure/active-directory/azuread-dev, «v1-protocols-oauth-code» and «v1-oauth2-client-creds-grant-flow»
 */
export function formOfVersion2({ resource, ...form }: Form): Form {
  const scope = form.grant_type === 'client_credentials' ? `${resource}/.default` : `${resource}/.default offline_access`
  return { ...form, ...(resource !== undefined && { scope }) }
}

/** What version 2.0 answers, in the form of version 1.0: every value is a text. */
export function bodyOfVersion1(body: Record<string, unknown>, resource: string | undefined, now: Date): Record<string, string> {
  const { scope: _scope, client_info: _info, ...rest } = body
  const seconds = Math.floor(now.getTime() / 1000)
  const texts = Object.entries(rest).map(([name, value]) => [name, String(value)])
  return {
    ...Object.fromEntries(texts),
    ...(typeof body.scope === 'string' && { scope: 'user_impersonation' }),
    expires_on: String(seconds + Number(body.expires_in)),
    not_before: String(seconds),
    resource: resource ?? ''
  }
}
