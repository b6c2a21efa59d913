import type { FlowTrigger } from '../../../flow/flow-definition.ts'
import { textAt } from '../../../flow/json.ts'
import type { CheckedToken } from '../../entra/tokens.ts'

export interface Refusal {
  status: number
  code: string
  message: string
}

interface Caller {
  authorization: string | undefined
  /** Whether the URL had the trigger's signature. */
  isSigned: boolean
}

/** Tokens for flows are meant for this audience. Source: learn.microsoft.com/power-automate/oauth-authentication */
const audience = 'https://service.flow.microsoft.com'

/**
 * Whether a caller may start a flow by its Request trigger. «Anyone» (All) is let in by the signature in the URL, and then there must be no
 * Authorization beside it; «Any user in my tenant» (Tenant, also when nothing is said) and «Specific users» (User) by a token.
 * Sources: learn.microsoft.com/power-automate/oauth-authentication; learn.microsoft.com/azure/logic-apps/logic-apps-securing-a-logic-app, «inbound calls»
 */
export function admitCaller(
  { inputs }: FlowTrigger,
  { authorization, isSigned }: Caller,
  checkToken: (token: string) => CheckedToken | undefined
): Refusal | undefined {
  const who = textAt(inputs, 'triggerAuthenticationType') ?? 'Tenant'
  if (who === 'All') {
    if (!isSigned) return refusal('DirectApiAuthorizationRequired', 'The request must be authenticated by a shared access signature.')
    if (authorization === undefined) return undefined
    const message = `The request has both SAS authentication scheme and '${authorization.split(' ')[0]}' authorization scheme. Only one scheme should be used.`
    return refusal('DirectApiRequestHasMoreThanOneAuthorization', message)
  }
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined)
    return refusal('DirectApiAuthorizationRequired', 'The request must be authenticated by a token of a user of the tenant.')
  const checked = checkToken(token)
  if (checked?.audience.replace(/\/$/, '') !== audience || checked.user === undefined)
    return refusal('MisMatchingOAuthClaims', 'One or more claims in the token do not match what the trigger allows.')
  if (who !== 'User') return undefined
  const allowed = (textAt(inputs, 'triggerAllowedUsers') ?? '').split(/[;,]/).map(name => name.trim().toLowerCase())
  const isAllowed = [checked.user, checked.objectId].some(name => allowed.includes(name.toLowerCase()))
  return isAllowed ? undefined : refusal('MisMatchingOAuthClaims', 'The user is none of those that the trigger allows.')
}

const refusal = (code: string, message: string): Refusal => ({ status: 401, code, message })
