import { createHash } from 'node:crypto'
import { Failure } from '../failure.ts'
import type { Jobs } from '../ports.ts'
import type { Job } from '../schemas/job.ts'

const mostTold = 100
/** The clocks of several processes differ a little, and what is stored last is not always what bears the latest time. */
const overlapMs = 60_000
/** A mark travels in a URL. */
const mostSeen = 400

/** How far a listener has heard: all before `from`, and of what came since then those with these fingerprints. */
interface Mark {
  from: number
  seen: readonly string[]
}

/** A job and what it is known by; one that is set aside once more is another one. */
interface Heard {
  job: Job
  at: number
  print: string
}

/**
 * The jobs that were set aside and wait for a person, the newest first, and the mark that a later call hands back to hear only what came
 * after. Of more than a hundred new ones the oldest are told first, and the next call tells the others; without a mark, the latest hundred.
 * @throws REQUEST_INVALID for a mark that was not given here
 */
export async function setAsideJobs(
  since: string | undefined,
  { jobs }: { jobs: Pick<Jobs, 'list'> }
): Promise<{ jobs: Job[]; mark: string }> {
  if (since === undefined) {
    const told = (await jobs.list({ state: 'setAside' }, mostTold)).map(heardOf)
    const heard = told.toReversed()
    return { jobs: told.map(({ job }) => job), mark: textFrom(markAfter(heard, heard, 0)) }
  }
  const mark = markFrom(since)
  const seen = new Set(mark.seen)
  const limit = mostTold + seen.size
  const rows = (await jobs.list({ state: 'setAside', since: new Date(mark.from) }, limit, 'earliest')).map(heardOf)
  const told = rows.filter(({ print }) => !seen.has(print)).slice(0, mostTold)
  if (told.length === 0) return { jobs: [], mark: since }
  const prints = new Set(rows.map(({ print }) => print))
  // What lies beyond the limit was not read: it may have been heard before.
  const unread = rows.length < limit ? [] : mark.seen.filter(print => !prints.has(print))
  const isTold = new Set(told)
  const heard = rows.filter(row => isTold.has(row) || seen.has(row.print))
  const next = markAfter(heard, told, mark.from)
  return { jobs: told.map(({ job }) => job).toReversed(), mark: textFrom({ ...next, seen: [...unread, ...next.seen].slice(-mostSeen) }) }
}

/** `heard` and `told` are from the earliest on. */
function markAfter(heard: readonly Heard[], told: readonly Heard[], before: number): Mark {
  const newest = told.at(-1)
  const from = newest ? Math.max(before, newest.at - overlapMs) : before
  const recent = heard.filter(({ at }) => at >= from)
  const dropped = recent.at(-mostSeen - 1)
  const start = dropped ? dropped.at + 1 : from
  return { from: start, seen: recent.filter(({ at }) => at >= start).map(({ print }) => print) }
}

function markFrom(text: string): Mark {
  const [, from, seen] = /^([0-9a-z]{1,9})\.((?:[A-Za-z0-9_-]{8})*)$/.exec(text) ?? []
  const start = Number.parseInt(from ?? '', 36)
  if (Number.isNaN(start)) throw new Failure('REQUEST_INVALID', '«since» is not a value that an answer before gave.')
  return { from: start, seen: seen?.match(/.{8}/g) ?? [] }
}

const textFrom = ({ from, seen }: Mark): string => `${from.toString(36)}.${seen.join('')}`

function heardOf(job: Job): Heard {
  const { kind, subject, updatedAt } = job
  const print = createHash('sha256').update(`${kind} ${subject} ${updatedAt}`).digest('base64url').slice(0, 8)
  return { job, at: Date.parse(updatedAt), print }
}
