import { Failure, failureFrom } from '../failure.ts'
import type { Call, Claim, Jobs } from '../ports.ts'
import type { JobOrigin } from '../schemas/job.ts'
import type { Note } from './note.ts'
import { notebook } from './notebook.ts'

/** A flow waits for two minutes, and asks again when it is told to. */
const patienceMs = 25_000
const lookEveryMs = 100

export interface Errand {
  referralId: string
  correlationId: string
  /** Who asks: the name of the caller. */
  by?: string
  /** Whether the work is all that a queued job for the referral would do, so that such a job is done by it. */
  settlesJob: boolean
}

export interface OneAtATimeOptions {
  jobs: Pick<Jobs, 'claimOne' | 'extend' | 'finish' | 'release'>
  leaseMs: number
  wait: (ms: number) => Promise<unknown>
  now: () => Date
}

/** What the work is done with; the call's signal is aborted when it cannot be made sure any more that nobody else works on the referral. */
export interface ErrandTools {
  note: Note
  call: Call
}

/** Works on a referral for a caller, when nobody else does. */
export type OneAtATime = <T>(errand: Errand, act: (tools: ErrandTools) => Promise<T>) => Promise<T>

/**
 * A referral is never worked on by two at once, neither by callers nor by workers of any process: who works on it holds the lease of its job.
 * Callers in this process wait for each other in line.
 * @throws REFERRAL_BUSY when the referral was worked on all the time, or the lease could not be kept
 */
export function oneAtATime({ jobs, leaseMs, wait, now }: OneAtATimeOptions): OneAtATime {
  const lines = new Map<string, Promise<unknown>>()

  return async (errand, act) => {
    const key = errand.referralId.toLowerCase()
    const before = lines.get(key) ?? Promise.resolve()
    const turn = before.then(
      () => work(errand, act),
      () => work(errand, act)
    )
    const end = turn.catch(() => undefined)
    lines.set(key, end)
    void end.then(() => lines.get(key) === end && lines.delete(key))
    return await turn
  }

  async function work<T>(errand: Errand, act: (tools: ErrandTools) => Promise<T>): Promise<T> {
    const { referralId, correlationId, by, settlesJob } = errand
    if (!/^[A-Za-z0-9_.-]{1,100}$/.test(referralId))
      throw new Failure('REFERRAL_ID_MALFORMED', 'The referral id has characters that no id has, or is too long.')
    const subject = referralId.toLowerCase()
    const { note, entries } = notebook({ referralId: subject, correlationId, ...(by !== undefined && { by }) }, now)
    const claim = await claimed({ subject, correlationId, origin: 'request' })
    const lease = keepLease(claim)
    try {
      const result = await act({ note, call: { correlationId, signal: lease.signal } })
      await (settlesJob ? jobs.finish(claim, { entries }) : jobs.release(claim, { entries }))
      return result
    } catch (error) {
      const { code, message, advice } = failureFrom(error)
      note({ kind: 'skipped', text: `What a caller asked for failed: ${message}`, code, advice })
      // The caller is told what happened; that it cannot be written down as well must not hide it.
      await jobs.release(claim, { entries }).catch(() => undefined)
      if (lease.signal.aborted)
        throw new Failure('REFERRAL_BUSY', 'The work was stopped, for the lease could not be kept.', {
          retryAfterMs: leaseMs,
          cause: error
        })
      throw error
    } finally {
      lease.end()
    }
  }

  /** Lengthens the lease for as long as the work lasts. The signal is aborted when it is lost, or would end before it can be asked for again. */
  function keepLease(claim: Claim): { signal: AbortSignal; end(): void } {
    const lost = new AbortController()
    let endsAt = now().getTime() + leaseMs
    const timer = setInterval(() => {
      const at = now().getTime()
      if (at + leaseMs / 3 >= endsAt) lost.abort()
      else
        jobs.extend([claim], leaseMs).then(
          kept => {
            if (kept.length > 0) endsAt = at + leaseMs
            else lost.abort()
          },
          () => undefined
        )
    }, leaseMs / 3)
    return { signal: lost.signal, end: () => clearInterval(timer) }
  }

  async function claimed(hint: { subject: string; correlationId: string; origin: JobOrigin }): Promise<Claim> {
    for (let waited = 0; waited < patienceMs; waited += lookEveryMs) {
      const claim = await jobs.claimOne({ kind: 'referral', ...hint }, leaseMs)
      if (claim) return claim
      await wait(lookEveryMs)
    }
    throw new Failure('REFERRAL_BUSY', 'The referral is being worked on.', { retryAfterMs: 5000 })
  }
}
