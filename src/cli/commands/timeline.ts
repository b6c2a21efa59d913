import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { Failure } from '../../failure.ts'
import type { Jobs, TimelineEntries } from '../../ports.ts'
import type { TimelineEntry } from '../../schemas/timeline.ts'
import { type Command, type Terminal, UsageError } from '../command.ts'
import { momentFrom, sinceForm } from '../duration.ts'
import { referralIdFrom } from '../referral-id.ts'
import { type ReplacedFile, replacedFile } from '../replaced-file.ts'
import { entryText, jobText } from '../story.ts'
import { withStore } from '../with-service.ts'

const pageSize = 500
const pollMs = 1000
/** How many of the last entries are looked at again: of two processes the one whose id is smaller may commit later. */
const overlap = 20

export const timeline: Command = {
  name: 'timeline',
  summary: 'Tell what happened to a referral, and why',
  description: 'Oldest first, times in UTC; the end says what is queued for it now. Contact data is masked.',
  args: [{ name: 'referral-id', text: 'The id of the referral, a GUID.' }],
  options: {
    since: { type: 'string', value: 'WHEN', text: `Only what happened since then. ${sinceForm}` },
    follow: { type: 'boolean', text: 'Go on telling until interrupted (Ctrl+C).' },
    json: { type: 'boolean', text: 'Print the entries as JSON Lines.' }
  },
  heedsSignal: true,
  examples: [
    'referral-connector timeline 4111fffc-f9ee-4d53-bba6-569135228642',
    'referral-connector timeline 4111fffc-f9ee-4d53-bba6-569135228642 --since 2h --follow',
    "referral-connector timeline 4111fffc-f9ee-4d53-bba6-569135228642 --json | jq 'select(.code)'"
  ],
  async run({ args, options }, terminal) {
    const referralId = referralIdFrom(args[0])
    const since = sinceOf(options.since)
    const isJson = options.json === true
    return await withStore(terminal, async store => {
      await tellStory(store, terminal, { referralId, isJson, ...(since && { since }), ...(options.follow === true && { wait }) })
      return 0
    })
  }
}

export const timelineExport: Command = {
  name: 'timeline export',
  summary: 'Write all timelines as JSON Lines',
  description: 'One entry a line, oldest first, to stdout or a file. Contact data is masked.',
  options: {
    since: { type: 'string', value: 'WHEN', text: `Only what happened since then. ${sinceForm}` },
    out: { type: 'string', value: 'FILE', text: 'Write to this file instead; one that is there is replaced once the export is whole.' },
    json: { type: 'boolean', text: 'Changes nothing: it is JSON Lines anyway.' }
  },
  heedsSignal: true,
  examples: [
    'referral-connector timeline export --since 30d --out timelines.jsonl',
    'referral-connector timeline export | gzip > timelines.gz'
  ],
  async run({ options }, terminal) {
    const since = sinceOf(options.since)
    return await withStore(terminal, async store => {
      const file = typeof options.out === 'string' ? await openFile(options.out) : undefined
      const write = async (lines: string): Promise<void> => {
        if (file) return await file.append(`${lines}\n`)
        terminal.out(lines)
        // The embedded store answers at once: without a turn of the event loop no signal would be heard.
        await turn()
        await terminal.drained?.()
      }
      try {
        const { count, isWhole } = await exportTimelines(store.timeline, { ...(since && { since }), terminal, write })
        if (isWhole) await file?.keep()
        terminal.note(isWhole ? `${entries(count)} written.` : interrupted(count, file))
        return isWhole ? 0 : 1
      } catch (error) {
        if (!file || error instanceof Failure) throw error
        const state = file.isReplaced ? 'what was there is as it was' : 'it is not whole'
        terminal.note(`The file «${options.out}» cannot be written any more (${reasonOf(error)}); ${state}.`)
        return 1
      } finally {
        await file?.close()
      }
    })
  }
}

