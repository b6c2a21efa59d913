import { request } from 'undici'

/** Access tokens of an application for one resource, by its secret, asked for again a little before the last one ends. */
export function appToken(options: {
  /** Where tenants' token endpoints are. */
  authority: string
  tenantId: string
  clientId: string
  clientSecret: string
  resource: string
  now: () => Date
}): () => Promise<string> {
  const { authority, tenantId, clientId, clientSecret, resource, now } = options
  let held: { token: string; until: number } | undefined

  return async () => {
    if (held && now().getTime() < held.until) return held.token
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope: `${resource}/.default` }
    const answer = await request(`${authority}/${tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString()
    })
    const body = (await answer.body.json()) as { access_token?: string; expires_in?: number }
    if (answer.statusCode !== 200 || body.access_token === undefined)
      throw new Error(`The sign-in for the connection was answered ${answer.statusCode}.`)
    held = { token: body.access_token, until: now().getTime() + ((body.expires_in ?? 0) - 300) * 1000 }
    return held.token
  }
}
