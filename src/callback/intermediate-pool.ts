import { setTimeout as pause } from 'node:timers/promises'
import { Failure, failureFrom } from '../failure.ts'
import type { Intermediates, KeptIntermediate, Log } from '../ports.ts'
import type { Authority } from './authority.ts'
import { type Certificate, readableCertificates, thumbprint } from './certificate.ts'

/** The intermediates at hand. None is trusted for being here: a path counts by the signatures that lead to a trusted root. */
export interface IntermediatePool {
  /** Each certificate once, the nearest origin first: shipped, configured, added, fetched. As the store has them at this moment. */
  all(): Promise<readonly Authority[]>
  /** Keeps fetched ones that were of use. */
  keep(fetched: readonly Certificate[]): Promise<void>
}

export interface PoolOptions {
  /** Those that came with the package and the settings. */
  given: readonly Authority[]
  kept?: Intermediates
  log?: Log
  /** How long the store is waited for. */
  patienceMs?: number
}

/** As many as the store keeps. */
const maxFetched = 64

/**
 * What was added and fetched is read from the store for each search, so that what an operator adds counts at once and in every process. The
 * store is a help and no condition: while it fails or is slow, what was last read of it serves. Neither method throws.
 */
export function intermediatePool({ given, kept, log, patienceMs = 2000 }: PoolOptions): IntermediatePool {
  /** As last read from the store, and what was kept since. */
  let known: readonly Authority[] = []
  /** What the store could not take. */
  let unsaved: readonly Certificate[] = []
  let isWorking = true

  /** The answer of the store, or nothing. */
  async function asked<T>(act: (store: Intermediates) => Promise<T>): Promise<T | undefined> {
    if (kept === undefined) return undefined
    try {
      const answer = await inTime(act(kept), patienceMs)
      isWorking = true
      return answer
    } catch (error) {
      const failure = failureFrom(error)
      if (isWorking) log?.warn({ code: failure.code, err: failure }, 'The kept intermediates cannot be read or written: those known serve.')
      isWorking = false
      return undefined
    }
  }

  return {
    async all() {
      const rows = await asked(store => store.list())
      if (rows !== undefined) known = [...rows.flatMap(authorityFrom), ...unsaved.map(fetchedAuthority)]
      return withoutRepeats([...given, ...known])
    },
    async keep(fetched) {
      if (fetched.length === 0) return
      const rows = fetched.map(certificate => ({
        thumbprint: thumbprint(certificate),
        der: certificate.der,
        notAfter: certificate.notAfter
      }))
      const isSaved = (await asked(async store => await store.keep(...rows).then(() => true))) ?? false
      const others = unsaved.filter(certificate => !isAmong(fetched, certificate))
      unsaved = isSaved ? others : [...others, ...fetched].slice(-maxFetched)
      known = bounded(withoutRepeats([...fetched.map(fetchedAuthority), ...known]))
    }
  }
}

function authorityFrom({ der, source }: KeptIntermediate): Authority[] {
  return readableCertificates([der]).map(certificate => ({ certificate, origin: source }))
}

function fetchedAuthority(certificate: Certificate): Authority {
  return { certificate, origin: 'fetched' }
}

function isAmong(certificates: readonly Certificate[], { der }: Certificate): boolean {
  return certificates.some(other => other.der.equals(der))
}

/** The first ones that were fetched, and all others. */
function bounded(authorities: readonly Authority[]): Authority[] {
  let room = maxFetched
  return authorities.filter(({ origin }) => {
    if (origin === 'fetched') room -= 1
    return origin !== 'fetched' || room >= 0
  })
}

function withoutRepeats(authorities: readonly Authority[]): Authority[] {
  const once = new Map<string, Authority>()
  for (const authority of authorities) {
    const key = authority.certificate.der.toString('latin1')
    if (!once.has(key)) once.set(key, authority)
  }
  return [...once.values()]
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const done = new AbortController()
  const late = pause(ms, undefined, { signal: done.signal }).then(() => {
    throw new Failure('STORE_UNAVAILABLE', 'The store did not answer in time.')
  })
  try {
    return await Promise.race([work, late])
  } finally {
    done.abort()
  }
}
