import t from 'tap'
import { changeJobs } from '../../src/cli/commands/jobs-change.ts'
import type { FailureCode } from '../../src/failure.ts'
import type { Jobs } from '../../src/ports.ts'
import type { JobKind } from '../../src/schemas/job.ts'
import type { Store } from '../../src/store/open-store.ts'
import { manualClock } from '../fixtures/manual-clock.ts'
import { memoryJobs } from '../fixtures/memory-jobs.ts'
import { stored } from '../fixtures/stored.ts'
import { run } from '../fixtures/terminal.ts'

const ids = [
  '4111fffc-f9ee-4d53-bba6-569135228642',
  '5111fffc-f9ee-4d53-bba6-569135228642',
  '6111fffc-f9ee-4d53-bba6-569135228642'
] as const
const [first, second, third] = ids
const leaseMs = 60_000

async function queue(jobs: Jobs, subject: string, kind: JobKind = 'referral', dueAt?: Date): Promise<void> {
  await jobs.add({ kind, subject, origin: 'callback', correlationId: `of-${subject}`, ...(dueAt && { dueAt }) })
}

async function setAside(jobs: Jobs, subject: string, code: FailureCode = 'CRM_VALUE_REFUSED', kind: JobKind = 'referral'): Promise<void> {
  await queue(jobs, subject, kind)
  const claim = await jobs.claimOne({ kind, subject, origin: 'callback', correlationId: 'c' }, leaseMs)
  if (claim) await jobs.setAside(claim, { code, message: 'A value was refused.' })
}

/** One set aside, one that waits, one that is worked on, and a schedule. */
async function mixed({ jobs }: Pick<Store, 'jobs'>): Promise<void> {
  await setAside(jobs, first)
  await queue(jobs, second, 'referral', new Date('2999-01-01T00:00:00.000Z'))
  await queue(jobs, third)
  await jobs.claimOne({ kind: 'referral', subject: third, origin: 'callback', correlationId: 'c' }, leaseMs)
  await queue(jobs, 'all', 'reconcile', new Date('2999-01-01T00:00:00.000Z'))
}

t.test('the list has a row for each job and ends with the counts', async t => {
  const { env } = await stored(t, mixed)
  const { code, out, note } = await run(['jobs', 'list'], env)
  t.equal(code, 0)
  t.equal(note, '')
  t.match(out, new RegExp(`referral +${first} +setAside +1 +CRM_VALUE_REFUSED +A value was refused\\.`))
  t.match(out, new RegExp(`referral +${second} +ready +0 +2999-01-01T00:00:00Z`))
  t.match(out, /1 reconcile ready \(the first due 2999-01-01T00:00:00Z\)\n1 referral active\n1 referral ready .*\n1 referral setAside\n$/)
})

t.test('the list can be narrowed down, limited and read by machines', async t => {
  const { env } = await stored(t, mixed)
  const subjects = async (...words: string[]): Promise<string[]> =>
    JSON.parse((await run(['jobs', 'list', '--json', ...words], env)).out).jobs.map(({ subject }: { subject: string }) => subject)
  t.same(await subjects('--state', 'setAside'), [first])
  t.same(await subjects('--kind', 'reconcile'), ['all'])
  t.same(await subjects('--code', 'CRM_VALUE_REFUSED'), [first])
  t.equal((await subjects('--since', '1h')).length, 4)
  t.equal((await subjects('--since', '2999-01-01')).length, 0)
  t.match(JSON.parse((await run(['jobs', 'list', '--json', '--limit', '1'], env)).out), {
    jobs: { length: 1 },
    count: 4,
    summary: { length: 4 }
  })
  t.match(await run(['jobs', 'list', '--limit', '1'], env), { code: 0, note: '3 more match: --limit 4\n' })
  t.match(await run(['jobs', 'list', '--code', 'CRM_BUSY'], env), { code: 0, note: 'No job matches.\n' })
})

t.test('what the list does not understand is said with exit code 2', async t => {
  for (const words of [
    ['--code', 'NO_SUCH_CODE'],
    ['--code', 'toString'],
    ['--state', 'broken'],
    ['--kind', 'lead'],
    ['--limit', '0'],
    ['--limit', '1.5'],
    ['--since', 'soon'],
    ['extra']
  ])
    t.equal((await run(['jobs', 'list', ...words])).code, 2, words.join(' '))
})

