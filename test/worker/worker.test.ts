import t from 'tap'
import { Failure, type FailureCode } from '../../src/failure.ts'
import type { Claim, JobHint } from '../../src/ports.ts'
import type { Handler, RunTools } from '../../src/worker/handler.ts'
import { pausedMark, type WorkerOptions, worker } from '../../src/worker/worker.ts'
import { manualClock } from '../fixtures/manual-clock.ts'
import { memoryJobs } from '../fixtures/memory-jobs.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const leaseMs = 15_000
const second = 1000
const minute = 60 * second
const hour = 60 * minute

type Run = (claim: Claim, tools: RunTools) => Promise<unknown>

/** A handler whose success proves that what it needs works, unless its notes say otherwise. */
function handler(run: Run, { slots = 1, needs = [] }: Partial<Pick<Handler, 'slots' | 'needs'>> = {}): Handler {
  return {
    slots,
    needs,
    async run(claim, tools) {
      let hasNoted = false
      const note: RunTools['note'] = entry => {
        hasNoted = true
        tools.note(entry)
      }
      const result = await run(claim, { ...tools, note })
      return typeof result === 'object' && result !== null ? result : { reached: hasNoted ? [] : needs }
    }
  }
}

/** A worker on jobs in memory and a clock that stands still. `run` does the jobs of referrals. */
function setUp(run: Run = async () => undefined, { slots = 4, ...more }: Partial<WorkerOptions> & { slots?: number } = {}) {
  const clock = manualClock()
  const jobs = memoryJobs({ now: clock.now })
  const marks = new Map<string, string>()
  const { log, lines, text } = memoryLog()
  const referral = handler(run, { slots, needs: ['partner-center', 'crm', 'sign-in'] })
  const options: WorkerOptions = {
    jobs,
    marks: { get: async name => marks.get(name), put: async (name, value) => void marks.set(name, value) },
    handlers: { referral },
    log,
    now: clock.now,
    wait: clock.wait,
    random: () => 0.5,
    leaseMs,
    drainMs: 20 * second,
    maxAttempts: 10,
    pollMs: second,
    ...more
  }
  const works = worker(options)
  t.teardown(() => works.stop())
  const add = (...subjects: string[]) => jobs.add(...subjects.map(subject => hint(subject)))
  const all = () => jobs.list({}, 1000)
  return { clock, jobs, marks, lines, text, options, works, add, all, referral }
}

function hint(subject: string, more: Partial<JobHint> = {}): JobHint {
  return { kind: 'referral', subject, origin: 'callback', correlationId: `about ${subject}`, ...more }
}

/** Work that ends when it is told to. */
function gate() {
  const opened = new Map<string, () => void>()
  const open = (subject: string): void => opened.get(subject)?.()
  return { open, running: opened, run: ({ subject }: Claim) => new Promise<void>(resolve => opened.set(subject, resolve)) }
}

const failing = (code: FailureCode, more: { retryAfterMs?: number } = {}) => new Failure(code, 'It failed.', more)
const names = (count: number, name = 'r') => Array.from({ length: count }, (_, index) => `${name}${index}`)

t.test('what is queued is done, the longest due first, and is gone then', async t => {
  const done: string[] = []
  const { clock, jobs, works, add, all } = setUp(async ({ subject }) => done.push(subject), { slots: 1 })
  await jobs.add(hint('later', { dueAt: new Date(clock.now().getTime() + 5 * second) }))
  await add('first', 'second')
  works.start()
  await works.idle()
  t.same(done, ['first', 'second'])
  await clock.advance(7 * second)
  t.same(done, ['first', 'second', 'later'])
  t.same(await all(), [])
})

