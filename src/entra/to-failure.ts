import { AuthError, InteractionRequiredAuthError, ServerError } from '@azure/msal-node'
import { Failure, type FailureCode } from '../failure.ts'

/** What the commonest AADSTS numbers mean. Source: learn.microsoft.com/entra/identity-platform/reference-error-codes */
const meanings: Record<string, string> = {
  '16000': 'the user has to choose an account',
  '50034': 'the user does not exist in this tenant',
  '50053': 'the user is locked',
  '50055': 'the password has expired',
  '50057': 'the user is disabled',
  '50076': 'multifactor authentication is required',
  '50079': 'the user has to set up multifactor authentication',
  '50126': 'the user name or password is wrong',
  '50158': 'a further authentication is required',
  '50173': 'the password was changed, which revoked the refresh token',
  '53003': 'a conditional access policy forbids the sign-in',
  '65001': 'nobody has consented to the application for this resource',
  '70008': 'the refresh token has expired',
  '70011': 'the scope is not valid',
  '700016': 'the application does not exist in this tenant',
  '700027': 'the certificate is not registered for the application',
  '700082': 'the refresh token has expired from not being used',
  '700084': 'the refresh token has reached the end of its lifetime',
  '7000215': 'the client secret is wrong',
  '7000222': 'the client secret has expired',
  '90002': 'the tenant does not exist'
}

/** Entra ID says invalid_grant for these too, but a new refresh token would not help. */
const notAboutTheToken = new Set(['50034', '50053', '50055', '50057', '50126', '65001', '700016'])

/**
 * The Failure for whatever MSAL threw. Names the audience, the AADSTS number and what it means; never the description, which may name users.
 * `audience`: the resource that the token was for.
 */
export function signInFailure(error: unknown, audience: string): Failure {
  if (error instanceof Failure) return error
  if (!(error instanceof AuthError)) {
    return new Failure('INTERNAL', `The sign-in for ${audience} failed in an unexpected way.`, { cause: error })
  }
  if ('failure' in error && error.failure instanceof Failure) return error.failure
  const number = numberOf(error)
  const code = codeOf(error, number)
  const meaning = meanings[number ?? '']
  const said = number ? `AADSTS${number}${meaning ? `: ${meaning}` : ''}` : /^[a-z0-9_]{1,60}$/.exec(error.errorCode)?.[0]
  return new Failure(code, `${sentences[code]} ${audience}${said ? ` (${said})` : ''}.`, { cause: error })
}

const sentences: Partial<Record<FailureCode, string>> = {
  SIGN_IN_EXPIRED: 'Entra ID no longer accepts the stored sign-in for',
  SIGN_IN_REFUSED: 'Entra ID refused the sign-in for',
  SIGN_IN_UNREACHABLE: 'Entra ID gave no usable answer to the sign-in for'
}

function codeOf(error: AuthError, number: string | undefined): 'SIGN_IN_EXPIRED' | 'SIGN_IN_REFUSED' | 'SIGN_IN_UNREACHABLE' {
  const { errorCode } = error
  if (['network_error', 'token_parsing_error', 'temporarily_unavailable', 'endpoints_resolution_error'].includes(errorCode))
    return 'SIGN_IN_UNREACHABLE'
  // The instance metadata service of an Azure machine answers 404 and 410 while it is being updated.
  // Source: learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token, error handling
  if (error instanceof ServerError && (error.status === 404 || error.status === 410)) return 'SIGN_IN_UNREACHABLE'
  if (number !== undefined && notAboutTheToken.has(number)) return 'SIGN_IN_REFUSED'
  if (errorCode === 'invalid_grant' || error instanceof InteractionRequiredAuthError)
    return errorCode === 'consent_required' ? 'SIGN_IN_REFUSED' : 'SIGN_IN_EXPIRED'
  return 'SIGN_IN_REFUSED'
}

/** The AADSTS number, which MSAL knows apart or leaves in the description. */
function numberOf(error: AuthError): string | undefined {
  const apart = 'errorNo' in error ? String(error.errorNo ?? '') : ''
  return /^\d+$/.test(apart) ? apart : /AADSTS(\d{3,9})/.exec(error.errorMessage)?.[1]
}
