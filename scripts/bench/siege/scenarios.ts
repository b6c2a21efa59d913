import { setTimeout as pause } from 'node:timers/promises'
import { round } from '../figures.ts'
import type { AttackReport } from './attack.ts'
import type { Field, Plan } from './field.ts'

export interface Sizes {
  seconds: number
  connections: number
  urls: number
}

/** What a service must keep up beside what holds for all scenarios. */
export interface Scenario {
  about: string
  /** Whether the genuine signer is known when it begins; it is unless told. */
  isCold?: true
  /** Certificates that may be downloaded while it lasts, those of the issuers included. */
  downloads: number
  /** Beside them, how many in any minute. */
  downloadsPerMinute?: number
  /** The share of genuine callbacks that has to be accepted at the first try; the others are sent again, as Partner Center does. */
  atFirst: number
  /** Does what is hostile, and tells what it was. */
  act(field: Field, sizes: Sizes): Promise<string>
}

/** Made-up URLs that are tried in a minute at the most. */
const madeUpPerMinute = 30
/** The signing certificate and its two issuers; the path ends at a root that is there. */
const wholePath = 3

export const scenarios: Record<string, Scenario> = {
  peace: {
    about: 'nothing hostile, to compare the others with',
    downloads: 0,
    atFirst: 1,
    async act(_field, { seconds }) {
      await pause(seconds * 1000)
      return 'nothing sent'
    }
  },
  'slow-headers': {
    about: 'headers that come a byte at a time',
    downloads: 0,
    atFirst: 0.99,
    act: attacking(({ connections }) => ({ kind: 'trickle', part: 'headers', connections, everyMs: 100 }))
  },
  'slow-bodies': {
    about: 'bodies that come a byte at a time',
    downloads: 0,
    atFirst: 0.99,
    act: attacking(({ connections }) => ({ kind: 'trickle', part: 'body', connections, everyMs: 100 }))
  },
  'unread-documents': {
    about: 'connections that ask for the largest document and read nothing',
    downloads: 0,
    atFirst: 0.99,
    act: attacking(({ connections }) => ({ kind: 'deaf', path: '/openapi.json', connections: Math.ceil(connections / 25) }))
  },
  'unread-refusals': {
    about: 'connections that ask for what is not there and read nothing',
    downloads: 0,
    atFirst: 0.99,
    act: attacking(({ connections }) => ({ kind: 'deaf', path: '/nothing', connections: Math.ceil(connections / 25) }))
  },
  'bad-signatures': {
    about: 'bad signatures under the good certificate, from everywhere',
    // One renewal in five minutes: the certificate, for its issuers are known.
    downloads: 1,
    atFirst: 0.99,
    act: attacking(() => flood('bad-signature', 'many'))
  },
  'bad-signatures-from-one': {
    about: 'bad signatures under the good certificate, from one address',
    downloads: 1,
    atFirst: 0.99,
    act: attacking(() => flood('bad-signature', 'one'))
  },
  'made-up-urls': {
    about: 'a new certificate URL in each request',
    downloads: 0,
    downloadsPerMinute: madeUpPerMinute,
    atFirst: 0.99,
    act: attacking(({ urls }) => ({ ...flood('made-up-url', 'many'), count: urls }), { patience: 60 })
  },
  'wrong-keys': {
    about: 'API keys that nobody has, from everywhere',
    downloads: 0,
    atFirst: 0.99,
    act: attacking(() => flood('wrong-key', 'many'))
  },
  'everything-at-once': {
    about: 'all that is wrong in turn, from everywhere',
    downloads: 1,
    downloadsPerMinute: madeUpPerMinute,
    atFirst: 0.99,
    act: attacking(() => flood('many-wrongs', 'many'))
  },
  'slow-store': {
    about: 'made-up URLs while the certificate store drips',
    downloads: 0,
    downloadsPerMinute: madeUpPerMinute,
    atFirst: 0.99,
    act: async (field, sizes) => {
      field.store.setMood('drips')
      return await attacking(() => flood('made-up-url', 'many'))(field, sizes)
    }
  },
  'silent-store': {
    about: 'one made-up URL in all requests while the certificate store says nothing',
    downloads: 0,
    downloadsPerMinute: madeUpPerMinute,
    atFirst: 0.99,
    act: async (field, sizes) => {
      field.store.setMood('silent')
      // More at once than there is room for.
      return await attacking(() => ({ ...flood('one-made-up-url', 'many'), connections: 128 }))(field, sizes)
    }
  },
  'cold-start': {
    about: 'the store drips at the first callback, and says nothing at the next ones, and then comes back',
    isCold: true,
    // Each refusal is repeated for half a minute.
    downloads: wholePath + 3,
    atFirst: 0,
    async act({ store, genuine }) {
      store.setMood('drips')
      genuine.burst(100)
      await pause(6000)
      store.setMood('silent')
      await pause(6000)
      store.setMood('serves')
      await genuine.settled()
      return '100 first callbacks'
    }
  },
  herd: {
    about: 'the first thousand callbacks at the same moment',
    isCold: true,
    downloads: wholePath,
    atFirst: 0,
    async act({ genuine }) {
      genuine.burst(1000)
      await genuine.settled()
      return '1000 first callbacks'
    }
  }
}

function flood(request: Extract<Plan, { kind: 'flood' }>['request'], addresses: 'one' | 'many'): Extract<Plan, { kind: 'flood' }> {
  return { kind: 'flood', request, addresses, connections: 32, depth: 8 }
}

/** `patience`: how many times longer an attack with a count may take. */
function attacking(plan: (sizes: Sizes) => Plan, { patience = 1 } = {}): Scenario['act'] {
  return async (field, sizes) => described(await field.attack(plan(sizes), sizes.seconds * patience))
}

function described({ sent, answers, ended, seconds }: AttackReport): string {
  const kinds = Object.entries(answers).map(([status, count]) => `${status}×${count}`)
  return [
    `${sent} sent`,
    `${round(sent / seconds, 0)}/s`,
    kinds.length > 0 ? `answered ${kinds.join(' ')}` : 'no answer read',
    `${ended} connections ended`
  ].join(', ')
}
