import { pausedMark } from '../../compose.ts'
import type { Jobs, Marks, TimelineEntries } from '../../ports.ts'
import type { Job } from '../../schemas/job.ts'
import type { TimelineEntry } from '../../schemas/timeline.ts'
import { type Command, type Given, UsageError } from '../command.ts'
import { jobNamed, selectionFrom, selectionOptions } from '../job-selection.ts'
import { onOneLine } from '../one-line.ts'
import { operator } from '../operator.ts'
import { type Pause, readPause } from '../pause.ts'
import { adviceFor, entryText, nameOf, toSeconds } from '../story.ts'
import { table } from '../table.ts'
import { withStore } from '../with-service.ts'

const json = { type: 'boolean', text: 'Print JSON.' } as const
const shownEntries = 10
const shownMessage = 100

export const jobsList: Command = {
  name: 'jobs list',
  summary: 'List what is queued, what fails, and what was set aside',
  description: 'The latest touched first. The end says how many there are in all, and whether the workers are paused.',
  options: { ...selectionOptions, limit: { type: 'string', value: 'N', text: 'How many at the most, 1 to 10000. Default 50.' }, json },
  examples: [
    'referral-connector jobs list',
    'referral-connector jobs list --state setAside',
    "referral-connector jobs list --code CRM_VALUE_REFUSED --json | jq -r '.jobs[].subject'"
  ],
  async run({ options }, terminal) {
    const selection = selectionFrom(options, new Date())
    const limit = limitFrom(options.limit)
    return await withStore(terminal, async ({ jobs, marks }) => {
      const [found, count, summary, paused] = [
        await jobs.list(selection, limit),
        await jobs.count(selection),
        await jobs.summary(),
        await readPause(marks, pausedMark)
      ]
      if (options.json) terminal.out(JSON.stringify({ jobs: found, count, summary, ...(paused && { paused }) }))
      else {
        if (found.length > 0) terminal.out(table(['Kind', 'Subject', 'State', 'Attempts', 'Next', 'Code', 'Message'], found.map(row)))
        else if (summary.length > 0) terminal.note('No job matches.')
        if (count > found.length) terminal.note(`${count - found.length} more match: --limit ${Math.min(count, 10_000)}`)
        terminal.out(`${found.length > 0 ? '\n' : ''}${summaryText(summary)}`)
        if (paused) terminal.out(pauseText(paused))
      }
      return 0
    })
  }
}

export const jobsShow: Command = {
  name: 'jobs show',
  summary: 'Show one job: its state, why it failed and what to do',
  description: 'With the last entries of its timeline; «timeline» has all of them.',
  args: [{ name: 'id', text: 'The id of a referral, or kind/subject, for example reconcile/all.' }],
  options: { json },
  examples: ['referral-connector jobs show 4111fffc-f9ee-4d53-bba6-569135228642', 'referral-connector jobs show reconcile/all --json'],
  run: ({ args, options }, terminal) =>
    withStore(terminal, async ({ jobs, timeline }) => {
      const job = await jobNamed(jobs, args[0] ?? '')
      const advice = job.code === undefined ? '' : adviceFor(job.code)
      const entries = job.kind === 'referral' ? await lastEntries(timeline, job.subject) : []
      if (options.json) terminal.out(JSON.stringify({ job, ...(advice !== '' && { advice }), entries }))
      else {
        terminal.out(table(['', 'Job'], particulars(job, advice)))
        if (entries.length > 0) terminal.out(['', ...entries.map(entryText)].join('\n'))
      }
      return 0
    })
}

export const jobsPause: Command = {
  name: 'jobs pause',
  summary: 'Let referrals and subscriptions wait',
  description: 'Callbacks are still received and stored, and callers are still served. What is being worked on now is finished.',
  options: { reason: { type: 'string', value: 'TEXT', text: 'Why, for whoever looks next.' }, json },
  examples: ['referral-connector jobs pause --reason "CRM is moved"'],
  run: ({ options }, terminal) =>
    withStore(terminal, async ({ marks }) => {
      const reason = typeof options.reason === 'string' && options.reason !== '' ? options.reason : undefined
      const before = await readPause(marks, pausedMark)
      const paused = before ?? (await pauseNow(marks, reason))
      if (options.json) terminal.out(JSON.stringify({ paused }))
      else if (before) terminal.note(pauseText(before))
      else terminal.note('Paused, within seconds everywhere. Continue with «referral-connector jobs resume».')
      return 0
    })
}