t.test('a job that was added is begun when the worker is woken, without a wait', async t => {
  const done: string[] = []
  const { clock, works, add } = setUp(async ({ subject }) => done.push(subject))
  works.start()
  await works.idle()
  await add('a')
  await clock.settle()
  t.same(done, [])
  works.wake('referral')
  await clock.settle()
  t.same(done, ['a'])
  await add('b')
  works.wake()
  await clock.settle()
  t.same(done, ['a', 'b'])
})

t.test('a job that nobody woke the worker for is found by looking now and then', async t => {
  const done: string[] = []
  const { clock, works, add } = setUp(async ({ subject }) => done.push(subject))
  works.start()
  await works.idle()
  await add('a')
  await clock.advance(1.25 * second)
  t.same(done, ['a'])
})

t.test('with nothing to do the store is asked once a second for each kind that has a handler', async t => {
  const { clock, jobs, options } = setUp()
  const asked: string[] = []
  const claim: typeof jobs.claim = (kind, how) => {
    asked.push(kind)
    return jobs.claim(kind, how)
  }
  const works = worker({ ...options, jobs: { ...jobs, claim }, random: () => 0 })
  works.start()
  await clock.advance(60 * second)
  t.equal(asked.length, 61)
  t.same([...new Set(asked)], ['referral'])
  works.wake('subscription')
  await clock.settle()
  t.equal(asked.length, 61)
  await works.stop()
})

t.test('as many run at once as there are slots, and no more are claimed', async t => {
  const { run, open, running } = gate()
  const { clock, jobs, works, add } = setUp(run, { slots: 2 })
  await add('a', 'b', 'c')
  works.start()
  await clock.settle()
  t.same([...running.keys()], ['a', 'b'])
  t.same(works.state().running, { referral: 2 })
  t.equal(await jobs.count({ state: 'active' }), 2)
  open('a')
  await clock.settle()
  t.same([...running.keys()], ['a', 'b', 'c'], 'a free slot is filled at once')
  open('b')
  open('c')
  await works.idle()
})

t.test('hints that come during a run are one more run afterwards, never one at the same time', async t => {
  const { run, open } = gate()
  let atOnce = 0
  let runs = 0
  const { clock, works, add, all } = setUp(async claim => {
    t.equal(++atOnce, 1)
    runs++
    await run(claim)
    atOnce--
  })
  await add('a')
  works.start()
  await clock.settle()
  await add('a', 'a')
  works.wake()
  await clock.advance(3 * second)
  t.equal(runs, 1)
  open('a')
  await clock.settle()
  t.equal(runs, 2)
  open('a')
  await works.idle()
  t.same(await all(), [])
})

t.test('several workers on the same jobs do each once, and never one subject at the same time', async t => {
  const busy = new Set<string>()
  const done: string[] = []
  const run: Run = async ({ subject }) => {
    t.notOk(busy.has(subject))
    busy.add(subject)
    await clock.wait(300)
    busy.delete(subject)
    done.push(subject)
  }
  const { clock, jobs, options, works, add } = setUp(run, { slots: 3 })
  const all = [works, ...Array.from({ length: 3 }, () => worker({ ...options, jobs }))]
  await add(...names(60))
  for (const one of all) one.start()
  await clock.advance(500)
  await add(...names(60))
  await clock.advance(20 * second)
  t.ok(done.length >= 60 && done.length <= 120)
  t.same([...new Set(done)].sort(), names(60).sort())
  t.equal(await jobs.count({}), 0)
  await Promise.all(all.map(one => one.stop()))
})

t.test('what a run notes is stored with its outcome, under the referral and the correlation id', async t => {
  const { jobs, works, add } = setUp(async ({ correlationId }, { note, call }) => {
    t.equal(call.correlationId, correlationId)
    note({ kind: 'written', text: 'The lead was updated.' })
  })
  await add('a')
  works.start()
  await works.idle()
  t.match(jobs.entries, [{ referralId: 'a', correlationId: 'about a', kind: 'written', text: 'The lead was updated.', at: /Z$/ }])
  t.equal(jobs.entries.length, 1)
})

