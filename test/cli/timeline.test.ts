import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exportTimelines, tellStory } from '../../src/cli/commands/timeline.ts'
import type { NewTimelineEntry } from '../../src/schemas/timeline.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { manualClock } from '../fixtures/manual-clock.ts'
import { memoryJobs } from '../fixtures/memory-jobs.ts'
import { memoryTimeline } from '../fixtures/ports.ts'
import { run } from '../fixtures/terminal.ts'

const referralId = '4111fffc-f9ee-4d53-bba6-569135228642'
const key = Buffer.alloc(32, 7)

const entry = (more: Partial<NewTimelineEntry> = {}): NewTimelineEntry => ({
  ...{ referralId, kind: 'received', text: 'A callback came: referral-updated.', correlationId: 'c-1' },
  ...more
})

/** A store on disk, filled by `fill` and closed again, and the settings that lead to it. */
async function stored(t: Scope & { testdir(): string }, fill: (store: Store) => Promise<unknown>) {
  const folder = t.testdir()
  const store = await openStore({ folder, key, now: () => new Date() })
  await fill(store)
  await store.close()
  return { folder, env: { DATA_DIR: folder, ENCRYPTION_KEY: key.toString('base64') } }
}

/** Something that is told to, and what it was told. */
function listener() {
  const stop = new AbortController()
  const heard: string[] = []
  const notes: string[] = []
  const terminal = { out: (text: string) => void heard.push(text), note: (text: string) => void notes.push(text), signal: stop.signal }
  return { terminal, heard, notes, stop: () => stop.abort() }
}

t.test("a referral's story has times in UTC, who did it, what failed with advice, and the fields old and new", async t => {
  const { env } = await stored(t, ({ timeline }) =>
    timeline.add(
      entry({ at: '2026-03-01T08:00:00.500Z' }),
      entry({
        ...{ at: '2026-03-01T08:00:01.999Z', kind: 'written', text: 'The lead was updated.', by: 'flow' },
        changes: [
          { field: 'estimatedAmount', from: '100', to: '200' },
          { field: 'closeDate', from: '2026-04-01' },
          { field: 'name', to: 'A…' }
        ]
      }),
      entry({ at: '2026-03-01T08:00:02.000Z', kind: 'setAside', text: 'Set aside.', code: 'CRM_VALUE_REFUSED' }),
      entry({ referralId: '00000000-0000-4000-8000-000000000000', text: "Another's." })
    )
  )
  const { code, out, note } = await run(['timeline', referralId.toUpperCase()], env)
  t.equal(code, 0)
  t.equal(note, '')
  const lines = out.split('\n')
  t.match(lines[0], /^2026-03-01T08:00:00Z {2}received +A callback came: referral-updated\.$/)
  t.match(lines[1], /^2026-03-01T08:00:01Z {2}written +The lead was updated\. \(by flow\)$/)
  t.match(
    lines.slice(2, 5).map(line => line.trim()),
    ['estimatedAmount: 100 → 200', 'closeDate: 2026-04-01 → (none)', 'name: (none) → A…']
  )
  t.match(lines[6]?.trim(), /^CRM_VALUE_REFUSED: .*Correct it and try again\.$/)
  t.notMatch(out, "Another's")
})

t.test('what other systems wrote cannot steer the terminal, nor break the line', async t => {
  const { env } = await stored(t, ({ timeline }) =>
    timeline.add(entry({ text: 'evil\u001b[2J\r\nnext\u202e', changes: [{ field: 'name', to: '\u0007bell' }] }))
  )
  const { out } = await run(['timeline', referralId], env)
  t.notMatch(out, /[\u0000-\u0009\u000b-\u001f\u202e]/)
  t.equal(out.trimEnd().split('\n').length, 2)
})

