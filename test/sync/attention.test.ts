import t from 'tap'
import type { Jobs } from '../../src/ports.ts'
import type { Job } from '../../src/schemas/job.ts'
import { setAsideJobs } from '../../src/sync/attention.ts'

const start = Date.parse('2026-03-01T08:00:00.000Z')

/** Jobs that are set aside, by subject, and a listener that keeps its mark. */
function listening() {
  const rows = new Map<string, Job>()
  const jobs: Pick<Jobs, 'list'> = {
    async list({ since }, limit, first = 'latest') {
      const found = [...rows.values()]
        .filter(({ updatedAt }) => since === undefined || new Date(updatedAt) >= since)
        .sort((a, b) => a.updatedAt.localeCompare(b.updatedAt) || a.subject.localeCompare(b.subject))
      return (first === 'latest' ? found.reverse() : found).slice(0, limit)
    }
  }
  let mark: string | undefined
  return {
    rows,
    setAside(subject: string, ms: number): void {
      const at = new Date(start + ms).toISOString()
      rows.set(subject, {
        ...{ kind: 'referral', subject, state: 'setAside', origin: 'callback', attempts: 1, hints: 1, correlationId: 'c-1' },
        ...{ code: 'CRM_VALUE_REFUSED', message: 'No.', createdAt: at, updatedAt: at }
      })
    },
    mark: () => mark,
    /** The subjects of what is new. */
    async hear(): Promise<string[]> {
      const told = await setAsideJobs(mark, { jobs })
      mark = told.mark
      return told.jobs.map(({ subject }) => subject)
    }
  }
}

t.test('at first all that waits is told, newest first, and then only what comes after', async t => {
  const { setAside, hear, mark } = listening()
  t.same(await hear(), [])
  setAside('a', 0)
  setAside('b', 5)
  t.same(await hear(), ['b', 'a'])
  const before = mark()
  t.same(await hear(), [])
  t.equal(mark(), before, 'the mark stays while nothing is new')
  setAside('c', 7)
  t.same(await hear(), ['c'])
  t.same(await hear(), [])
})

t.test('what comes in the same millisecond is told too, and nothing twice', async t => {
  const { setAside, hear } = listening()
  setAside('b', 0)
  t.same(await hear(), ['b'])
  setAside('a', 0)
  setAside('c', 0)
  t.same((await hear()).sort(), ['a', 'c'])
  t.same(await hear(), [])
})

t.test('what was stored late, or by a process whose clock is a little behind, is told', async t => {
  const { setAside, hear } = listening()
  setAside('a', 60_000)
  t.same(await hear(), ['a'])
  setAside('b', 1000)
  t.same(await hear(), ['b'])
})

t.test('a job that was done and is set aside once more is told once more; one that is gone is not missed', async t => {
  const { setAside, hear, rows } = listening()
  setAside('a', 0)
  setAside('b', 0)
  await hear()
  setAside('a', 1)
  rows.delete('b')
  t.same(await hear(), ['a'])
  t.same(await hear(), [])
})

t.test('of very many new ones the oldest come first, and none is lost', async t => {
  const { setAside, hear } = listening()
  setAside('first', 0)
  await hear()
  for (let n = 0; n < 350; n++) setAside(`r-${String(n).padStart(3, '0')}`, 10 + Math.floor(n / 7))
  const heard: string[][] = []
  for (let told = await hear(); told.length > 0; told = await hear()) heard.push(told)
  t.same(
    heard.map(({ length }) => length),
    [100, 100, 100, 50]
  )
  t.same(
    heard.flatMap(told => told.toReversed()),
    Array.from({ length: 350 }, (_, n) => `r-${String(n).padStart(3, '0')}`)
  )
})

t.test('without a mark the latest hundred are told', async t => {
  const { setAside, hear } = listening()
  for (let n = 0; n < 300; n++) setAside(`r-${n}`, n * 120_000)
  const told = await hear()
  t.equal(told.length, 100)
  t.equal(told[0], 'r-299')
  t.same(await hear(), [], 'what is older is history')
})

t.test('however it goes, everything is told once', async t => {
  for (let seed = 1; seed <= 40; seed++) {
    let state = seed
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return Math.floor((state / 2 ** 31) * below)
    }
    const { setAside, hear } = listening()
    await hear()
    const told: string[] = []
    let made = 0
    let now = 0
    for (let step = 0; step < 60; step++) {
      if (random(3) > 0) {
        // Up to half a minute late, some at the same time.
        for (let burst = random(random(10) === 0 ? 200 : 8); burst > 0; burst--)
          setAside(`r-${made++}`, Math.max(0, now - random(2) * random(30_000)))
        now += random(5) === 0 ? 0 : random(90_000)
      } else told.push(...(await hear()))
    }
    for (let more = await hear(); more.length > 0; more = await hear()) told.push(...more)
    t.equal(told.length, made, `seed ${seed}: as many as there were`)
    t.equal(new Set(told).size, made, `seed ${seed}: each once`)
  }
})

t.test('a mark stays short enough for a URL, whatever happened', async t => {
  const { setAside, hear, mark } = listening()
  await hear()
  for (let n = 0; n < 3000; n++) setAside(`r-${n}`, n)
  const told: string[] = []
  for (let more = await hear(); more.length > 0; more = await hear()) {
    told.push(...more)
    t.ok(String(mark()).length <= 3300)
    t.match(mark(), /^[\w.-]+$/)
  }
  t.equal(new Set(told).size, 3000)
  t.equal(told.length, 3000)
})

t.test('what is no mark is refused', async t => {
  const { list } = { list: async () => [] }
  for (const since of ['yesterday', '.', 'zz', '1.abc', '1.abcdefg!', 'zzzzzzzzzz.', '-1.', '1.abcdefgh\n', `${'1'.repeat(11)}.`])
    await t.rejects(setAsideJobs(since, { jobs: { list } }), { code: 'REQUEST_INVALID', message: /since/ }, JSON.stringify(since))
  t.same(await setAsideJobs('0.', { jobs: { list } }), { jobs: [], mark: '0.' })
})
