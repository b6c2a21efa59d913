import t from 'tap'
import { type Course, type Sample, verdict } from '../../scripts/bench/soak/verdict.ts'

const mb = 1024 * 1024

/** Eighteen looks at a service that holds what it held, with what `change` makes of it. */
function course(change: (sample: Sample, index: number) => Partial<Sample> = () => ({}), rest: Partial<Course> = {}): Course {
  const samples = Array.from({ length: 18 }, (_, index) => {
    const noise = ((index * 5) % 7) / 3 - 1
    const work = 400 * (index + 1)
    const sample = { work, heap: (42 + noise / 4) * mb, outside: 4 * mb, resident: 130 * mb, handles: 40, stored: work * 2048 }
    return { ...sample, ...change(sample, index) }
  })
  return { samples, seconds: 180, wrong: new Map(), isDrained: true, eventShare: 0.35, ...rest }
}

t.test('a service that holds what it held keeps its promises', async t => {
  t.match(verdict(course()), { ok: true, line: /; kept$/ })
})

t.test('what grows while it warms up is no growth', async t => {
  t.ok(verdict(course(({ heap }, index) => ({ heap: heap + Math.min(index, 8) * mb }))).ok)
})

t.test('each thing that grows is named', async t => {
  const rows: [what: RegExp, change: (sample: Sample, index: number) => Partial<Sample>][] = [
    // A leak of a kilobyte with each piece of work, which nobody would see in the memory of the process.
    [/the heap grows by 1\d{3} bytes/, ({ heap, work }) => ({ heap: heap + work * 1100 })],
    [/memory beside the heap/, ({ outside, work }) => ({ outside: outside + work * 1100 })],
    [/memory of the process/, ({ resident }, index) => ({ resident: resident + index * 8 * mb })],
    [/open files and sockets/, ({ handles }, index) => ({ handles: handles + index * 2 })],
    [/stored for an event/, ({ work }) => ({ stored: work * 8192 })]
  ]
  for (const [what, change] of rows) t.match(verdict(course(change)), { ok: false, line: what }, String(what))
})

t.test('work that is left undone, or answered wrongly more than now and then, breaks a promise', async t => {
  t.match(verdict(course(undefined, { isDrained: false })), { ok: false, line: /not everything was worked off/ })
  t.match(verdict(course(undefined, { wrong: new Map([['read answered 500', 73]]) })), { ok: false, line: /read answered 500: 73/ })
  t.match(verdict(course(undefined, { wrong: new Map([['read answered 503', 2]]) })), { ok: true, line: /read answered 503: 2/ })
})