interface StoryOptions {
  referralId: string
  since?: Date
  isJson: boolean
  /** Waits between two looks; without it the story ends at what is known now. */
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/** Tells the story of a referral; with `wait` until the terminal's signal. */
export async function tellStory(
  { timeline, jobs }: { timeline: Pick<TimelineEntries, 'list'>; jobs: Pick<Jobs, 'list'> },
  terminal: Pick<Terminal, 'out' | 'note' | 'signal'>,
  { referralId, since, isJson, wait }: StoryOptions
): Promise<void> {
  const { signal } = terminal
  let told = 0
  /** The ids of the last entries, oldest first. */
  let last: string[] = []

  const tell = async (): Promise<void> => {
    const known = new Set(last)
    for (let after = last.length < overlap ? undefined : last[0]; ; ) {
      const page = await timeline.list(referralId, { limit: pageSize, ...(after !== undefined && { after }) })
      const news = page.filter(({ id }) => !known.has(id))
      const wanted = news.filter(({ at }) => since === undefined || new Date(at) >= since)
      if (wanted.length > 0) terminal.out(wanted.map(isJson ? entry => JSON.stringify(entry) : entryText).join('\n'))
      told += wanted.length
      last = [...last, ...news.map(({ id }) => id)].slice(-overlap)
      after = page.at(-1)?.id
      if (page.length < pageSize || signal.aborted) return
    }
  }

  await tell()
  const [job] = await jobs.list({ kind: 'referral', subject: referralId }, 1)
  if (told === 0) terminal.note(nothing(since, job !== undefined))
  if (job && !isJson) terminal.out(jobText(job))
  while (wait && !signal.aborted) {
    await wait(pollMs, signal).catch(error => {
      if (!signal.aborted) throw error
    })
    if (!signal.aborted) await tell()
  }
}

/** Gives every entry as a line, a page at a time, so that memory does not grow with the store. */
export async function exportTimelines(
  timeline: Pick<TimelineEntries, 'all'>,
  { since, terminal, write }: { since?: Date; terminal: Pick<Terminal, 'note' | 'signal'>; write: (lines: string) => Promise<void> }
): Promise<{ count: number; isWhole: boolean }> {
  let count = 0
  let after: string | undefined
  for (let pages = 1; ; pages++) {
    const page: TimelineEntry[] = await timeline.all({ limit: pageSize, ...(since && { since }), ...(after !== undefined && { after }) })
    if (page.length > 0) await write(page.map(entry => JSON.stringify(entry)).join('\n'))
    count += page.length
    after = page.at(-1)?.id
    if (page.length < pageSize) return { count, isWhole: true }
    if (terminal.signal.aborted) return { count, isWhole: false }
    if (pages % 20 === 0) terminal.note(`${entries(count)} …`)
  }
}

function sinceOf(since: string | boolean | undefined): Date | undefined {
  return typeof since === 'string' ? momentFrom('since', since, new Date()) : undefined
}

function wait(ms: number, signal: AbortSignal): Promise<unknown> {
  return pause(ms, undefined, { signal })
}

function nothing(since: Date | undefined, isQueued: boolean): string {
  if (since) return 'Nothing happened to this referral since then.'
  if (isQueued) return 'Nothing has happened to this referral yet.'
  return 'Nothing is known of this referral here: no callback about it has come, or its timeline is past TIMELINE_DAYS. Bring it over with «referral-connector sync».'
}

const entries = (count: number): string => `${count} ${count === 1 ? 'entry' : 'entries'}`

function interrupted(count: number, file: ReplacedFile | undefined): string {
  if (file?.isReplaced) return 'Interrupted: no file was written, and what was there is as it was.'
  return `Interrupted: ${entries(count)} written, there are more.`
}

/** For its owner only: it is about customers, even though masked. */
async function openFile(path: string): Promise<ReplacedFile> {
  try {
    return await replacedFile(path)
  } catch (error) {
    throw new UsageError(`The file «${path}» cannot be written (${reasonOf(error)}).`)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