export const jobsResume: Command = {
  name: 'jobs resume',
  summary: 'End the pause',
  options: { json },
  examples: ['referral-connector jobs resume'],
  run: ({ options }, terminal) =>
    withStore(terminal, async ({ marks }) => {
      const before = await readPause(marks, pausedMark)
      await marks.delete(pausedMark)
      if (options.json) terminal.out(JSON.stringify({ resumed: before !== undefined }))
      else terminal.note(before ? 'Resumed: what waited is worked off.' : 'Nothing was paused.')
      return 0
    })
}

async function pauseNow(marks: Pick<Marks, 'put'>, reason: string | undefined): Promise<Pause> {
  const paused: Pause = { since: new Date().toISOString(), by: operator(), ...(reason !== undefined && { reason }) }
  await marks.put(pausedMark, JSON.stringify(paused))
  return paused
}

function limitFrom(given: Given['options'][string]): number {
  const limit = Number(given ?? 50)
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) throw new UsageError('--limit is a whole number from 1 to 10000.')
  return limit
}

function row({ kind, subject, state, attempts, dueAt, code = '', message = '' }: Job): string[] {
  const line = onOneLine(message)
  const short = line.length > shownMessage ? `${line.slice(0, shownMessage - 1)}…` : line
  return [kind, subject, state, String(attempts), dueAt === undefined ? '' : toSeconds(dueAt), code, short]
}

function particulars(job: Job, advice: string): string[][] {
  const { kind, subject, state, origin, attempts, hints, dueAt, code, message, correlationId, createdAt, updatedAt } = job
  const rows: [string, string | undefined][] = [
    ['Kind', kind],
    ['Subject', subject],
    ['State', state],
    ['Origin', origin],
    ['Failed attempts', String(attempts)],
    ['Hints', String(hints)],
    [state === 'active' ? 'Lease ends' : 'Next attempt', dueAt && toSeconds(dueAt)],
    ['Code', code],
    ['Message', message],
    ['Advice', advice || undefined],
    ['Correlation id', correlationId],
    ['Queued', toSeconds(createdAt)],
    ['Last touched', toSeconds(updatedAt)],
    ['Then', state === 'setAside' ? `referral-connector jobs retry ${nameOf(job)}` : undefined]
  ]
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
}

type Summary = Awaited<ReturnType<Jobs['summary']>>

function summaryText(summary: Summary): string {
  if (summary.length === 0) return 'Nothing is queued.'
  return [...summary]
    .sort((a, b) => `${a.kind} ${a.state}`.localeCompare(`${b.kind} ${b.state}`))
    .map(({ kind, state, count, oldestDueAt }) =>
      [`${count} ${kind} ${state}`, oldestDueAt ? `(the first due ${toSeconds(oldestDueAt.toISOString())})` : ''].join(' ').trim()
    )
    .join('\n')
}

function pauseText({ since, by, reason }: Partial<Pause>): string {
  const particulars = [since && `since ${toSeconds(since)}`, by && `by ${by}`].filter(Boolean).join(' ')
  return onOneLine(
    [`Paused${particulars && ` ${particulars}`}${reason ? `: ${reason}.` : '.'}`, 'Continue with «referral-connector jobs resume».'].join(
      ' '
    )
  )
}

/** Timelines are read oldest first, in pages. */
async function lastEntries(timeline: Pick<TimelineEntries, 'list'>, referralId: string): Promise<TimelineEntry[]> {
  let last: TimelineEntry[] = []
  for (let after: string | undefined; ; ) {
    const page: TimelineEntry[] = await timeline.list(referralId, { limit: 500, ...(after !== undefined && { after }) })
    last = [...last, ...page].slice(-shownEntries)
    after = page.at(-1)?.id
    if (page.length < 500) return last
  }
}
