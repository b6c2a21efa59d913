import type { Call, Links } from '../ports.ts'

type KeptLinks = Pick<Links, 'get' | 'put'>

/**
 * The same links, of which none is changed once the work was stopped: somebody else may be at it by then, and what was read before may be old.
 * The other ports send nothing more when the call's signal is aborted.
 */
export function whileOurs(links: KeptLinks, { signal }: Call = {}): KeptLinks {
  if (!signal) return links
  return {
    get: referralId => links.get(referralId),
    async put(link) {
      signal.throwIfAborted()
      await links.put(link)
    }
  }
}
