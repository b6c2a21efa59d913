import { Failure } from '../failure.ts'
import type { JobSelection, Jobs } from '../ports.ts'
import { type Job, type JobKind, type JobState, jobKinds, jobStates } from '../schemas/job.ts'
import { type Given, type Option, UsageError } from './command.ts'
import { momentFrom, sinceForm } from './duration.ts'
import { isFailureCode, nameOf } from './story.ts'

type Options = Given['options']

/** The options that narrow down which jobs are meant. */
export const selectionOptions = {
  state: { type: 'string', value: 'STATE', text: 'Only those in this state.', choices: jobStates },
  kind: { type: 'string', value: 'KIND', text: 'Only those of this kind.', choices: jobKinds },
  code: { type: 'string', value: 'CODE', text: 'Only those whose last attempt failed of this.' },
  since: { type: 'string', value: 'WHEN', text: `Only those that were touched since then. ${sinceForm}` }
} as const satisfies Record<string, Option>

/** @throws UsageError for a code that does not exist: nothing would ever match it */
export function selectionFrom({ state, kind, code, since }: Options, now: Date): JobSelection {
  if (typeof code === 'string' && !isFailureCode(code))
    throw new UsageError(`There is no failure code «${code}»; docs/failures.md has them.`)
  return {
    ...(typeof state === 'string' && { state: state as JobState }),
    ...(typeof kind === 'string' && { kind: kind as JobKind }),
    ...(typeof code === 'string' && isFailureCode(code) && { code }),
    ...(typeof since === 'string' && { since: momentFrom('since', since, now) })
  }
}

/** What a person may retry or drop in numbers; the scheduled jobs are meant only when their kind is named. */
const usualKinds: readonly JobKind[] = ['referral', 'subscription']

/** The selection as one for each kind that is meant. */
export function eachKind(selection: JobSelection): JobSelection[] {
  return selection.kind === undefined ? usualKinds.map(kind => ({ ...selection, kind })) : [selection]
}

/**
 * The job that a person names: the id of a referral or a subscription, or `kind/subject`.
 * @throws JOB_NOT_FOUND; UsageError for a kind that there is not, and for a subject of several kinds
 */
export async function jobNamed(jobs: Pick<Jobs, 'list'>, name: string): Promise<Job> {
  const [, kind, rest] = /^([^/]+)\/(.+)$/.exec(name) ?? []
  if (kind !== undefined && !isKind(kind)) throw new UsageError(`«${kind}» is no kind of job: ${jobKinds.join(', ')}.`)
  const subject = (rest ?? name).toLowerCase()
  const found = await jobs.list({ subject, ...(kind !== undefined && { kind }) }, jobKinds.length)
  const [job, other] = found
  if (job && other) throw new UsageError(`There are several: ${found.map(nameOf).join(', ')}.`)
  if (!job) throw new Failure('JOB_NOT_FOUND', 'No job has this id.')
  return job
}

function isKind(text: string): text is JobKind {
  return jobKinds.some(kind => kind === text)
}