t.test('only referrals have a timeline', async t => {
  const run: Run = async (_claim, { note }) => {
    note({ kind: 'written', text: 'The lead was updated.' })
    throw failing('REFERRAL_REFUSED')
  }
  const { jobs, works } = setUp(undefined, { handlers: { reconcile: handler(run) } })
  await jobs.add(hint('all', { kind: 'reconcile' }))
  works.start()
  await works.idle()
  t.match(await jobs.list({}, 1), [{ state: 'setAside', code: 'REFERRAL_REFUSED' }])
  t.same(jobs.entries, [])
})

t.test('a job may say when it comes back by itself', async t => {
  const at: string[] = []
  const run: Run = async () => {
    at.push(clock.now().toISOString().slice(11, 16))
    return { nextAt: new Date(clock.now().getTime() + 15 * minute) }
  }
  const { clock, jobs, works } = setUp(undefined, { handlers: { reconcile: handler(run, { needs: ['crm'] }) } })
  await jobs.add(hint('all', { kind: 'reconcile' }))
  works.start()
  await clock.advance(31 * minute)
  t.same(at, ['08:00', '08:15', '08:30'])
})

t.test('a failure that may pass is tried again later, and the timeline says when and why', async t => {
  let runs = 0
  const { clock, jobs, works, add, all } = setUp(async () => {
    if (++runs < 3) throw new Error('a stray error with a secret')
  })
  await add('a')
  works.start()
  await works.idle()
  t.equal(runs, 1)
  t.match(await all(), [{ state: 'ready', attempts: 1, code: 'INTERNAL' }])
  await clock.advance(minute)
  t.equal(runs, 3)
  t.same(await all(), [])
  t.match(jobs.entries, [
    {
      referralId: 'a',
      kind: 'retried',
      code: 'INTERNAL',
      advice: /log/,
      facts: { attempts: '1', nextAttemptAt: '2026-03-01T08:00:01.000Z' }
    },
    { kind: 'retried', facts: { attempts: '2' } }
  ])
  t.notMatch(JSON.stringify(jobs.entries), /secret/)
})

t.test('an error of this service is in the log with its stack', async t => {
  const { works, add, lines } = setUp(async () => {
    throw new TypeError('a mistake')
  })
  await add('a')
  works.start()
  await works.idle()
  const line = lines.find(({ level }) => level === 'error')
  t.match(line, { fields: { kind: 'referral', subject: 'a', correlationId: 'about a', code: 'INTERNAL', err: { stack: /worker\.test/ } } })
})

t.test('what never helps is set aside at once, with advice, and runs again when it is asked for', async t => {
  let runs = 0
  const { jobs, works, add, all, lines } = setUp(async () => {
    if (++runs === 1) throw failing('CRM_VALUE_REFUSED')
  })
  await add('a')
  works.start()
  await works.idle()
  t.match(await all(), [{ state: 'setAside', code: 'CRM_VALUE_REFUSED', message: 'It failed.' }])
  t.match(jobs.entries, [{ kind: 'setAside', code: 'CRM_VALUE_REFUSED', advice: /refused a value/ }])
  t.match(
    lines.filter(({ level }) => level === 'error'),
    [{ fields: { subject: 'a', advice: /refused a value/ } }]
  )
  await jobs.retryNow({ state: 'setAside' })
  works.wake()
  await works.idle()
  t.equal(runs, 2)
  t.same(await all(), [])
})

t.test('somebody who edits at the same time is got round at once, twice', async t => {
  let runs = 0
  const { works, add } = setUp(async () => {
    if (++runs < 3) throw failing('REFERRAL_CHANGED')
  })
  await add('a')
  works.start()
  await works.idle()
  t.equal(runs, 3)
})

/** For stories of days. */
const rarely = { pollMs: 15 * second }