t.test('an empty queue says so', async t => {
  const { env } = await stored(t, async () => undefined)
  t.match(await run(['jobs', 'list'], env), { code: 0, out: 'Nothing is queued.\n' })
})

t.test('one job is shown with its advice, what to do next, and the end of its timeline', async t => {
  const { env } = await stored(t, async store => {
    await mixed(store)
    for (let index = 1; index <= 12; index++)
      await store.timeline.add({ referralId: first, kind: 'retried', text: `Attempt ${index}.`, correlationId: 'c' })
  })
  const { out } = await run(['jobs', 'show', first.toUpperCase()], env)
  t.match(out, /State +setAside/)
  t.match(out, /Code +CRM_VALUE_REFUSED/)
  t.match(out, /Advice +The CRM refused a value\. Correct it/)
  t.match(out, `referral-connector jobs retry ${first}`)
  t.match(out, /Attempt 3\.\n(.*\n)+.*Attempt 12\.\n$/)
  t.notMatch(out, /Attempt 2\./)
  t.match(JSON.parse((await run(['jobs', 'show', `referral/${first}`, '--json'], env)).out), {
    job: { subject: first, state: 'setAside' },
    advice: /Correct it/,
    entries: { length: 10 }
  })
  t.match((await run(['jobs', 'show', 'reconcile/all'], env)).out, /Kind +reconcile/)
})

t.test('a job that there is not, a kind that there is not, and a name of several are told apart', async t => {
  const { env } = await stored(t, async ({ jobs }) => {
    await queue(jobs, 'all', 'reconcile')
    await queue(jobs, 'all', 'housekeeping')
  })
  t.match(await run(['jobs', 'show', first], env), { code: 1, note: /^JOB_NOT_FOUND/ })
  t.match(await run(['jobs', 'retry', first], env), { code: 1, note: /^JOB_NOT_FOUND/ })
  t.match(await run(['jobs', 'drop', first, '--yes'], env), { code: 1, note: /^JOB_NOT_FOUND/ })
  t.match(await run(['jobs', 'show', 'lead/all'], env), { code: 2, note: /«lead» is no kind of job/ })
  t.match(await run(['jobs', 'show', 'all'], env), { code: 2, note: /several: .*(reconcile|housekeeping)\/all/ })
})

t.test('a single job is retried at once, and the timeline says who did it', async t => {
  const { env, withStore } = await stored(t, mixed)
  t.match(await run(['jobs', 'retry', first], env), { code: 0, out: `${first} is tried again now.\n` })
  await withStore(async ({ jobs, timeline }) => {
    t.match(await jobs.list({ subject: first }, 1), [{ state: 'ready', attempts: 0 }])
    t.match(await timeline.list(first, { limit: 10 }), [
      {
        kind: 'resolved',
        text: /tried again now\. It was set aside \(CRM_VALUE_REFUSED\)/,
        by: /^cli:./,
        correlationId: `of-${first}`,
        facts: { action: 'retry', state: 'setAside', code: 'CRM_VALUE_REFUSED' }
      }
    ])
  })
})

t.test('a job that is worked on is left alone', async t => {
  const { env, withStore } = await stored(t, mixed)
  t.match(await run(['jobs', 'retry', third], env), { code: 1, out: '', note: /^REFERRAL_BUSY/ })
  t.match(await run(['jobs', 'drop', third, '--yes'], env), { code: 1, out: '', note: /^REFERRAL_BUSY/ })
  await withStore(async ({ jobs, timeline }) => {
    t.match(await jobs.list({ subject: third }, 1), [{ state: 'active' }])
    t.same(await timeline.list(third, { limit: 10 }), [])
  })
})

