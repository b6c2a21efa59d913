import { Failure } from '../../failure.ts'
import type { ApiKeys, Jobs, Subscriptions } from '../../ports.ts'
import { callerOfKey } from '../../schemas/caller.ts'
import { type Command, UsageError } from '../command.ts'
import { toSeconds } from '../story.ts'
import { table } from '../table.ts'
import { withStore } from '../with-service.ts'

/** A subscription as operators see it. Its URL holds a secret of the flow: of that only the host is shown. */
interface Listed {
  id: string
  caller: { id: string; name?: string; isRevoked?: true }
  host: string
  events: string[]
  createdAt: string
  /** Messages that wait for it. */
  waiting: number
  lastFailure?: { code: string; message: string; at: string }
}

interface Ports {
  subscriptions: Pick<Subscriptions, 'list' | 'waitingCounts'>
  apiKeys: Pick<ApiKeys, 'list'>
  jobs: Pick<Jobs, 'list'>
}

export const subscriptionsList: Command = {
  name: 'subscriptions list',
  summary: 'List who is told of events',
  description: 'The subscriptions of all callers: who made each, where it sends to, what waits for it and why, if something went wrong.',
  options: { json: { type: 'boolean', text: 'Print JSON.' } },
  examples: ['referral-connector subscriptions list'],
  run: ({ options }, terminal) =>
    withStore(terminal, async store => {
      const listed = await listedFrom(store)
      if (options.json) terminal.out(JSON.stringify(listed))
      else if (listed.length === 0) terminal.note('There is no subscription.')
      else terminal.out(table(['Id', 'Caller', 'Host', 'Since', 'Waiting', 'Events', 'Last failure'], listed.map(rowFrom)))
      return 0
    })
}

export const subscriptionsEnd: Command = {
  name: 'subscriptions end',
  summary: 'End subscriptions, whoever made them',
  description: 'What waits for them is forgotten. A flow that is still there subscribes again when it is turned off and on.',
  args: [{ name: 'id', text: 'The id that «subscriptions list» shows; or --caller.', optional: true }],
  options: {
    caller: {
      type: 'string',
      value: 'CALLER',
      text: 'All of this caller: the id or the name of its key, or the caller as the list shows it.'
    },
    yes: { type: 'boolean', text: 'Do it; without it they are only counted.' },
    json: { type: 'boolean', text: 'Print the result as JSON.' }
  },
  examples: [
    'referral-connector subscriptions end 0f6c3a51b7e84d29a1c05e7f3b928d646ac1e05b --yes',
    'referral-connector subscriptions end --caller flow --yes'
  ],
  async run({ args: [id], options: { caller, yes, json } }, terminal) {
    if ((id === undefined) === (caller === undefined)) throw new UsageError('Give either an id or --caller.')
    return await withStore(terminal, async store => {
      const all = await listedFrom(store)
      const found = typeof caller === 'string' ? ofCaller(all, caller) : all.filter(each => each.id === id?.toLowerCase())
      if (id !== undefined && found.length === 0) throw new Failure('SUBSCRIPTION_NOT_FOUND', 'There is no subscription of this id.')
      const ended: Listed[] = []
      for (const each of yes === true ? found : []) if (await store.subscriptions.delete(each.id)) ended.push(each)
      if (json)
        terminal.out(JSON.stringify({ count: found.length, ended: ended.map(({ id, caller, host }) => ({ id, caller: caller.id, host })) }))
      else if (found.length === 0) terminal.note(`No subscription is of the caller «${caller}».`)
      else if (yes === true) terminal.out(`${counted(ended.length)} ended.`)
      else
        terminal.note(
          `${counted(found.length)} (${found.map(({ host }) => host).join(', ')}): add --yes to end ${found.length === 1 ? 'it' : 'them'}.`
        )
      return ended.length > 0 ? 0 : 1
    })
  }
}

async function listedFrom({ subscriptions, apiKeys, jobs }: Ports): Promise<Listed[]> {
  const all = await subscriptions.list()
  const waiting = await subscriptions.waitingCounts()
  const keys = new Map((await apiKeys.list()).map(key => [callerOfKey(key.id), key]))
  // Not more than one for each, and one for each that ended while it was told.
  const failed = new Map((await jobs.list({ kind: 'subscription' }, 2 * all.length)).map(job => [job.subject, job]))
  return all.map(({ id, callerId, url, events, createdAt }) => {
    const key = keys.get(callerId)
    const { code, message = '', updatedAt: at = '' } = failed.get(id) ?? {}
    return {
      id,
      caller: { id: callerId, ...(key && { name: key.name }), ...(key?.revokedAt && { isRevoked: true }) },
      host: new URL(url).host,
      events,
      createdAt: createdAt.toISOString(),
      waiting: waiting.get(id) ?? 0,
      ...(code !== undefined && { lastFailure: { code, message, at } })
    }
  })
}

function rowFrom({ id, caller, host, events, createdAt, waiting, lastFailure }: Listed): string[] {
  const who = `${caller.id}${caller.name === undefined ? '' : ` «${caller.name}»`}${caller.isRevoked ? ' (revoked)' : ''}`
  const why = lastFailure ? `${lastFailure.code}: ${lastFailure.message}` : ''
  return [id, who, host, toSeconds(createdAt), String(waiting), events.join(', '), why]
}

/** @throws UsageError for a name that several keys with subscriptions have: one of them may be the new one */
function ofCaller(all: readonly Listed[], wanted: string): Listed[] {
  const exact = all.filter(({ caller: { id } }) => id === wanted || id === callerOfKey(wanted))
  if (exact.length > 0) return exact
  const named = all.filter(({ caller: { name } }) => name === wanted)
  const callers = [...new Set(named.map(({ caller }) => caller.id))]
  if (callers.length > 1) throw new UsageError(`Several callers are named «${wanted}»: ${callers.join(', ')}. Give one of these.`)
  return named
}

const counted = (count: number): string => `${count} ${count === 1 ? 'subscription' : 'subscriptions'}`