t.test('the end says what is queued: when it is tried again, why it failed, and what to do', async t => {
  const { env } = await stored(t, async ({ jobs, timeline }) => {
    await timeline.add(entry())
    await jobs.add({ kind: 'referral', subject: referralId, origin: 'callback', correlationId: 'c-1' })
    const [claim] = await jobs.claim('referral', { limit: 1, leaseMs: 1000 })
    if (claim) await jobs.setAside(claim, { code: 'CRM_VALUE_REFUSED', message: 'The CRM refused «budget».' })
  })
  const { out } = await run(['timeline', referralId], env)
  t.match(out, /\nQueued: set aside at .*, 1 failed attempt\n/)
  t.match(out, /CRM_VALUE_REFUSED: The CRM refused «budget»\.\n +The CRM refused a value/)
  t.match(out, `referral-connector jobs retry ${referralId}`)
  t.notMatch((await run(['timeline', referralId, '--json'], env)).out, 'Queued')
})

t.test('a referral that nothing is known of is no error, and what to do is said', async t => {
  const { env } = await stored(t, async () => undefined)
  t.match(await run(['timeline', referralId], env), { code: 0, out: '', note: /no callback about it has come.*referral-connector sync/ })
  t.match(await run(['timeline', 'not-a-guid'], env), { code: 2, out: '', note: /is a GUID/ })
  t.match(await run(['timeline'], env), { code: 2, note: /<referral-id> is missing/ })
})

t.test('--since leaves out what is older, by duration or date', async t => {
  const now = Date.now()
  const at = (msAgo: number): string => new Date(now - msAgo).toISOString()
  const { env } = await stored(t, ({ timeline }) =>
    timeline.add(entry({ at: at(3 * 3_600_000), text: 'old' }), entry({ at: at(60_000), text: 'new' }))
  )
  for (const since of ['2h', '90m', at(2 * 3_600_000)]) {
    const { out } = await run(['timeline', referralId, '--since', since], env)
    t.match(out, /new\n$/, since)
    t.notMatch(out, 'old', since)
  }
  t.match(await run(['timeline', referralId, '--since', '30s'], env), { code: 0, out: '', note: /since then/ })
  for (const since of ['2', 'h', '-2h', '2 years', '2026-13-01', 'yesterday', ''])
    t.match(await run(['timeline', referralId, `--since=${since}`], env), { code: 2, note: /^--since is not understood/ }, since)
})

t.test('--json gives each entry as a line', async t => {
  const { env } = await stored(t, ({ timeline }) => timeline.add(entry(), entry({ kind: 'queued', facts: { leadId: 'l-1' } })))
  const lines = (await run(['timeline', referralId, '--json'], env)).out.trimEnd().split('\n')
  t.match(
    lines.map(line => JSON.parse(line)),
    [
      { referralId, kind: 'received', correlationId: 'c-1' },
      { kind: 'queued', facts: { leadId: 'l-1' } }
    ]
  )
})

t.test('--follow tells each new entry once, also one whose id sorts before the last, until it is interrupted', async t => {
  const clock = manualClock()
  const timeline = memoryTimeline()
  const { terminal, heard, stop } = listener()
  const tell = (text: string, id?: string): Promise<void> =>
    timeline.add(entry({ text })).then(() => {
      const last = timeline.stored.at(-1)
      if (last && id !== undefined) last.id = id
      timeline.stored.sort((a, b) => (a.id < b.id ? -1 : 1))
    })
  for (let index = 1; index <= 30; index++) await tell(`entry ${index}`)
  const story = tellStory({ timeline, jobs: memoryJobs(clock) }, terminal, { referralId, isJson: false, wait: clock.wait })
  await clock.advance(2000)
  t.equal(heard.join('\n').split('\n').length, 30)
  await tell('of another process', '00000029b')
  await tell('the newest')
  await clock.advance(3000)
  t.match(heard.slice(1).join('\n'), /of another process\n.*the newest$/)
  t.equal(heard.join('\n').split('\n').length, 32)
  stop()
  await story
  t.equal(clock.waiting(), 0)
})

t.test('a failure of the store ends the following, and is no silence', async t => {
  const timeline = memoryTimeline()
  const { terminal } = listener()
  const story = tellStory({ timeline, jobs: memoryJobs(manualClock()) }, terminal, {
    referralId,
    isJson: true,
    wait: () => Promise.reject(new Error('broken'))
  })
  await t.rejects(story, { message: 'broken' })
})