for (const code of ['CRM_UNREACHABLE', 'PARTNER_CENTER_UNEXPECTED', 'CRM_DENIED', 'SIGN_IN_EXPIRED', 'CRM_NOT_SET_UP'] as const)
  t.test(`an outage (${code}) of a day costs no attempt, sets nothing aside and is told once`, async t => {
    let isDown = true
    let calls = 0
    const { clock, jobs, works, add, all, lines } = setUp(async () => {
      calls++
      if (isDown) throw failing(code)
    }, rarely)
    await add(...names(50))
    works.start()
    await clock.advance(hour)
    await add(...names(50, 'later'))
    await clock.advance(23 * hour)
    t.equal((await all()).filter(({ attempts, state }) => attempts === 0 && state === 'ready').length, 100)
    t.ok(calls < 400, `${calls} calls in a day`)
    t.match(works.state().outages, [{ code, since: new Date('2026-03-01T08:00:00Z') }])
    const errors = () => lines.filter(({ level }) => level === 'error')
    t.match(errors(), [{ fields: { code, advice: /\w/ } }])
    t.equal(errors().length, 1)
    isDown = false
    await clock.advance(5 * minute + 30 * second)
    t.equal(await jobs.count({}), 0, 'all done soon after it is over')
    t.same(works.state().outages, [])
    t.equal(lines.filter(({ message }) => message.includes('works again')).length, 1)
  })

t.test('a job that is alone survives an outage as well', async t => {
  let isDown = true
  const { clock, works, add, all } = setUp(async () => {
    if (isDown) throw failing('CRM_UNREACHABLE')
  }, rarely)
  await add('a')
  works.start()
  await clock.advance(24 * hour)
  t.match(await all(), [{ state: 'ready', attempts: 0 }])
  isDown = false
  await clock.advance(5 * minute + 30 * second)
  t.same(await all(), [])
})

t.test('events about unchanged referrals do not make an outage of the CRM the fault of the others', async t => {
  const { clock, works, add, all } = setUp(async ({ subject }, { note }) => {
    note({ kind: 'fetched', text: 'The referral is New.' })
    if (subject.startsWith('changed')) throw failing('CRM_UNREACHABLE')
    note({ kind: 'skipped', text: 'Nothing to do.' })
  })
  await add('changed 1', 'changed 2')
  works.start()
  for (let i = 0; i < 120; i++) {
    await add(`echo ${i}`)
    works.wake()
    await clock.advance(30 * second)
  }
  t.match(
    (await all()).filter(({ subject }) => subject.startsWith('changed')),
    [
      { state: 'ready', attempts: 0 },
      { state: 'ready', attempts: 0 }
    ]
  )
})

for (const { every, most } of [
  { every: 2 * second, most: 12 },
  // Between sparse successes of others some failures could have been an outage, and do not count.
  { every: minute, most: 30 }
])
  t.test(`a record that always fails is set aside after its attempts, while others go on (every ${every / second} s)`, async t => {
    let tries = 0
    let done = 0
    const { clock, works, add, all } = setUp(async ({ subject }) => {
      if (subject !== 'poison') return done++
      tries++
      throw failing('CRM_UNREACHABLE')
    })
    await add('poison')
    works.start()
    for (let i = 0; i < 400; i++) {
      await add(`good ${i}`)
      works.wake()
      await clock.advance(every)
    }
    t.equal(done, 400)
    t.same(works.state().outages, [])
    t.match(await all(), [{ subject: 'poison', state: 'setAside', code: 'CRM_UNREACHABLE', attempts: 10 }])
    t.ok(tries <= most, `${tries} tries`)
  })

t.test('a pause that is asked for is kept by all, without a call in between', async t => {
  let calls = 0
  const { clock, works, add, all } = setUp(
    async () => {
      if (++calls === 1) throw failing('CRM_BUSY', { retryAfterMs: 2 * minute })
    },
    { slots: 1 }
  )
  await add(...names(20))
  works.start()
  await works.idle()
  await clock.advance(2 * minute)
  t.equal(calls, 1)
  t.match(works.state().outages, [{ upstream: 'crm', code: 'CRM_BUSY' }])
  await clock.advance(15 * second)
  t.same(await all(), [])
  t.equal(calls, 21)
})

