import { scopes } from '../../schemas/caller.ts'
import { type Command, UsageError } from '../command.ts'
import { keyArgument, keyNamed } from '../key-selection.ts'
import { withStore } from '../with-service.ts'

export const keyScope: Command = {
  name: 'key scope',
  summary: 'Change what an API key may do',
  description:
    'From its next request on, with the secret that it has. Keys that were made before there were scopes may do everything; flows need no more than write.',
  args: [keyArgument, { name: 'scope', text: `One of: ${scopes.join(', ')}.` }],
  options: { json: { type: 'boolean', text: 'Print JSON.' } },
  examples: ['referral-connector key scope flow write'],
  run: async ({ args: [wanted = '', word], options }, terminal) => {
    const scope = scopes.find(each => each === word)
    if (scope === undefined) throw new UsageError(`<scope> is one of: ${scopes.join(', ')}.`)
    return await withStore(terminal, async store => {
      const named = keyNamed(await store.apiKeys.list(), wanted)
      const key = named && (await store.apiKeys.setScope(named.id, scope))
      if (options.json) terminal.out(JSON.stringify({ ...key, changed: key !== undefined }))
      else terminal.note(key ? `Key ${key.id} («${key.name}») has the scope ${scope} now.` : `There is no live key «${wanted}».`)
      return key ? 0 : 1
    })
  }
}
