import type { Request, Send } from './request.ts'
import type { Tokens } from './tokens.ts'

/** Sends with the token of the person who signed in, and once more with a new one when it is not accepted. */
export function authorized(send: Send, tokens: Tokens): Send {
  return async request => {
    if (!request.isAuthorized) return send(request)
    const { authorization } = await tokens.current()
    const answer = await send(withToken(request, authorization))
    if (answer.status !== 401 || typeof tokens.stored()?.refresh_token !== 'string') return answer
    const next = await tokens.current({ refused: authorization })
    return send(withToken(request, next.authorization))
  }
}

function withToken(request: Request, authorization: string): Request {
  const token = authorization.slice(authorization.indexOf(' ') + 1)
  return { ...request, headers: { ...request.headers, authorization }, secrets: [...(request.secrets ?? []), token] }
}