t.test('after a pause one job tries, and the others follow when it succeeds', async t => {
  const { run, open, running } = gate()
  let isDown = true
  const { clock, works, add } = setUp(async claim => {
    if (isDown) throw failing('CRM_UNREACHABLE')
    await run(claim)
  })
  await add(...names(10))
  works.start()
  await works.idle()
  isDown = false
  await clock.advance(10 * second)
  t.equal(running.size, 1)
  const [trying] = running.keys()
  open(trying ?? '')
  await clock.settle()
  t.equal(running.size, 5)
  for (let i = 0; i < 10; i++) {
    for (const subject of running.keys()) open(subject)
    await clock.settle()
  }
  t.equal(running.size, 10)
})

t.test('a kind that does not need what is down goes on', async t => {
  const done: string[] = []
  const { clock, jobs, options } = setUp(async () => {
    throw failing('CRM_UNREACHABLE')
  })
  const subscription = handler(async ({ subject }) => done.push(subject))
  const works = worker({ ...options, handlers: { ...options.handlers, subscription } })
  await jobs.add(...names(5).map(subject => hint(subject)))
  works.start()
  await clock.advance(minute)
  await jobs.add(hint('s', { kind: 'subscription' }))
  works.wake('subscription')
  await clock.settle()
  t.same(done, ['s'])
  t.equal(works.state().outages.length, 1)
  await works.stop()
})

t.test('what a kind of job turns out to need is waited for, though nobody said so', async t => {
  let isDown = true
  const run: Run = async () => {
    if (isDown) throw failing('SIGN_IN_UNREACHABLE')
    return { reached: ['sign-in'] }
  }
  const { clock, jobs, works, all } = setUp(undefined, { handlers: { registration: handler(run, { slots: 2 }) } })
  await jobs.add(...names(4).map(subject => hint(subject, { kind: 'registration' })))
  works.start()
  await clock.advance(hour)
  t.match(works.state().outages, [{ upstream: 'sign-in' }])
  t.equal((await all()).filter(({ attempts }) => attempts === 0).length, 4)
  isDown = false
  await clock.advance(6 * minute)
  t.same(await all(), [])
  t.same(works.state().outages, [])
})

t.test('the job of a process that ended without a word is taken over when its lease ends', async t => {
  const { clock, jobs, works, add } = setUp(async (claim, { note }) => {
    t.ok(claim.isTakenOver)
    note({ kind: 'written', text: 'The lead was updated.' })
  })
  await add('a')
  t.equal((await jobs.claim('referral', { limit: 1, leaseMs })).length, 1)
  works.start()
  await clock.advance(14 * second)
  t.equal(jobs.entries.length, 0)
  await clock.advance(3 * second)
  t.match(jobs.entries, [{ kind: 'retried', text: /process that worked on it ended/ }, { kind: 'written' }])
  t.equal(await jobs.count({}), 0)
})

t.test('a job that ends its process each time is set aside in the end, and is not run once more', async t => {
  const { clock, jobs, works, add, all } = setUp(async () => t.fail('it was run'), { maxAttempts: 3 })
  await add('a')
  for (let death = 0; death < 3; death++) {
    await jobs.claim('referral', { limit: 1, leaseMs })
    await clock.advance(leaseMs + second)
  }
  works.start()
  await works.idle()
  t.match(await all(), [{ state: 'setAside', code: 'JOB_ENDS_PROCESS' }])
})

