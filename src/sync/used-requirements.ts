import type { Call, Referrals } from '../ports.ts'
import type { Choice } from '../schemas/choice.ts'
import type { Referral } from '../schemas/referral.ts'

/** The catalogs that a referral's requirements name entries of. */
export type RequirementKind = 'solutions' | 'products' | 'industries' | 'services'

const keptMs = 5 * 60 * 1000
/** The most that Partner Center lists on one page. */
const lookedAt = 100

/**
 * The entries of a catalog that the account's latest referrals use. The catalogs themselves cannot be asked for, and Microsoft changes them
 * from year to year. All of them are read with one request, which is remembered for five minutes.
 */
export function usedRequirements({ referrals, now }: { referrals: Pick<Referrals, 'list'>; now: () => Date }) {
  let known: { page: Promise<Referral[]>; until: number } | undefined

  return async (kind: RequirementKind, call?: Call): Promise<Choice[]> => {
    if (!known || known.until <= now().getTime()) known = { page: latest(call), until: now().getTime() + keptMs }
    const { page } = known
    try {
      return choicesFrom(await page, kind)
    } catch (error) {
      if (known?.page === page) known = undefined
      throw error
    }
  }

  async function latest(call: Call | undefined): Promise<Referral[]> {
    const { value } = await referrals.list({ orderBy: 'updatedDateTime desc', top: lookedAt }, call)
    return value
  }
}

/** Each entry once, with the name that any of the referrals gives it, in the order of the names. */
export function choicesFrom(referrals: readonly Referral[], kind: RequirementKind): Choice[] {
  const found = new Map<string, Choice>()
  for (const { details } of referrals) {
    const entries: unknown = details?.requirements?.[kind]
    for (const entry of Array.isArray(entries) ? entries : []) {
      const value = text(entry?.id) ?? text(entry?.name)
      if (value === undefined) continue
      const before = found.get(value.toLowerCase())
      if (!before || before.name === before.value) found.set(value.toLowerCase(), { value, name: text(entry.name) ?? value })
    }
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'))
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined)
