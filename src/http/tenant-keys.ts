import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { Failure } from '../failure.ts'

/** A tenant of Entra ID has some ten keys of 2 kB. */
const limit = 256 * 1024
const hourMs = 60 * 60 * 1000
/** Keys are looked for anew twice a day, and those of yesterday are good while there are no others: learn.microsoft.com/entra/identity-platform/signing-key-rollover. */
const freshMs = 12 * hourMs
const keptMs = 36 * hourMs
/** Any token can name a key that nobody knows: they cause one look in this time, all together. */
const pauseMs = 30_000
/** While there is no key at all every caller is refused, so the next look comes sooner. */
const coldPauseMs = 5000

/**
 * The public keys that a tenant signs its tokens with, read when they are first needed. A key that is not among them is looked for again. While they
 * cannot be read, the known ones go on to serve. Where a token itself says its key is to be found (`jku`, `x5u`, `jwk`, `x5c`) is never looked at.
 * @throws SIGN_IN_UNREACHABLE when it cannot be told whether there is such a key, JOSEError when there is none
 */
export function tenantKeys({ url, now, timeoutMs = 5000 }: { url: string; now: () => Date; timeoutMs?: number }): JWTVerifyGetKey {
  let known: { find: JWTVerifyGetKey; at: number } | undefined
  let lastLook: { at: number; failure?: unknown } | undefined
  let look: Promise<void> | undefined

  const age = (since: { at: number } | undefined): number => (since === undefined ? Number.POSITIVE_INFINITY : now().getTime() - since.at)

  /** Looks once for all who wait, and not again before its pause is over. Never rejects. */
  function refresh(pause: number): Promise<void> {
    if (look === undefined && age(lastLook) >= pause) {
      const at = now().getTime()
      look = download(url, timeoutMs)
        .then(
          keys => {
            known = { find: createLocalJWKSet(keys), at }
            lastLook = { at }
          },
          (failure: unknown) => {
            lastLook = { at, failure }
          }
        )
        .finally(() => {
          look = undefined
        })
    }
    return look ?? Promise.resolve()
  }

  function unreachable(pause: number): Failure {
    const retryAfterMs = Math.max(1000, pause - age(lastLook))
    return new Failure('SIGN_IN_UNREACHABLE', 'The keys of Entra ID cannot be read at the moment.', {
      cause: lastLook?.failure,
      retryAfterMs
    })
  }

  return async (header, token) => {
    if (typeof header.kid !== 'string') throw new errors.JWSInvalid('The token does not say which key it is signed with.')
    if (age(known) >= keptMs) await refresh(coldPauseMs)
    else if (age(known) >= freshMs) void refresh(pauseMs)
    const before = known
    if (before === undefined || age(before) >= keptMs) throw unreachable(coldPauseMs)
    try {
      return await before.find(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      await refresh(pauseMs)
      if (known !== undefined && known !== before) return await known.find(header, token)
      throw lastLook?.failure === undefined ? error : unreachable(pauseMs)
    }
  }
}

/** A packed answer may unpack to anything, and Node 22 never ends one that is given up half-way. */
const headers = { accept: 'application/json', 'accept-encoding': 'identity' }

/** One request to the configured address; no redirect is followed, and no more is read than a set of keys may have. */
async function download(url: string, timeoutMs: number): Promise<JSONWebKeySet> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs), headers })
  const reader = response.body?.getReader()
  // Nobody waits for the end of what is given up: of a packed answer it may never come.
  const giveUp = (why: string): Error => {
    void reader?.cancel().catch(() => undefined)
    return new Error(why)
  }
  if (response.status !== 200) throw giveUp(`The answer is ${response.status}.`)
  if (response.headers.get('content-encoding') !== null) throw giveUp('The answer is packed.')
  const chunks: Uint8Array[] = []
  let length = 0
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    length += part.value.length
    if (length > limit) throw giveUp('The answer is too long.')
    chunks.push(part.value)
  }
  const set: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  if (!hasKeys(set)) throw new Error('The answer has no keys.')
  return set
}

/** A set without any key that could be used would make every token a wrong one. */
function hasKeys(set: unknown): set is JSONWebKeySet {
  const { keys } = (set ?? {}) as { keys?: unknown }
  const isObject = (key: unknown): key is { kty?: unknown; kid?: unknown } => typeof key === 'object' && key !== null && !Array.isArray(key)
  return Array.isArray(keys) && keys.every(isObject) && keys.some(({ kty, kid }) => kty === 'RSA' && typeof kid === 'string')
}
