import { randomBytes } from 'node:crypto'
import type { Sandbox } from '../../../src/sandbox/start-sandbox.ts'
import type { SubscriberSandbox } from '../../../src/sandbox/subscriber/subscriber.ts'

/** Where the work goes. */
export interface Target {
  url: string
  apiKey: string
  sandbox: Sandbox
  subscriber: SubscriberSandbox
}

/** How often each is done in twenty pieces of work, and which answers are right. */
interface Kind {
  share: number
  statuses: number[]
  /** Gives the status of the answer; nothing when Partner Center itself sends the callback. */
  act(target: Target, turn: number): Promise<number> | undefined
}

/** Referrals that are edited again and again, as those of a partner are. */
const known = 200

/** What comes to a service in ordinary life, and what does not belong there. */
export const kinds: Record<string, Kind> = {
  created: { share: 2, statuses: [], act: ({ sandbox }) => void sandbox.partnerCenter.createReferral() },
  updated: {
    share: 5,
    statuses: [],
    act: ({ sandbox }, turn) => void sandbox.partnerCenter.updateReferral(idOf(sandbox, turn), { name: `Edited ${turn}` })
  },
  replayed: { share: 2, statuses: [200], act: (target, turn) => redeliver(target, turn, body => body) },
  forged: {
    share: 2,
    statuses: [401],
    act: (target, turn) => redeliver(target, turn, body => body.replace(/"referral-/, '"Referral-'))
  },
  'made-up URL': {
    share: 1,
    statuses: [401, 503],
    act: (target, turn) =>
      redeliver(target, turn, body => body, {
        'x-ms-certificate-url': `https://3psostorageacct.blob.core.windows.net/cert/${randomBytes(8).toString('hex')}.cer`
      })
  },
  read: { share: 2, statuses: [200], act: ({ sandbox, ...target }, turn) => call(target, 'GET', `/v1/referrals/${idOf(sandbox, turn)}`) },
  timeline: {
    share: 1,
    statuses: [200],
    act: ({ sandbox, ...target }, turn) => call(target, 'GET', `/v1/referrals/${idOf(sandbox, turn)}/timeline`)
  },
  metrics: { share: 1, statuses: [200], act: target => call(target, 'GET', '/v1/metrics') },
  synced: {
    share: 1,
    // A worker may have it in hand.
    statuses: [200, 409],
    act: ({ sandbox, ...target }, turn) => call(target, 'POST', `/v1/referrals/${idOf(sandbox, turn)}/sync`)
  },
  'wrong key': {
    share: 1,
    statuses: [401],
    act: ({ url }) => {
      const apiKey = `rc_${randomBytes(6).toString('hex')}_${randomBytes(32).toString('base64url')}`
      return call({ url, apiKey }, 'GET', '/v1/metrics')
    }
  },
  subscribed: { share: 1, statuses: [204], act: (target, turn) => subscribeAndEnd(target, turn) },
  unknown: { share: 1, statuses: [404], act: ({ url, apiKey }, turn) => call({ url, apiKey }, 'GET', `/v1/nothing/${turn}`) }
}

/** One after the other, evenly mixed: the kind of each turn. */
export const order: string[] = Object.entries(kinds)
  .flatMap(([name, { share }]) => Array.from({ length: share }, (_, index) => ({ name, at: (index + 0.5) / share })))
  .sort((a, b) => a.at - b.at)
  .map(({ name }) => name)

/** Events of referrals that come with each piece of work; those that the service causes itself by writing back come on top. */
export const eventShare = order.filter(name => name === 'created' || name === 'updated').length / order.length

function idOf({ partnerCenter }: Sandbox, turn: number): string {
  const referrals = partnerCenter.referrals()
  return String(referrals[(turn * 7) % Math.min(known, referrals.length)]?.id)
}

/** A delivery of a moment ago, byte for byte or not quite. */
async function redeliver(
  { url, sandbox }: Target,
  turn: number,
  change: (body: string) => string,
  headers: Record<string, string> = {}
): Promise<number> {
  const delivered = sandbox.partnerCenter.deliveries().filter(({ state }) => state === 'delivered')
  const delivery = delivered[turn % delivered.length]
  const answer = await fetch(`${url}/callbacks`, {
    method: 'POST',
    headers: { ...delivery?.headers, ...headers },
    body: change(delivery?.body ?? '')
  })
  await answer.arrayBuffer()
  return answer.status
}

async function call({ url, apiKey }: Pick<Target, 'url' | 'apiKey'>, method: string, path: string): Promise<number> {
  const answer = await fetch(`${url}${path}`, { method, headers: { 'x-api-key': apiKey } })
  await answer.arrayBuffer()
  return answer.status
}

/** A flow that is switched on and off again. */
async function subscribeAndEnd({ url, apiKey, subscriber }: Target, turn: number): Promise<number> {
  const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' }
  const body = JSON.stringify({ callbackUrl: `${subscriber.url}&flow=${turn}`, events: ['referral-created'] })
  const answer = await fetch(`${url}/v1/subscriptions`, { method: 'POST', headers, body })
  const { id } = (await answer.json()) as { id?: string }
  return id === undefined ? answer.status : await call({ url, apiKey }, 'DELETE', `/v1/subscriptions/${id}`)
}
