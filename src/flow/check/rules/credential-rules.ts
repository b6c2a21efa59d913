import type { PlacedAction } from '../../flow-definition.ts'
import { property, textAt } from '../../json.ts'
import { type FlowView, isCall, literalText } from '../flow-view.ts'
import { hostOf, piecesOf } from '../origin.ts'
import { asksForToken, bodyText, credentialHeader, isHttp, isSecured } from '../requests.ts'
import type { Hit, Rule } from '../rule.ts'

const requests = (view: FlowView): PlacedAction[] => view.actions.filter(isHttp)

function passwordGrants(view: FlowView): Hit[] {
  return view.actions
    .filter(placed => /grant_type["\s]*[=:]["\s]*password/i.test(bodyText(placed)))
    .map(({ name, at }) => ({ at: `${at}/inputs/body`, message: `«${name}» signs in with a user's name and password.` }))
}

/** For whom a token is asked: the host in `resource` or `scope` of the request for it. */
function audience(placed: PlacedAction, view: FlowView) {
  const { inputs = null } = placed.action
  const body = property(inputs, 'body')
  const form = typeof body === 'string' ? body : undefined
  const inForm = form && /(?:^|[&\s])(?:resource|scope)=(?!openid)([^&]*)/i.exec(form)?.[1]
  const value = inForm ?? textAt(body, 'resource') ?? textAt(body, 'scope')
  return value === undefined ? undefined : hostOf(decoded(value.trim()), view)
}

function decoded(value: string): string {
  try {
    return value.includes('@') ? value : decodeURIComponent(value)
  } catch {
    return value
  }
}

/** The actions whose answers a value is made of, the ones that parse them left out. */
function sourcesOf(value: string, view: FlowView): string[] {
  return piecesOf(value, view).flatMap(piece => (piece.from === 'action' ? [piece.name] : []))
}

function triggerChoosesHost(view: FlowView): Hit[] {
  const sent = requests(view).flatMap(placed => {
    const { name, action, at } = placed
    const hasCredential = credentialHeader(placed) !== undefined || property(action.inputs, 'authentication') !== undefined
    return hasCredential && hostOf(property(action.inputs, 'uri'), view).from === 'trigger'
      ? [{ at: `${at}/inputs/uri`, message: `«${name}» sends a credential to a host that the caller of the trigger names.` }]
      : []
  })
  const asked = requests(view).flatMap(placed =>
    asksForToken(placed) && audience(placed, view)?.from === 'trigger'
      ? [{ at: `${placed.at}/inputs/body`, message: `«${placed.name}» asks for a token for a host that the caller of the trigger names.` }]
      : []
  )
  return [...sent, ...asked]
}

/** A token that was asked for one host and is sent to another. */
function otherHosts(view: FlowView): Hit[] {
  return requests(view).flatMap(placed => {
    const header = credentialHeader(placed)
    if (!header) return []
    const issuers = sourcesOf(header.value, view).flatMap(name => {
      const issuer = view.byName.get(name)
      return issuer && asksForToken(issuer) ? [issuer] : []
    })
    const host = hostOf(property(placed.action.inputs, 'uri'), view)
    return issuers.flatMap(issuer => {
      const wanted = audience(issuer, view)
      if (!wanted || host.from !== 'text' || wanted.from === 'elsewhere' || wanted.from === 'action') return []
      if (wanted.from === 'text' && isSameHost(wanted.text, host.text)) return []
      const message = `«${placed.name}» sends the token of «${issuer.name}» to ${host.text}, which it was not asked for.`
      return [{ at: `${placed.at}/inputs/uri`, message }]
    })
  })
}

const isSameHost = (audience: string, host: string): boolean =>
  audience === host || audience.split('.').slice(-2).join('.') === host.split('.').slice(-2).join('.')

function tokenBeforeValidation(view: FlowView): Hit[] {
  const triggerIsOpen = Object.values(view.flow.definition.triggers).some(({ type }) => type.toLowerCase() === 'request')
  return triggerIsOpen ? tokensBefore(view) : []
}

/** What the validation needs is not known to stand before the token: a forged call should cost nothing and learn nothing. */
function tokensBefore(view: FlowView): Hit[] {
  const validation = view.actions.find(
    placed => isHttp(placed) && /x-ms-signature|validate-?callback/i.test(JSON.stringify(placed.action.inputs ?? null))
  )
  const token =
    validation &&
    sourcesOf(credentialHeader(validation)?.value ?? '', view)
      .map(name => view.byName.get(name))
      .find(found => found && asksForToken(found))
  return token && validation
    ? [{ at: token.at, message: `«${token.name}» signs in before «${validation.name}» has said whether the call is genuine.` }]
    : []
}

const secretName = /(password|passwort|secret|api[-_ ]?key|access[-_ ]?key|client[-_ ]?key|token)$/i

