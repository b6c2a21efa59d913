import type { DataverseClient, Work } from './client.ts'

/** The organization's currencies by ISO 4217 code. */
export interface Currencies {
  /** The id of the currency, or undefined when the organization does not have it. */
  idOf(isoCode: string, work: Work): Promise<string | undefined>
  forget(isoCode: string): void
}

const dayMs = 24 * 60 * 60 * 1000
/** An administrator who adds the currency should not have to wait long. */
const missingMs = 10 * 60 * 1000
const maxKept = 200

/** Remembers what it found for a day, what it did not find for ten minutes; one request at a time per code. */
export function currencies(client: DataverseClient): Currencies {
  const known = new Map<string, { id: Promise<string | undefined>; until: number }>()

  async function lookUp(isoCode: string, work: Work): Promise<string | undefined> {
    const { value } = await client.send(
      'The currency could not be looked up',
      (api, options) =>
        api.retrieveMultiple<{ transactioncurrencyid?: unknown }>({
          collection: 'transactioncurrencies',
          select: ['transactioncurrencyid'],
          filter: `isocurrencycode eq '${isoCode}' and statecode eq 0`,
          ...options
        }),
      work
    )
    const id = value?.value?.[0]?.transactioncurrencyid
    return typeof id === 'string' ? id : undefined
  }

  return {
    async idOf(isoCode, work) {
      // It becomes part of a filter.
      if (!/^[A-Z]{3}$/.test(isoCode)) return undefined
      const nowMs = client.now().getTime()
      const kept = known.get(isoCode)
      if (kept && kept.until > nowMs) return kept.id
      const entry = { id: lookUp(isoCode, work), until: nowMs + dayMs }
      known.delete(isoCode)
      known.set(isoCode, entry)
      if (known.size > maxKept) known.delete(known.keys().next().value ?? '')
      try {
        const id = await entry.id
        if (id === undefined) entry.until = nowMs + missingMs
        return id
      } catch (error) {
        if (known.get(isoCode) === entry) known.delete(isoCode)
        throw error
      }
    },
    forget(isoCode) {
      known.delete(isoCode)
    }
  }
}
