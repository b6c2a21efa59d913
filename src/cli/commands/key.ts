import type { Command } from '../command.ts'
import { table } from '../table.ts'
import { withStore } from '../with-service.ts'

export const keyCreate: Command = {
  name: 'key create',
  summary: 'Make an API key for a caller',
  description: 'The key is shown once; the store keeps only a keyed hash of it.',
  args: [{ name: 'name', text: 'Who will use the key, for example flow.' }],
  options: { json: { type: 'boolean', text: 'Print JSON.' } },
  examples: ['referral-connector key create flow'],
  run: ({ args, options }, terminal) =>
    withStore(terminal, async store => {
      const created = await store.apiKeys.create(args[0] ?? '')
      if (options.json) terminal.out(JSON.stringify(created))
      else {
        terminal.note(`Key ${created.id} for «${created.name}». Keep it now, it cannot be shown again:`)
        terminal.out(created.key)
      }
      return 0
    })
}

export const keyList: Command = {
  name: 'key list',
  summary: 'List the API keys',
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
            ['Id', 'Name', 'Made', 'Revoked'],
            keys.map(key => [key.id, key.name, key.createdAt.toISOString(), key.revokedAt?.toISOString() ?? ''])
          )
        )
      return 0
    })
}

export const keyRevoke: Command = {
  name: 'key revoke',
  summary: 'Revoke an API key at once',
  args: [{ name: 'id', text: 'The id that «key list» shows.' }],
  examples: ['referral-connector key revoke 4f9c21'],
  run: ({ args }, terminal) =>
    withStore(terminal, async store => {
      const found = await store.apiKeys.revoke(args[0] ?? '')
      terminal.note(found ? `Key ${args[0]} is revoked.` : `There is no key «${args[0]}» that could be revoked.`)
      return found ? 0 : 1
    })
}