/** The names of variables that stand for a password or secret in the body of a request for a token. */
function secretVariables(view: FlowView): Set<string> {
  const used = requests(view).flatMap(placed =>
    [...bodyText(placed).matchAll(/(?:password|client_secret|refresh_token)=@\{variables\('([^']*)'\)\}/gi)].map(([, name = '']) => name)
  )
  return new Set(used)
}

function plainSecrets(view: FlowView): Hit[] {
  const used = secretVariables(view)
  const variables = view.assignments.flatMap(({ name, value, by, at }) => {
    const isSecret = used.has(name) || secretName.test(name)
    const isWritten = typeof value === 'string' && value !== '' && !value.includes('@{') && !value.startsWith('@')
    return isSecret && isWritten && !isSecured(by, 'inputs')
      ? [{ at, message: `The secret «${name}» stands in a variable, which every run shows in its history.` }]
      : []
  })
  const written = view.actions.flatMap(placed => {
    const header = credentialHeader(placed)
    const isLiteral = header !== undefined && !header.value.includes('@')
    const inBody = /(client_secret|password|refresh_token)=[^@&\s][^&]*/i.test(bodyText(placed))
    const inAddress = /[?&](sig|code|key|api[-_]?key|token|access_token)=[^@&#]/i.test(textAt(placed.action.inputs, 'uri') ?? '')
    return (isLiteral || inBody || inAddress) && !isSecured(placed, 'inputs')
      ? [{ at: `${placed.at}/inputs`, message: `«${placed.name}» has a secret written in it, which every run shows in its history.` }]
      : []
  })
  const parameters = Object.entries(view.flow.parameters).flatMap(([name, { type = '', defaultValue }]) =>
    secretName.test(name) && typeof defaultValue === 'string' && defaultValue !== '' && !/^secure/i.test(type)
      ? [{ at: `#/parameters/${name}`, message: `The secret «${name}» is a parameter that anybody can read.` }]
      : []
  )
  return [...variables, ...written, ...parameters]
}

/** Tokens and credentials in the history of a run. Whoever reads a secured action's outputs hides what it was given by itself. */
function shownCredentials(view: FlowView): Hit[] {
  return view.actions.flatMap(placed => {
    const { name, at, action } = placed
    const header = credentialHeader(placed)
    const isGrant = asksForToken(placed)
    const isParsedToken =
      action.type.toLowerCase() === 'parsejson' &&
      sourcesOf(textAt(action.inputs, 'content') ?? '', view).some(source => isIssuer(source, view))
    const shown = (which: 'inputs' | 'outputs', what: string): Hit => ({
      at,
      message: `The history shows ${what} of «${name}» (${which}).`
    })
    const inherits = header !== undefined && readsSecured(header.value, view)
    return [
      ...((header && !inherits) || isGrant ? [shown('inputs', isGrant ? 'the credentials' : 'the token or key')] : []).filter(
        () => !isSecured(placed, 'inputs')
      ),
      ...(isGrant || isParsedToken ? [shown('outputs', 'the token')] : []).filter(() => !isSecured(placed, 'outputs'))
    ]
  })
}

function isIssuer(name: string, view: FlowView): boolean {
  const found = view.byName.get(name)
  return found !== undefined && asksForToken(found)
}

function readsSecured(text: string, view: FlowView): boolean {
  return view.calls.some(({ expression, place }) => {
    if (place.text !== text || !isCall(expression, 'body', 'outputs')) return false
    const source = view.byName.get(literalText(expression.args[0]) ?? '')
    return source !== undefined && isSecured(source, 'outputs')
  })
}

/** Who may know a secret, and to whom it goes. */
export const credentialRules: readonly Rule[] = [
  {
    name: 'PasswordGrant',
    level: 'error',
    advice: 'Use a connection, a certificate or a refresh token: a user with multi-factor authentication cannot sign in like this.',
    find: passwordGrants
  },
  {
    name: 'HostFromTrigger',
    level: 'error',
    advice: 'Write the host into the flow, and take from the trigger an id only: whoever can call it would get the credential.',
    find: triggerChoosesHost
  },
  {
    name: 'TokenToOtherHost',
    level: 'error',
    advice: 'Send a token only to the system that it was asked for; give others a credential of their own.',
    find: otherHosts
  },
  {
    name: 'TokenBeforeValidation',
    level: 'warning',
    advice: 'Validate first, without a token of another system, and sign in afterwards.',
    find: tokenBeforeValidation
  },
  {
    name: 'PlainSecret',
    level: 'error',
    advice:
      'Keep secrets in a connection or in Azure Key Vault; where one must stand in the flow, in an action with secure inputs and outputs.',
    find: plainSecrets
  },
  {
    name: 'CredentialInHistory',
    level: 'warning',
    advice: 'Turn on secure inputs, and secure outputs where the answer is secret, in the settings of the action.',
    find: shownCredentials
  }
]
