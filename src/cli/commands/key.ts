import type { ApiKey } from '../../ports.ts'
import { type Command, UsageError } from '../command.ts'
import { table } from '../table.ts'
import { withStore } from '../with-service.ts'

export const keyCreate: Command = {
  name: 'key create',
  summary: 'Make an API key for a caller',
  description: 'The key is shown once; the store keeps only a keyed hash of it.',
  args: [{ name: 'name', text: 'Who will use the key, for example flow.' }],
  options: { json: { type: 'boolean', text: 'Print JSON.' } },
  examples: ['referral-connector key create flow'],
  run: async ({ args: [name = ''], options }, terminal) => {
    if (!isName(name)) throw new UsageError('<name> is 1 to 100 printable characters.')
    return await withStore(terminal, async store => {
      const created = await store.apiKeys.create(name)
      if (options.json) terminal.out(JSON.stringify(created))
      else {
        terminal.note(`Key ${created.id} for «${created.name}». Keep it now, it cannot be shown again:`)
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
  summary: 'Revoke an API key at once, and end its subscriptions',
  description:
    'Whoever had the key gets no more events either. With --keep-subscriptions they go on: for a key that was only replaced by another one, whose flows keep their triggers.',
  args: [{ name: 'key', text: 'The id that «key list» shows, or the name.' }],
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

/** @throws UsageError for a name that several keys have */
function keyNamed(keys: readonly ApiKey[], wanted: string): ApiKey | undefined {
  const byId = keys.find(({ id }) => id === wanted)
  if (byId) return byId
  const named = keys.filter(({ name }) => name === wanted)
  const live = named.filter(({ revokedAt }) => revokedAt === undefined)
  const [key, ...others] = live.length > 0 ? live : named
  if (key && others.length > 0)
    throw new UsageError(`Several keys are named «${wanted}»: ${[key, ...others].map(({ id }) => id).join(', ')}. Give the id.`)
  return key
}

function toldOf({ id }: ApiKey, { subscriptions, isKept }: { subscriptions: number; isKept: boolean }): string {
  const count = subscriptions === 1 ? 'Its subscription' : `Its ${subscriptions} subscriptions`
  const verb = (one: string, many: string): string => (subscriptions === 1 ? one : many)
  return isKept
    ? `${count} ${verb('goes', 'go')} on getting events. To end ${verb('it', 'them')}: referral-connector subscriptions end --caller ${id} --yes`
    : `${count} ${verb('was', 'were')} ended too. Turn a flow that you still want off and on: it subscribes again, with the key that its connection has now.`
}