t.test('dropping always asks for --yes, and changes nothing before', async t => {
  const { env, withStore } = await stored(t, mixed)
  t.match(await run(['jobs', 'drop', first], env), { code: 1, out: '', note: /1 job .*add --yes to do it/ })
  await withStore(async ({ jobs }) => t.equal(await jobs.count({}), 4))
  t.match(await run(['jobs', 'drop', first, '--yes'], env), { code: 0, out: `${first} is forgotten.\n` })
  await withStore(async ({ jobs, timeline }) => {
    t.equal(await jobs.count({ subject: first }), 0)
    t.match(await timeline.list(first, { limit: 10 }), [{ kind: 'resolved', text: /^Dropped from the queue/, facts: { action: 'drop' } }])
  })
})

t.test('a selection is counted first and changed with --yes; what is not meant stays as it was', async t => {
  const { env, withStore } = await stored(t, async store => {
    await mixed(store)
    await setAside(store.jobs, 'a', 'CRM_DUPLICATE')
    await setAside(store.jobs, 'b', 'SUBSCRIBER_REFUSED', 'subscription')
  })
  t.match(await run(['jobs', 'retry', '--all'], env), { code: 1, out: '', note: '3 jobs match: add --yes to do it.\n' })
  t.match(JSON.parse((await run(['jobs', 'retry', '--all', '--json'], env)).out), { count: 3, done: [] })
  await withStore(async ({ jobs }) => t.equal(await jobs.count({ state: 'setAside' }), 3))

  t.match(await run(['jobs', 'retry', '--code', 'CRM_DUPLICATE', '--yes'], env), { code: 0, out: '1 job tried again now.\n' })
  await withStore(async ({ jobs }) => t.equal(await jobs.count({ state: 'setAside' }), 2))
  const { code, out } = await run(['jobs', 'drop', '--since', '1h', '--yes', '--json'], env)
  t.equal(code, 0)
  t.same(JSON.parse(out), {
    count: 2,
    done: [
      { kind: 'referral', subject: first },
      { kind: 'subscription', subject: 'b' }
    ]
  })
  await withStore(async ({ jobs, timeline }) => {
    t.same(
      (await jobs.list({}, 10)).map(({ subject, state }) => `${subject} ${state}`).sort(),
      [`${second} ready`, `${third} active`, 'a ready', 'all ready'].sort()
    )
    t.same(
      (await timeline.all({ limit: 10 })).map(({ referralId }) => referralId),
      ['a', first],
      'a subscription has no timeline'
    )
  })
})

t.test('what waits is meant only with --state ready, and the schedules only by their kind', async t => {
  const { env, withStore } = await stored(t, mixed)
  t.match(await run(['jobs', 'drop', '--all', '--state', 'ready', '--yes'], env), { code: 0, out: '1 job forgotten.\n' })
  await withStore(async ({ jobs }) =>
    t.same(
      (await jobs.list({ state: 'ready' }, 9)).map(({ subject }) => subject),
      ['all']
    )
  )
  t.match(await run(['jobs', 'retry', '--all', '--state', 'ready', '--kind', 'reconcile', '--yes'], env), { code: 0, out: /^1 job/ })
  t.match(await run(['jobs', 'retry', '--code', 'CRM_BUSY', '--yes'], env), {
    code: 0,
    out: '',
    note: /No job matches in the state setAside/
  })
})

t.test('a schedule is not dropped, for it would end without a word', async t => {
  const { env, withStore } = await stored(t, async store => {
    for (const kind of ['reconcile', 'registration', 'housekeeping'] as const) await queue(store.jobs, 'all', kind)
  })
  for (const [kind, says] of [
    ['reconcile', /RECONCILE_MINUTES=0/],
    ['registration', /REGISTRATION_MINUTES=0/],
    ['housekeeping', /TIMELINE_DAYS/]
  ] as const) {
    t.match(await run(['jobs', 'drop', `${kind}/all`, '--yes'], env), { code: 2, out: '', note: says })
    t.match(await run(['jobs', 'drop', '--all', '--state', 'ready', '--kind', kind, '--yes'], env), { code: 2, out: '', note: says })
  }
  await withStore(async ({ jobs }) => t.equal(await jobs.count({}), 3))
  t.match(await run(['jobs', 'retry', 'reconcile/all'], env), { code: 0 })
})