t.test('a run that takes longer than its lease keeps it', async t => {
  const { run, open } = gate()
  let runs = 0
  const { clock, options, works, add, all } = setUp(claim => {
    runs++
    return run(claim)
  })
  const other = worker(options)
  await add('a')
  works.start()
  other.start()
  await clock.advance(10 * minute)
  t.equal(runs, 1)
  open('a')
  await works.idle()
  t.same(await all(), [])
  await other.stop()
})

t.test('a run that has lost its lease is aborted, and what comes of it is dropped', async t => {
  let signal: AbortSignal | undefined
  const { run, open } = gate()
  const { clock, jobs, works, add, all } = setUp(async (claim, tools) => {
    signal = tools.call.signal
    tools.note({ kind: 'written', text: 'The lead was updated.' })
    await run(claim)
  })
  await add('a')
  works.start()
  await clock.settle()
  await jobs.takeOver()
  const [stolen] = await jobs.claim('referral', { limit: 1, leaseMs: hour })
  t.ok(stolen)
  await clock.advance(5 * second)
  t.equal(signal?.aborted, true)
  open('a')
  await works.idle()
  t.match(await all(), [{ state: 'active' }])
  t.same(jobs.entries, [])
})

t.test('a store that cannot be reached is told of once, asked with patience, and work goes on by itself', async t => {
  const { clock, jobs, options, lines, add, all } = setUp()
  let isDown = false
  let asked = 0
  const claim: typeof jobs.claim = async (kind, how) => {
    asked++
    if (isDown) throw failing('STORE_UNAVAILABLE')
    return await jobs.claim(kind, how)
  }
  const marks = {
    get: async () => {
      asked++
      if (isDown) throw failing('STORE_UNAVAILABLE')
      return undefined
    },
    put: async () => {
      asked++
      if (isDown) throw failing('STORE_UNAVAILABLE')
    }
  }
  const works = worker({ ...options, jobs: { ...jobs, claim }, marks })
  works.start()
  await works.idle()
  isDown = true
  asked = 0
  await add('a')
  for (let i = 0; i < 100; i++) works.wake()
  await clock.advance(10 * minute)
  t.ok(asked < 40, `${asked} times in ten minutes`)
  t.match(works.state().outages, [{ upstream: 'store' }])
  t.equal(lines.filter(({ level }) => level === 'error').length, 1)
  isDown = false
  await clock.advance(32 * second)
  t.same(await all(), [])
  t.same(works.state().outages, [])
  await works.stop()
})

t.test('what was done is stored as soon as the store is back, when its lease lasts', async t => {
  const { clock, jobs, options, add, all } = setUp()
  let runs = 0
  let isDown = true
  const finish: typeof jobs.finish = async (claim, how) => {
    if (isDown) throw failing('STORE_UNAVAILABLE')
    await jobs.finish(claim, how)
  }
  const run: Run = async (_claim, { note }) => {
    runs++
    note({ kind: 'written', text: 'The lead was updated.' })
  }
  const works = worker({ ...options, jobs: { ...jobs, finish }, handlers: { referral: handler(run) } })
  await add('a')
  works.start()
  await clock.advance(8 * second)
  t.match(await all(), [{ state: 'active' }])
  isDown = false
  await clock.advance(second)
  t.same(await all(), [])
  t.equal(runs, 1)
  t.equal(jobs.entries.length, 1)

  isDown = true
  await add('b')
  await clock.advance(minute)
  isDown = false
  await clock.advance(minute)
  t.ok(runs > 2, 'after the lease it is done again')
  t.same(await all(), [])
  await works.stop()
})

