import type { ApiKey } from '../../ports.ts'
import { type Scope, scopes } from '../../schemas/caller.ts'
import { type Command, UsageError } from '../command.ts'
import { toSeconds } from '../story.ts'
import { table } from '../table.ts'
import { withStore } from '../with-service.ts'

export const keyCreate: Command = {
  name: 'key create',
  summary: 'Make an API key for a caller',
  description:
    'The key is shown once; the store keeps only a keyed hash of it. A key with the scope read only looks; with write, which flows need, it edits referrals and leads and subscribes to events too; with admin it changes the registration for webhooks as well.',
  args: [{ name: 'name', text: 'Who will use the key, for example flow.' }],
  options: {
    scope: { type: 'string', value: 'SCOPE', text: 'What the key may do; write unless told.', choices: scopes },
    json: { type: 'boolean', text: 'Print JSON.' }
  },
  examples: ['referral-connector key create flow', 'referral-connector key create prometheus --scope read'],
  run: async ({ args: [name = ''], options }, terminal) => {
    if (!isName(name)) throw new UsageError('<name> is 1 to 100 printable characters.')
    return await withStore(terminal, async store => {
      const created = await store.apiKeys.create(name, typeof options.scope === 'string' ? { scope: options.scope as Scope } : {})
      if (options.json) terminal.out(JSON.stringify(created))
      else {
        terminal.note(`Key ${created.id} for «${created.name}», with the scope ${created.scope}. Keep it now, it cannot be shown again:`)
        terminal.out(created.key)
      }
      return 0
    })
  }
}

/** It is shown in lists, logs and timelines. */
function isName(text: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,100}$/u.test(text) && text.trim() !== ''
}

export const keyList: Command = {
  name: 'key list',
  summary: 'List the API keys',
  description: 'With what each may do and when it was last used, at most an hour behind.',
  options: { json: { type: 'boolean', text: 'Print JSON.' } },
  examples: ['referral-connector key list'],
  run: ({ options }, terminal) =>
    withStore(terminal, async store => {
      const keys = await store.apiKeys.list()
      if (options.json) terminal.out(JSON.stringify(keys))
      else if (keys.length === 0) terminal.note('There is no API key yet. Make one with «referral-connector key create NAME».')
      else
        terminal.out(
          table(
            ['Id', 'Name', 'Scope', 'Made', 'Last used', 'Rotated', 'Old secret', 'Revoked'],
            keys.map(key => [
              key.id,
              key.name,
              key.scope,
              shown(key.createdAt),
              shown(key.usedAt),
              shown(key.rotatedAt),
              oldSecret(key, new Date()),
              shown(key.revokedAt)
            ])
          )
        )
      return 0
    })
}

const shown = (at: Date | undefined): string => (at === undefined ? '' : toSeconds(at.toISOString()))

function oldSecret({ oldSecretEndsAt, oldSecretUsedAt, revokedAt }: ApiKey, now: Date): string {
  if (oldSecretEndsAt === undefined || oldSecretEndsAt <= now || revokedAt) return ''
  return `good until ${shown(oldSecretEndsAt)}, ${oldSecretUsedAt ? `last used ${shown(oldSecretUsedAt)}` : 'not used since'}`
}