t.test('an id and a selection at once, or neither, are not understood', async t => {
  for (const words of [
    ['retry'],
    ['drop', '--yes'],
    ['retry', '--kind', 'referral'],
    ['retry', first, '--all'],
    ['drop', first, '--state', 'ready']
  ])
    t.match(await run(['jobs', ...words]), { code: 2, out: '' }, words.join(' '))
  t.equal((await run(['jobs', 'retry', '--all', '--state', 'active'])).code, 2)
})

t.test('an interruption leaves the others as they were, and each one that was changed in its timeline', async t => {
  const jobs = memoryJobs(manualClock())
  for (const id of ids) await setAside(jobs, id)
  const stop = new AbortController()
  const notes: string[] = []
  const wanted = { selection: { state: 'setAside' }, isYes: true, isJson: false, by: 'cli:tester' } as const
  const code = await changeJobs(
    'retry',
    wanted,
    { jobs: { ...jobs, retryNow: (...args) => jobs.retryNow(...args).finally(() => stop.abort()) } },
    { out: text => void notes.push(text), note: text => void notes.push(text), signal: stop.signal }
  )
  t.equal(code, 1)
  t.same(notes, ['1 job tried again now.', 'Interrupted: the others are as they were.'])
  t.equal(await jobs.count({ state: 'setAside' }), 2)
  t.match(jobs.entries, [{ kind: 'resolved', by: 'cli:tester' }])
})

t.test('a job that came back by itself since it was listed is not touched', async t => {
  const jobs = memoryJobs(manualClock())
  for (const id of [first, second]) await setAside(jobs, id)
  const list: Jobs['list'] = async (selection, limit) => {
    const found = await jobs.list(selection, limit)
    await queue(jobs, first)
    return found
  }
  const out: string[] = []
  const wanted = { selection: { state: 'setAside' }, isYes: true, isJson: true, by: 'cli:tester' } as const
  const terminal = { out: (text: string) => void out.push(text), note: () => undefined, signal: new AbortController().signal }
  t.equal(await changeJobs('drop', wanted, { jobs: { ...jobs, list } }, terminal), 0)
  t.match(JSON.parse(out[0] ?? ''), { done: [{ subject: second }] })
  t.equal(await jobs.count({ subject: first, state: 'ready' }), 1)
  t.match(jobs.entries, [{ referralId: second }])
  t.equal(jobs.entries.length, 1, 'nor does its timeline say so')
})

t.test('a pause is seen by whoever looks, kept as it was begun, and ended', async t => {
  const { env, withStore } = await stored(t, async () => undefined)
  t.match(await run(['jobs', 'pause', '--reason', 'CRM is moved'], env), { code: 0, note: /^Paused/ })
  const mark = await withStore(({ marks }) => marks.get('paused'))
  t.match(JSON.parse(mark ?? ''), { since: /^\d{4}-.*Z$/, by: /^cli:./, reason: 'CRM is moved' })
  t.match((await run(['jobs', 'list'], env)).out, /Paused since \S+Z by cli:\S+: CRM is moved\. Continue with/)
  t.match(JSON.parse((await run(['jobs', 'list', '--json'], env)).out), { paused: { reason: 'CRM is moved' } })
  t.match(await run(['jobs', 'pause', '--reason', 'another'], env), { code: 0, note: /^Paused since .*CRM is moved/ })
  t.equal(await withStore(({ marks }) => marks.get('paused')), mark)
  t.match(JSON.parse((await run(['jobs', 'resume', '--json'], env)).out), { resumed: true })
  t.match(await run(['jobs', 'resume'], env), { code: 0, note: 'Nothing was paused.\n' })
  t.notMatch((await run(['jobs', 'list'], env)).out, 'Paused')
})

t.test('a mark that says nothing readable is a pause all the same', async t => {
  for (const text of ['', 'yes', 'null', '3', '[]', '{"since":5}']) {
    const { env } = await stored(t, ({ marks }) => marks.put('paused', text))
    t.match((await run(['jobs', 'list'], env)).out, /\nPaused\. Continue with/, text)
    t.match(await run(['jobs', 'resume'], env), { code: 0, note: /^Resumed/ })
  }
})
