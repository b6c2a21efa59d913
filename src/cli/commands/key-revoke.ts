import type { ApiKey } from '../../ports.ts'
import type { Command } from '../command.ts'
import { keyArgument, keyNamed } from '../key-selection.ts'
import { withStore } from '../with-service.ts'

export const keyRevoke: Command = {
  name: 'key revoke',
  summary: 'Revoke an API key at once, and end its subscriptions',
  description:
    'Whoever had the key, or its old secret, gets no more events either. With --keep-subscriptions they go on: for a key that was only replaced by another one, whose flows keep their triggers.',
  args: [keyArgument],
  options: {
    'keep-subscriptions': { type: 'boolean', text: 'Let the subscriptions of the key go on. Never for a key that was stolen.' },
    json: { type: 'boolean', text: 'Print JSON.' }
  },
  examples: ['referral-connector key revoke 4f9c21', 'referral-connector key revoke flow --keep-subscriptions'],
  run: ({ args: [wanted = ''], options }, terminal) =>
    withStore(terminal, async store => {
      const key = keyNamed(await store.apiKeys.list(), wanted)
      const keepSubscriptions = options['keep-subscriptions'] === true
      const { isRevoked, subscriptions } = key
        ? await store.apiKeys.revoke(key.id, { keepSubscriptions })
        : { isRevoked: false, subscriptions: 0 }
      const ended = keepSubscriptions ? 0 : subscriptions
      if (options.json)
        terminal.out(JSON.stringify({ ...(key && { id: key.id, name: key.name }), revoked: isRevoked, ended, kept: subscriptions - ended }))
      else if (key && isRevoked) terminal.note(`Key ${key.id} («${key.name}») is revoked.`)
      else terminal.note(`There is no key «${wanted}» that could be revoked.`)
      if (key && subscriptions > 0 && !options.json) terminal.note(toldOf(key, { subscriptions, isKept: keepSubscriptions }))
      return isRevoked || ended > 0 ? 0 : 1
    })
}

function toldOf({ id }: ApiKey, { subscriptions, isKept }: { subscriptions: number; isKept: boolean }): string {
  const count = subscriptions === 1 ? 'Its subscription' : `Its ${subscriptions} subscriptions`
  const verb = (one: string, many: string): string => (subscriptions === 1 ? one : many)
  return isKept
    ? `${count} ${verb('goes', 'go')} on getting events. To end ${verb('it', 'them')}: referral-connector subscriptions end --caller ${id} --yes`
    : `${count} ${verb('was', 'were')} ended too. Turn a flow that you still want off and on: it subscribes again, with the key that its connection has now.`
}
