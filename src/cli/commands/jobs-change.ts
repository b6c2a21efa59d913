import { setImmediate as turn } from 'node:timers/promises'
import { Failure } from '../../failure.ts'
import type { JobSelection, Jobs } from '../../ports.ts'
import type { Job, JobKind } from '../../schemas/job.ts'
import type { NewTimelineEntry } from '../../schemas/timeline.ts'
import { type Command, type Given, type Terminal, UsageError } from '../command.ts'
import { eachKind, jobNamed, selectionFrom, selectionOptions } from '../job-selection.ts'
import { operator } from '../operator.ts'
import { nameOf } from '../story.ts'
import { withStore } from '../with-service.ts'

type Verb = 'retry' | 'drop'
type Ports = { jobs: Pick<Jobs, 'list' | 'count' | 'retryNow' | 'drop'> }

const arg = {
  name: 'id',
  text: 'The id of a referral, or kind/subject; without it a selection: --all, --code or --since.',
  optional: true
} as const
const options = {
  all: { type: 'boolean', text: 'All of the state and kind.' },
  ...selectionOptions,
  state: { ...selectionOptions.state, text: 'Those in this state; setAside when left out.', choices: ['ready', 'setAside'] },
  kind: { ...selectionOptions.kind, text: 'Those of this kind; referral and subscription when left out.' },
  yes: { type: 'boolean', text: 'Do it; without it a selection is only counted.' },
  json: { type: 'boolean', text: 'Print the result as JSON.' }
} as const satisfies Command['options']

export const jobsRetry: Command = {
  name: 'jobs retry',
  summary: 'Try again now what was set aside, or waits',
  description: 'Failed attempts are forgotten. The running service does the work; the timeline of each referral says who asked for it.',
  args: [arg],
  options,
  examples: [
    'referral-connector jobs retry 4111fffc-f9ee-4d53-bba6-569135228642',
    'referral-connector jobs retry --code CRM_VALUE_REFUSED --yes',
    'referral-connector jobs retry --all --state ready --yes'
  ],
  heedsSignal: true,
  run: (given, terminal) => run('retry', given, terminal)
}

export const jobsDrop: Command = {
  name: 'jobs drop',
  summary: 'Forget jobs without doing them',
  description: 'Nothing is changed in Partner Center or the CRM. A new event or a reconciliation may queue the same referral again.',
  args: [arg],
  options: { ...options, yes: { type: 'boolean', text: 'Do it; without it the jobs are only counted.' } },
  examples: [
    'referral-connector jobs drop 4111fffc-f9ee-4d53-bba6-569135228642 --yes',
    'referral-connector jobs drop --code REFERRAL_NOT_FOUND --since 7d --yes'
  ],
  heedsSignal: true,
  run: (given, terminal) => run('drop', given, terminal)
}

/** What is done on a schedule queues itself again when it is done: dropped, it would end without a word until the next start. */
const howToEnd: Partial<Record<JobKind, string>> = {
  reconcile: 'To end it, set RECONCILE_MINUTES=0 and start the service again.',
  registration: 'To end it, set REGISTRATION_MINUTES=0 and start the service again.',
  housekeeping: 'TIMELINE_DAYS and CALLBACK_DAYS say what it deletes.'
}

function requireDroppable(kind: JobKind | undefined): void {
  const advice = kind && howToEnd[kind]
  if (advice !== undefined) throw new UsageError(`The job of the kind ${kind} is a schedule, which is not dropped. ${advice}`)
}

async function run(verb: Verb, given: Given, terminal: Terminal): Promise<number> {
  const wanted = wantedFrom(given)
  return await withStore(terminal, ports => changeJobs(verb, wanted, ports, terminal))
}

export interface Wanted {
  /** A single job, as a person names it. */
  name?: string
  selection: JobSelection
  isYes: boolean
  isJson: boolean
  by: string
}

