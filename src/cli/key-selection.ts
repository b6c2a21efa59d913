import type { ApiKey } from '../ports.ts'
import { UsageError } from './command.ts'

/** How the commands call the argument that `keyNamed` reads. */
export const keyArgument = { name: 'key', text: 'The id that «key list» shows, or the name.' } as const

/**
 * The key that a person means, by its id or its name; of one name the live one.
 * @throws UsageError for a name that several keys have
 */
export function keyNamed(keys: readonly ApiKey[], wanted: string): ApiKey | undefined {
  const byId = keys.find(({ id }) => id === wanted)
  if (byId) return byId
  const named = keys.filter(({ name }) => name === wanted)
  const live = named.filter(({ revokedAt }) => revokedAt === undefined)
  const [key, ...others] = live.length > 0 ? live : named
  if (key && others.length > 0)
    throw new UsageError(`Several keys are named «${wanted}»: ${[key, ...others].map(({ id }) => id).join(', ')}. Give the id.`)
  return key
}