t.test('a run whose lease may have ended during an outage of the store is aborted in time', async t => {
  const abortedAt: number[] = []
  const { clock, jobs, options, add } = setUp()
  const run: Run = (_claim, { call: { signal } }) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => {
        abortedAt.push(clock.now().getTime())
        reject(signal.reason)
      })
    )
  for (const extend of [async () => Promise.reject(failing('STORE_UNAVAILABLE')), () => new Promise<Claim[]>(() => undefined)]) {
    const began = clock.now().getTime()
    const works = worker({ ...options, jobs: { ...jobs, extend }, handlers: { referral: handler(run) } })
    await add('a')
    works.start()
    await clock.advance(leaseMs)
    const [aborted = Number.NaN] = abortedAt.splice(0)
    t.ok(aborted - began <= leaseMs)
    await works.stop()
    await jobs.takeOver()
    await jobs.finish((await jobs.claim('referral', { limit: 1, leaseMs }))[0] as Claim)
  }
})

t.test('an outcome that the store does not accept becomes a failed attempt, not an endless run', async t => {
  const { clock, jobs, options, add, all } = setUp()
  const finish = async () => {
    throw new TypeError('a mistake')
  }
  const works = worker({ ...options, jobs: { ...jobs, finish }, maxAttempts: 3 })
  await add('a')
  works.start()
  await clock.advance(hour)
  t.match(await all(), [{ state: 'setAside', code: 'INTERNAL', attempts: 3 }])
  await works.stop()
})

t.test('a store that can be read and not written, as on a full disk, stays down until a write succeeds', async t => {
  const { clock, jobs, options, lines, add, all } = setUp()
  let isFull = true
  const written: string[] = []
  const marks = {
    get: async () => undefined,
    put: async (name: string) => {
      if (isFull) throw failing('STORE_UNAVAILABLE')
      written.push(name)
    }
  }
  const works = worker({ ...options, jobs, marks })
  works.start()
  await works.idle()
  t.same(written, [], 'nothing is written while all is well')
  works.storeFailed(failing('STORE_UNAVAILABLE'))
  await clock.advance(5 * minute)
  t.match(works.state().outages, [{ upstream: 'store' }])
  t.equal(lines.filter(({ level }) => level === 'error').length, 1, 'told of once')
  await add('a')
  isFull = false
  await clock.advance(32 * second)
  t.same(works.state().outages, [])
  t.same(await all(), [])
  t.equal(written.length, 1)
  await works.stop()
})

t.test('a run that has asked nobody proves nothing: an outage goes on, and no attempt of a lone referral is counted', async t => {
  const { clock, jobs, options, add, all } = setUp(async () => {
    throw failing('PARTNER_CENTER_UNREACHABLE')
  })
  const registration: Handler = {
    slots: 1,
    needs: ['partner-center'],
    run: async () => ({ nextAt: new Date(clock.now().getTime() + 15 * minute) })
  }
  const works = worker({ ...options, handlers: { ...options.handlers, registration } })
  await jobs.add(hint('all', { kind: 'registration' }))
  await add('a')
  works.start()
  await clock.advance(6 * hour)
  t.match(
    (await all()).filter(({ kind }) => kind === 'referral'),
    [{ state: 'ready', attempts: 0 }]
  )
  await works.stop()
})

t.test('while there is a pause neither referrals nor subscriptions are begun, and the rest goes on', async t => {
  const done: string[] = []
  const doing = handler(async ({ kind }) => done.push(kind))
  const { clock, jobs, marks, works } = setUp(undefined, { handlers: { referral: doing, subscription: doing, housekeeping: doing } })
  marks.set(pausedMark, 'for a migration')
  for (const kind of ['referral', 'subscription', 'housekeeping'] as const) await jobs.add(hint('x', { kind }))
  works.start()
  works.wake()
  await works.idle()
  await clock.advance(minute)
  t.same(done, ['housekeeping'])
  t.equal(works.state().isPaused, true)
  marks.delete(pausedMark)
  await clock.advance(1.25 * second)
  t.same(done, ['housekeeping', 'referral', 'subscription'])
  t.equal(works.state().isPaused, false)
})

