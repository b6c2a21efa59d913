import { isSatisfied } from './licence-expression.ts'
import { developmentLicences, readByHand, shippedLicences } from './licence-rules.ts'
import { type Lock, nameOf } from './lock.ts'

export interface JudgedPackage {
  /** `name@version`. */
  id: string
  ships: boolean
  licence: string | undefined
  isAllowed: boolean
}

/**
 * Every package of the lock file with its licence, judged. `installed` reads the package.json of a folder, for what the lock has no licence of;
 * undefined when it is not there.
 */
export function judgeLicences(lock: Lock, installed: (folder: string) => unknown): JudgedPackage[] {
  return Object.entries(lock.packages)
    .filter(([folder, { link }]) => folder !== '' && link !== true)
    .map(([folder, locked]) => {
      const id = `${nameOf(folder, locked)}@${locked.version}`
      const ships = locked.dev !== true
      const licence = licenceOf(locked) ?? licenceOf(installed(folder)) ?? readByHand[id]
      const isAllowed = licence !== undefined && isSatisfied(licence, ships ? shippedLicences : developmentLicences)
      return { id, ships, licence, isAllowed }
    })
}

/** Old packages have an object, or a list of them; of a list any may be chosen. */
function licenceOf(manifest: unknown): string | undefined {
  if (typeof manifest !== 'object' || manifest === null) return undefined
  const { license, licenses } = manifest as { license?: unknown; licenses?: unknown }
  const named = [license, licenses]
    .flat()
    .map(one => (typeof one === 'object' && one !== null && 'type' in one ? one.type : one))
    .filter(one => typeof one === 'string' && one !== '')
  return named.length > 1 ? named.map(one => `(${one})`).join(' OR ') : named[0]?.toString()
}
