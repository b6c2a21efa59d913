import { createHash } from 'node:crypto'
import { Failure } from '../failure.ts'
import type { Log, Secrets } from '../ports.ts'

/** What came of one use of a refresh token; `rotated` is its successor, which may come even when the rest failed. */
export interface Redemption<T> {
  rotated?: string
  result: { value: T } | { failure: Failure }
}

export interface RefreshChain {
  /** Uses the present refresh token, and keeps its successor before the result is given out. One at a time. */
  redeem<T>(use: (refreshToken: string) => Promise<Redemption<T>>): Promise<T>
}

interface Kept {
  token: string
  /** Fingerprints of the configured tokens that have been used up: those are never sent again. */
  spentSeeds: string[]
}

/**
 * The refresh tokens of one sign-in, each the successor of the one before. Every use gives a new one, good for 90 days, so it has to be kept.
 * The first comes from the settings (`seed`); when someone sets another there, that is a newer sign-in and is used first.
 * Source: learn.microsoft.com/partner-center/developer/enable-secure-app-model and …/gdap-and-secure-application-model
 */
export function refreshChain(options: { name: string; seed?: string | undefined; secrets: Secrets; log: Log }): RefreshChain {
  const { name, seed, secrets, log } = options
  const seedPrint = seed === undefined ? undefined : createHash('sha256').update(seed).digest('base64url').slice(0, 16)
  let unsaved: Kept | undefined
  let last: Promise<unknown> = Promise.resolve()

  const save = async (kept: Kept): Promise<void> => {
    // Remembered until the store has taken it: the token before is spent already.
    unsaved = kept
    await secrets.put(name, JSON.stringify(kept))
    unsaved = undefined
  }

  const attempt = async <T>(use: (refreshToken: string) => Promise<Redemption<T>>): Promise<T> => {
    if (unsaved !== undefined) await save(unsaved)
    const kept = read(await secrets.get(name))
    const spentSeeds = kept?.spentSeeds ?? []
    const isSeedNew = seedPrint !== undefined && !spentSeeds.includes(seedPrint)
    const candidates = [isSeedNew ? seed : undefined, kept?.token].filter(token => token !== undefined)
    const spent = isSeedNew ? [...spentSeeds, seedPrint].slice(-10) : spentSeeds

    let refusal: Failure | undefined
    for (const token of candidates) {
      const { rotated, result } = await use(token)
      // Without a successor the same token stays good (RFC 6749 section 6).
      if (rotated !== undefined || 'value' in result) await save({ token: rotated ?? token, spentSeeds: spent })
      if ('value' in result) return result.value
      if (result.failure.code !== 'SIGN_IN_EXPIRED') throw result.failure
      refusal = result.failure
      if (candidates.length > 1 && token === seed)
        log.warn({ err: refusal }, 'The refresh token of the settings was refused; trying the stored one.')
    }
    throw refusal ?? new Failure('SIGN_IN_NOT_CONFIGURED', 'There is no refresh token, neither in the settings nor stored.')
  }

  return {
    redeem: use => {
      const turn = last.then(() => attempt(use))
      last = turn.catch(() => undefined)
      return turn
    }
  }
}

function read(text: string | undefined): Kept | undefined {
  if (text === undefined) return undefined
  try {
    const { token, spentSeeds } = JSON.parse(text) as Partial<Kept>
    if (typeof token === 'string' && Array.isArray(spentSeeds)) return { token, spentSeeds }
  } catch {
    // Falls through: unreadable is as good as absent, the seed of the settings is left.
  }
  return undefined
}