t.test('stopping begins nothing more and lets what runs end', async t => {
  const { run, open, running } = gate()
  const { clock, works, add, jobs } = setUp(run, { slots: 2 })
  await add('a', 'b', 'c')
  works.start()
  await clock.settle()
  const stopped = works.stop()
  works.wake()
  await clock.advance(19 * second)
  t.equal(running.size, 2)
  open('a')
  open('b')
  t.same(await stopped, { finished: 2, left: 0 })
  t.match(await jobs.list({}, 9), [{ subject: 'c', state: 'ready' }])
  t.equal(clock.waiting(), 0, 'no timer is left')
  await works.idle()
})

t.test('what does not end in time is aborted and given back when it has ended, with what it noted', async t => {
  const signals: AbortSignal[] = []
  const { clock, works, add, jobs } = setUp(({ subject }, { note, call: { signal } }) => {
    signals.push(signal)
    note({ kind: 'written', text: 'The lead was updated.' })
    if (subject === 'deaf') return new Promise(() => undefined)
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  await add('a', 'deaf')
  works.start()
  await clock.settle()
  const stopped = works.stop()
  t.equal(works.stop(), stopped, 'once')
  await clock.advance(19.9 * second)
  t.same(
    signals.map(({ aborted }) => aborted),
    [false, false]
  )
  t.equal(await jobs.count({ state: 'active' }), 2, 'the leases are kept meanwhile')
  await clock.advance(3 * second)
  t.same(await stopped, { finished: 0, left: 2 })
  t.ok(signals.every(({ aborted }) => aborted))
  t.match(await jobs.list({ state: 'ready' }, 9), [{ subject: 'a', attempts: 0 }])
  t.match(await jobs.list({ state: 'active' }, 9), [{ subject: 'deaf' }], 'nobody meets a run that goes on: its lease must end first')
  t.match(jobs.entries.slice(0, 2), [{ kind: 'written' }, { kind: 'retried', text: /was stopped/ }])
  t.equal(clock.waiting(), 0, 'no timer is left')
  await works.idle()
})

t.test('what was claimed in the moment of stopping is given back', async t => {
  const { clock, jobs, options, add, all } = setUp(async () => t.fail('it must not run'))
  let answer: () => void = () => undefined
  const claim: typeof jobs.claim = async (kind, how) => {
    const claims = await jobs.claim(kind, how)
    await new Promise<void>(resolve => {
      answer = resolve
    })
    return claims
  }
  const works = worker({ ...options, jobs: { ...jobs, claim } })
  await add('a')
  works.start()
  await clock.settle()
  t.match(await all(), [{ state: 'active' }])
  const stopped = works.stop()
  answer()
  t.same(await stopped, { finished: 0, left: 0 })
  t.match(await all(), [{ state: 'ready', attempts: 0 }])
})

t.test('it is idle when what is left waits, and not while work makes more work', async t => {
  const { jobs, options, add } = setUp()
  const done: string[] = []
  const referral = handler(async ({ subject }) => {
    done.push(subject)
    if (subject === 'fails') throw failing('INTERNAL')
    if (subject === 'a') await jobs.add(hint('b'), hint('s', { kind: 'subscription' }))
  })
  const subscription = handler(async ({ subject }) => {
    done.push(subject)
    await jobs.add(hint('c'))
  })
  const works = worker({ ...options, jobs, handlers: { referral, subscription } })
  await add('fails', 'a')
  works.start()
  await works.idle()
  t.same(done.sort(), ['a', 'b', 'c', 'fails', 's'])
  t.match(await jobs.list({}, 9), [{ subject: 'fails', state: 'ready' }])
  await works.stop()
})

t.test('nothing is begun before the start, and stopping then is no work', async t => {
  const { clock, works, add, all } = setUp()
  await add('a')
  works.wake()
  await works.idle()
  await clock.advance(minute)
  t.match(await all(), [{ state: 'ready' }])
  t.same(await works.stop(), { finished: 0, left: 0 })
  works.start()
  await clock.advance(minute)
  t.match(await all(), [{ state: 'ready' }])
})