function wantedFrom({ args: [name], options }: Given): Wanted {
  const { all, code, since, state, kind } = options
  const isSelecting = all === true || code !== undefined || since !== undefined
  if (name !== undefined && (isSelecting || state !== undefined || kind !== undefined))
    throw new UsageError('Give either an id or a selection, not both.')
  if (name === undefined && !isSelecting) throw new UsageError('Give an id, or a selection: --all, --code CODE or --since WHEN.')
  const selection = { state: 'setAside', ...selectionFrom(options, new Date()) } as const
  return { ...(name !== undefined && { name }), selection, isYes: options.yes === true, isJson: options.json === true, by: operator() }
}

/** Gives the exit code: 1 when nothing was done because `--yes` is missing, or when it was interrupted. */
export async function changeJobs(
  verb: Verb,
  wanted: Wanted,
  ports: Ports,
  terminal: Pick<Terminal, 'out' | 'note' | 'signal'>
): Promise<number> {
  const { name, selection, isYes, isJson } = wanted
  const single = name === undefined ? undefined : await jobNamed(ports.jobs, name)
  const kinds = eachKind(selection)
  if (verb === 'drop') requireDroppable(single?.kind ?? selection.kind)
  let count = single ? 1 : 0
  if (!single) for (const kind of kinds) count += await ports.jobs.count(kind)

  const needsYes = count > 0 && !isYes && (verb === 'drop' || !single)
  const done: Job[] = []
  let isWhole = true
  if (single && !needsYes) done.push(await changeSingle(single))
  else if (!needsYes) isWhole = await changeSelected()

  if (isJson) terminal.out(JSON.stringify({ count, done: done.map(({ kind, subject }) => ({ kind, subject })) }))
  if (needsYes)
    terminal.note(`${counted(count)} ${single ? `(${nameOf(single)})` : `${count === 1 ? 'matches' : 'match'}`}: add --yes to do it.`)
  else if (!isJson) tellDone()
  return needsYes || !isWhole ? 1 : 0

  async function changeSingle(job: Job): Promise<Job> {
    const changed = await change(job, {})
    if (changed) return changed
    const now = await jobNamed(ports.jobs, nameOf(job))
    throw new Failure('REFERRAL_BUSY', `The job ${nameOf(now)} is being worked on.`)
  }

  async function changeSelected(): Promise<boolean> {
    for (const kind of kinds)
      for (const job of await ports.jobs.list(kind, count)) {
        // A turn of the event loop, in which a signal is heard: the embedded store answers at once.
        await turn()
        if (terminal.signal.aborted) return false
        // The selection again: what has changed since it was listed is not meant any more.
        const changed = await change(job, selection)
        if (changed) done.push(changed)
        if (done.length > 0 && done.length % 500 === 0) terminal.note(`${done.length} of ${count} …`)
      }
    return true
  }

  /** One by one, so that each referral's timeline has what was done to it whenever this ends. */
  async function change(job: Job, still: JobSelection): Promise<Job | undefined> {
    const only = { ...still, kind: job.kind, subject: job.subject }
    const options = { entries: job.kind === 'referral' ? [resolved(verb, job, wanted.by)] : [] }
    const [changed] = verb === 'retry' ? await ports.jobs.retryNow(only, options) : await ports.jobs.drop(only, options)
    return changed && job
  }

  function tellDone(): void {
    if (single) terminal.out(verb === 'retry' ? `${nameOf(single)} is tried again now.` : `${nameOf(single)} is forgotten.`)
    else if (count === 0) terminal.note(`No job matches in the state ${selection.state}. «jobs list» shows all of them.`)
    else terminal.out(verb === 'retry' ? `${counted(done.length)} tried again now.` : `${counted(done.length)} forgotten.`)
    if (!isWhole) terminal.note('Interrupted: the others are as they were.')
  }
}

function resolved(verb: Verb, { subject, state, code, correlationId }: Job, by: string): NewTimelineEntry {
  const was = state === 'setAside' ? 'It was set aside' : 'It was waiting'
  const text = `${verb === 'retry' ? 'Made ready to be tried again now.' : 'Dropped from the queue.'} ${was}${code === undefined ? '' : ` (${code})`}.`
  return {
    referralId: subject,
    kind: 'resolved',
    text,
    correlationId,
    by,
    facts: { action: verb, state, ...(code !== undefined && { code }) }
  }
}

const counted = (count: number): string => `${count} ${count === 1 ? 'job' : 'jobs'}`
