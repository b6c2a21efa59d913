import { Failure } from '../failure.ts'
import type { DataverseClient, Work } from './client.ts'
import { remembered } from './remembered.ts'

/** The organization's currencies, by ISO 4217 code and by id. */
export interface Currencies {
  /** The id of the currency, or undefined when the organization does not have it. */
  idOf(isoCode: string, work: Work): Promise<string | undefined>
  /** The code of the currency with this id, in upper case; undefined when there is none any more. */
  codeOf(id: string, work: Work): Promise<string | undefined>
  forget(isoCode: string): void
}

const dayMs = 24 * 60 * 60 * 1000
/** An administrator who adds the currency should not have to wait long. */
const missingMs = 10 * 60 * 1000

/** Remembers what it found for a day, what it did not find for ten minutes; one request at a time per code or id. */
export function currencies(client: DataverseClient): Currencies {
  const ids = remembered<string>({ now: client.now, foundMs: dayMs, missingMs })
  const codes = remembered<string>({ now: client.now, foundMs: dayMs, missingMs })

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
    if (typeof id !== 'string') return undefined
    // Leads tell their currency by its id: what was just written need not be asked for.
    codes.put(id.toLowerCase(), isoCode)
    return id
  }

  async function read(id: string, work: Work): Promise<string | undefined> {
    try {
      const { value } = await client.send(
        'The currency of a lead could not be read',
        (api, options) =>
          api.retrieve<{ isocurrencycode?: unknown }>({
            collection: 'transactioncurrencies',
            key: id,
            select: ['isocurrencycode'],
            ...options
          }),
        work
      )
      const code = value?.isocurrencycode
      return typeof code === 'string' && code !== '' ? code.toUpperCase() : undefined
    } catch (failure) {
      if (failure instanceof Failure && failure.code === 'CRM_RECORD_MISSING') return undefined
      throw failure
    }
  }

  return {
    // A code becomes part of a filter.
    idOf: async (isoCode, work) => (/^[A-Z]{3}$/.test(isoCode) ? await ids.get(isoCode, () => lookUp(isoCode, work)) : undefined),
    codeOf: async (id, work) => await codes.get(id.toLowerCase(), () => read(id, work)),
    forget: isoCode => ids.forget(isoCode)
  }
}