t.test('an export has every entry of every referral, page by page', async t => {
  const timeline = memoryTimeline()
  await timeline.add(...Array.from({ length: 1201 }, (_, index) => entry({ text: `entry ${index}` })))
  const { terminal } = listener()
  const pages: string[] = []
  const result = await exportTimelines(timeline, { terminal, write: async lines => void pages.push(lines) })
  t.same(result, { count: 1201, isWhole: true })
  t.same(
    pages.map(page => page.split('\n').length),
    [500, 500, 201]
  )
  t.match(JSON.parse(pages[2]?.split('\n').at(-1) ?? ''), { text: 'entry 1200' })
})

t.test('an export that is interrupted says that it is not whole; a long one tells its progress', async t => {
  const timeline = memoryTimeline()
  await timeline.add(...Array.from({ length: 10_500 }, () => entry()))
  const { terminal, notes, stop } = listener()
  const write = async (): Promise<void> => (notes.length > 0 ? stop() : undefined)
  t.same(await exportTimelines(timeline, { terminal, write }), { count: 10_500, isWhole: false })
  t.same(notes, ['10000 entries …'])
})

t.test('timeline export writes a file for its owner only, or to stdout; --since is heeded', async t => {
  const { env, folder } = await stored(t, ({ timeline }) =>
    timeline.add(entry({ at: '2020-01-01T00:00:00.000Z', text: 'ancient' }), entry({ text: 'recent' }))
  )
  const out = join(folder, 'timelines.jsonl')
  t.match(await run(['timeline', 'export', '--out', out], env), { code: 0, out: '', note: '2 entries written.\n' })
  t.equal(readFileSync(out, 'utf8').trimEnd().split('\n').length, 2)
  t.equal(statSync(out).mode & 0o777, 0o600)
  const { out: text, note } = await run(['timeline', 'export', '--since', '30d'], env)
  t.match(JSON.parse(text), { text: 'recent' })
  t.equal(note, '1 entry written.\n')
  const taken = join(folder, 'taken')
  mkdirSync(taken)
  t.match(await run(['timeline', 'export', '--out', taken], env), { code: 2, note: /cannot be written \(EISDIR\)/ })
})

t.test('an export replaces a file only when it is whole, and closes it to others', async t => {
  const { env, folder } = await stored(t, ({ timeline }) => timeline.add(...Array.from({ length: 501 }, () => entry())))
  const out = join(folder, 'timelines.jsonl')
  writeFileSync(out, 'of yesterday', { mode: 0o644 })
  t.match(await run(['timeline', 'export', '--out', out], env, AbortSignal.abort()), {
    code: 1,
    out: '',
    note: /^Interrupted: .*as it was/
  })
  t.equal(readFileSync(out, 'utf8'), 'of yesterday')
  const down = { ...env, DATABASE_URL: 'postgres://a:b@127.0.0.1:1/none' }
  t.match(await run(['timeline', 'export', '--out', out], down), { code: 1, note: /^STORE_UNAVAILABLE/ })
  t.equal(readFileSync(out, 'utf8'), 'of yesterday')

  const link = join(folder, 'link')
  symlinkSync(out, link)
  t.match(await run(['timeline', 'export', '--json', '--out', link], env), { code: 0, note: '501 entries written.\n' })
  t.equal(readFileSync(out, 'utf8').trimEnd().split('\n').length, 501)
  t.equal(statSync(out).mode & 0o777, 0o600)
  t.ok(lstatSync(link).isSymbolicLink())
  t.same(
    readdirSync(folder).filter(name => name.endsWith('.tmp')),
    []
  )
})

t.test('an export to a full disk is reported as not whole', { skip: process.platform !== 'linux' }, async t => {
  const { env } = await stored(t, ({ timeline }) => timeline.add(entry()))
  t.match(await run(['timeline', 'export', '--out', '/dev/full'], env), { code: 1, note: /\(ENOSPC\); it is not whole/ })
})
