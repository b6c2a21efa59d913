import { refusals } from './error.ts'

type Check = (value: unknown) => unknown

const text: Check = value => (value === null || typeof value === 'string' ? value : undefined)
const list: Check = value => (Array.isArray(value) && value.every(isRecord) ? value : undefined)
const entry: Check = value => (isRecord(value) ? value : undefined)
/** The documented sample sends a number as a string. */
const number: Check = value => {
  if (value === null) return null
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined
}
const flag: Check = value => (typeof value === 'boolean' ? value : value === 'true' ? true : value === 'false' ? false : undefined)
const instant: Check = value => {
  if (value === null) return null
  const time = typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace('.000Z', 'Z')
}

/** A part as a whole: each value in it as if it were sent alone. Whether Partner Center takes that is not documented; the RFC asks for it. */
const whole =
  (path: string): Check =>
  value => {
    if (!isRecord(value)) return undefined
    const stored = Object.entries(value).map(([name, each]) => [name, checkOf(`${path}/${name}`)?.(each)] as const)
    return stored.some(([, each]) => each === undefined) ? undefined : Object.fromEntries(stored)
  }

/** What may be patched, and the value that is stored for the one that is sent. Source: the paths in the official connector's definition. */
const paths: [path: RegExp, check: Check][] = [
  [/^\/(campaignId|externalReferenceId|referralProgram|salesStage|status|substatus|statusReason)$/, text],
  [/^\/details$/, whole('/details')],
  [/^\/consent$/, whole('/consent')],
  [/^\/details\/(currency|notes)$/, text],
  [/^\/details\/dealValue$/, number],
  [/^\/details\/closingDateTime$/, instant],
  [/^\/details\/requirements\/solutions$/, list],
  [/^\/details\/requirements\/solutions\/-$/, entry],
  [/^\/consent\/consentToShareReferralWithMicrosoftSellers$/, flag],
  [/^(\/customerProfile)?\/team$/, list],
  [/^(\/customerProfile)?\/team\/-$/, entry],
  [/^\/registrations\/-$/, entry],
  [/^\/registrations\/0\/contract\/(startDateTime|endDateTime|signDateTime)$/, instant],
  [/^\/registrations\/0\/contract\/(term|value)$/, value => number(value) ?? text(value)],
  [/^\/registrations\/0\/solutionDetails\/0\/value$/, number],
  [/^\/registrations\/0\/solutionDetails\/0\/isDeployedOnAzure$/, flag],
  [/^\/registrations\/0\/solutionDetails\/0\/(currency|primaryDeploymentOn|pricingModel)$/, text],
  [/^\/registrations\/0\/solutionDetails\/0\/marketplaceTransactionDetails\/\w+$/, value => flag(value) ?? number(value) ?? text(value)]
]

const checkOf = (path: unknown): Check | undefined => paths.find(([allowed]) => typeof path === 'string' && allowed.test(path))?.[1]

/**
 * The referral after a JSON Patch (RFC 6902), of which Partner Center takes `add` and `replace` for some paths.
 * @throws a 400 that says which operation cannot be carried out; nothing is changed then
 */
export function patched<T extends object>(referral: T, operations: unknown): T {
  if (!Array.isArray(operations) || operations.length === 0) throw refusals.invalid('The body must be an array of patch operations.')
  const result = structuredClone(referral)
  for (const operation of operations) apply(result as Record<string, unknown>, operation)
  return result
}

function apply(referral: Record<string, unknown>, operation: unknown): void {
  const { op, path, value } = isRecord(operation) ? operation : {}
  if (op !== 'add' && op !== 'replace') throw refusals.invalid(`The operation '${op}' is not supported; use add or replace.`, 'op')
  const check = checkOf(path)
  if (check === undefined) throw refusals.invalid(`The path '${path}' cannot be changed.`, 'path')
  const stored = check(value)
  if (stored === undefined) throw refusals.invalid(`The value for '${path}' has the wrong type.`, String(path))
  checkConsent(referral, String(path), stored)

  if ((path === '/details' || path === '/consent') && isRecord(referral[path.slice(1)]))
    throw refusals.invalid(`'${path}' is there already; change what is in it.`, path)

  const steps = String(path).slice(1).split('/')
  const last = steps.pop() ?? ''
  const parent = steps.reduce<unknown>((place, step) => (isPlace(place) ? place[step] : undefined), referral)
  if (last === '-' && op === 'add' && Array.isArray(parent)) parent.push(stored)
  else if (last !== '-' && isRecord(parent)) parent[last] = stored
  else throw refusals.invalid(`The target of '${path}' does not exist.`, String(path))
}

/** What Microsoft's sellers have seen cannot be hidden again. Source: learn.microsoft.com/partner-center/referrals/connector-dynamics. */
function checkConsent(referral: Record<string, unknown>, path: string, value: unknown): void {
  const { consent } = referral
  const isShared = isRecord(consent) && consent.consentToShareReferralWithMicrosoftSellers === true
  if (path.startsWith('/consent/') && value === false && isShared) {
    throw refusals.invalid('A referral that is shared with Microsoft sellers cannot be hidden from them again.', path)
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isPlace = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
