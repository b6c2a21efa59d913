import t from 'tap'
import type { Claim } from '../../src/ports.ts'
import { oneAtATime } from '../../src/sync/one-at-a-time.ts'
import { memoryJobs } from '../fixtures/memory-jobs.ts'

const referralId = '4111fffc-f9ee-4d53-bba6-569135228642'
const errand = { referralId, correlationId: 'c', by: 'a flow', settlesJob: true }
/** Short, for its thirds are real time. */
const leaseMs = 60

function setUp(change: (jobs: ReturnType<typeof memoryJobs>) => Partial<ReturnType<typeof memoryJobs>> = () => ({})) {
  const now = (): Date => new Date()
  const jobs = memoryJobs({ now })
  const wait = async (): Promise<void> => new Promise(resolve => setImmediate(resolve))
  return { jobs, alone: oneAtATime({ jobs: { ...jobs, ...change(jobs) }, leaseMs, wait, now }) }
}

const aborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

t.test('callers of one referral wait in line, and what they do is noted', async t => {
  const { jobs, alone } = setUp()
  const order: string[] = []
  const first = alone(errand, async ({ note, call }) => {
    order.push('first begins')
    await new Promise(resolve => setImmediate(resolve))
    note({ kind: 'written', text: 'The lead was updated.' })
    order.push('first ends')
    t.equal(call.correlationId, 'c')
    return 1
  })
  const second = alone(errand, async () => order.push('second'))
  t.equal(await first, 1)
  await second
  t.same(order, ['first begins', 'first ends', 'second'])
  t.match(jobs.entries, [{ kind: 'written', by: 'a flow', referralId }])
  t.equal(await jobs.count({}), 0)
})

t.test('work that lasts longer than its lease keeps it', async t => {
  let extended = 0
  let enough: () => void = () => undefined
  const { alone } = setUp(jobs => ({
    extend: async (claims, ms) => {
      if (++extended === 5) enough()
      return await jobs.extend(claims, ms)
    }
  }))
  await alone(errand, async ({ call }) => {
    await new Promise<void>(resolve => {
      enough = resolve
    })
    t.equal(call.signal?.aborted, false)
  })
})

for (const [name, extend] of [
  ['was taken by somebody else', async (): Promise<Claim[]> => []],
  ['cannot be lengthened', async () => Promise.reject(new Error('down'))],
  ['is not heard of any more', () => new Promise<Claim[]>(() => undefined)]
] as const)
  t.test(`work whose lease ${name} is stopped in time, and the caller is told to come again`, async t => {
    const { alone } = setUp(() => ({ extend }))
    const began = Date.now()
    await t.rejects(
      alone(errand, async ({ call: { signal } }) => aborted(signal)),
      { code: 'REFERRAL_BUSY', retryAfterMs: leaseMs }
    )
    t.ok(Date.now() - began < 10_000)
  })
