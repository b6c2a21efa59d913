import { type FailureCode, failures } from '../failure.ts'
import type { Job } from '../schemas/job.ts'
import { type TimelineEntry, timelineKinds } from '../schemas/timeline.ts'
import { onOneLine } from './one-line.ts'

const kindWidth = Math.max(...timelineKinds.map(kind => kind.length))
/** Below the text of an entry: its time, its kind and two gaps come before. */
const indent = ' '.repeat('2026-01-01T00:00:00Z'.length + kindWidth + 4)

/** An entry as lines for people: when, what, and below it what went wrong, what to do, and which fields changed. */
export function entryText({ at, kind, text, by, code, advice, changes = [] }: TimelineEntry): string {
  const who = by === undefined ? '' : ` (by ${by})`
  const help = code === undefined ? [] : [[`${code}:`, advice ?? adviceFor(code)].join(' ').trim()]
  const fields = changes.map(({ field, from = '(none)', to = '(none)' }) => `${field}: ${from} → ${to}`)
  const first = `${toSeconds(at)}  ${kind.padEnd(kindWidth)}  ${onOneLine(text + who)}`
  return [first, ...[...help, ...fields].map(line => indent + onOneLine(line))].join('\n')
}

/** What is queued, as lines for people. */
export function jobText(job: Job): string {
  const { state, dueAt, attempts, code, message = '', updatedAt } = job
  const failed = attempts === 0 ? '' : `, ${attempts} failed ${attempts === 1 ? 'attempt' : 'attempts'}`
  const when = {
    ready: `ready, next attempt ${dueAt === undefined ? 'unknown' : toSeconds(dueAt)}`,
    active: 'active, being worked on now',
    setAside: `set aside at ${toSeconds(updatedAt)}, until somebody retries it or a new event comes`
  }[state]
  const why = code === undefined ? [] : [`${code}: ${message}`, adviceFor(code)].filter(line => line !== '')
  const next = state === 'setAside' ? [`Then: referral-connector jobs retry ${nameOf(job)}`] : []
  return [`Queued: ${when}${failed}`, ...[...why, ...next].map(line => `        ${onOneLine(line)}`)].join('\n')
}

/** How a job is named on the command line: the id of its referral, or kind and subject. */
export function nameOf({ kind, subject }: Pick<Job, 'kind' | 'subject'>): string {
  return kind === 'referral' ? subject : `${kind}/${subject}`
}

/** What to do about a failure; nothing for a code that only another version of this program knows. */
export function adviceFor(code: string): string {
  return isFailureCode(code) ? failures[code].advice : ''
}

export function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(failures, code)
}

/** ISO 8601 to the second, in UTC. */
export function toSeconds(at: string): string {
  return `${at.slice(0, 19)}Z`
}
