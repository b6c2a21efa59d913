import { Failure } from '../failure.ts'

/** More certificate URLs than Partner Center has ever had, beside the expected ones. */
const maxOthers = 8
/**
 * Of URLs that are neither expected nor known to be good, no more are tried in a minute: a flood of made-up ones must not become a flood of
 * downloads.
 */
const maxTriesPerMinute = 30

/**
 * What is remembered of certificate URLs. Anybody may name one, so those that bear the name of an expected signer are kept apart: there are only
 * a few, and made-up ones neither push them out nor use up their tries.
 */
export function signerUrls<Entry>({ names, isGood }: { names: readonly string[]; isGood: (entry: Entry) => boolean }) {
  const entries = new Map<string, Entry>()
  /** The files that the expected names have; the host was checked before. */
  const expected = new Set(names.map(name => `/cert/${name}.cer`))
  const isExpected = (url: string): boolean => expected.has(new URL(url).pathname)
  let tries: number[] = []

  return {
    get: (url: string): Entry | undefined => entries.get(url),
    all: (): [string, Entry][] => [...entries],
    /** As the latest; of the others, one that is no good goes when there are too many, or else the oldest. */
    keep(url: string, entry: Entry): void {
      entries.delete(url)
      const others = [...entries].filter(([other]) => !isExpected(other))
      const [victim] = others.find(([, other]) => !isGood(other)) ?? others[0] ?? []
      if (others.length >= maxOthers && victim !== undefined && !isExpected(url)) entries.delete(victim)
      entries.set(url, entry)
    },
    /** @throws CERTIFICATE_UNREACHABLE when too many others were tried */
    countTry(url: string, at: number): void {
      if (isExpected(url)) return
      tries = tries.filter(earlier => Math.abs(at - earlier) < 60_000)
      if (tries.length >= maxTriesPerMinute) {
        throw new Failure('CERTIFICATE_UNREACHABLE', 'Too many different certificates were asked for within a minute.', {
          retryAfterMs: 60_000
        })
      }
      tries.push(at)
    }
  }
}
