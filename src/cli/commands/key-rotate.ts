import { type Command, UsageError } from '../command.ts'
import { durationMs } from '../duration.ts'
import { keyArgument, keyNamed } from '../key-selection.ts'
import { toSeconds } from '../story.ts'
import { withStore } from '../with-service.ts'

const defaultGrace = '24h'
const dayMs = 24 * 60 * 60 * 1000

export const keyRotate: Command = {
  name: 'key rotate',
  summary: 'Give an API key a new secret, and end the old one a little later',
  description:
    'It stays the same key, with its scope and its subscriptions. Until the grace period is over both secrets are good; «key list» tells whether the old one is still in use. A second rotation ends the secret before the last at once.',
  args: [keyArgument],
  options: {
    grace: {
      type: 'string',
      value: 'DURATION',
      text: `How long the old secret goes on, for example 90m, 12h or 7d; at most 30d, and 0 ends it at once. ${defaultGrace} unless told.`
    },
    json: { type: 'boolean', text: 'Print JSON.' }
  },
  examples: ['referral-connector key rotate flow', 'referral-connector key rotate 4f9c21d07a3e --grace 7d'],
  run: async ({ args: [wanted = ''], options }, terminal) => {
    const graceMs = graceFrom(String(options.grace ?? defaultGrace))
    return await withStore(terminal, async store => {
      const before = keyNamed(await store.apiKeys.list(), wanted)
      const rotated = before && (await store.apiKeys.rotate(before.id, { graceMs }))
      if (!rotated) {
        if (options.json) terminal.out(JSON.stringify({ ...(before && { id: before.id, name: before.name }), rotated: false }))
        else terminal.note(`There is no key «${wanted}» that could be rotated.`)
        return 1
      }
      if (options.json) terminal.out(JSON.stringify({ ...rotated, rotated: true }))
      else {
        const { id, name, key, rotatedAt, oldSecretEndsAt } = rotated
        const isOverlapping = rotatedAt && before.oldSecretEndsAt && before.oldSecretEndsAt > rotatedAt
        if (isOverlapping) terminal.note('The secret from before the last rotation was still good: it has ended now.')
        const end = graceMs > 0 && oldSecretEndsAt ? `goes on until ${toSeconds(oldSecretEndsAt.toISOString())}` : 'has ended'
        terminal.note(`Key ${id} («${name}») has a new secret; the old one ${end}. Keep it now, it cannot be shown again:`)
        terminal.out(key)
      }
      return 0
    })
  }
}

/** @throws UsageError */
function graceFrom(text: string): number {
  const ms = text === '0' ? 0 : durationMs(text)
  if (ms === undefined || ms > 30 * dayMs) throw new UsageError('--grace is a duration of at most 30d, for example 90m, 12h or 7d, or 0.')
  return ms
}
